import { ownerOfItem } from '../table/item-key.ts';

/** The steps that can fail for one item, while all other items go on. */
export const STEPS = ['read', 'invalid', 'full', 'note', 'logout', 'settle', 'made'] as const;
/**
 * `read`: the item could not be read. `invalid`, `full`: the edge's store did not take the entry. `note`: the edge was
 * told, and the item could not be written. `logout`: a logout by the provider could not be finished. `settle`: the
 * record of a team's member could not be written to what the team's item says. `made`: what a user made in a team could
 * not be ended there.
 */
export type Step = (typeof STEPS)[number];

/** What failed, in the words of the log. */
export type FailedItem = { step: Step } & ({ logout: string } | { userId: string } | { teamId: string });

export type Failures = ReturnType<typeof createFailures>;

/** What failed beside the requests. It is reported, does not keep the others waiting, and is tried again later. */
export function createFailures(onFailure: (error: unknown, failed?: FailedItem) => void) {
  let count = 0;
  return {
    /** @param key the item that failed; absent for a whole step */
    report(error: unknown, failed?: { key: string; step: Step }): void {
      count++;
      onFailure(error, failed && inWords(failed));
    },
    /** The number of failures since the process began. */
    count: (): number => count,
  };
}

function inWords({ key, step }: { key: string; step: Step }): FailedItem {
  const owner = ownerOfItem(key);
  if (!owner) return { step, logout: key };
  return owner.kind === 'team' ? { step, teamId: owner.id } : { step, userId: owner.id };
}
