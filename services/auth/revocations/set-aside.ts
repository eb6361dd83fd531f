import type { Clock } from '../domain/ports.ts';

/** The steps that can fail for one item, while all other items go on. */
export const STEPS = ['read', 'invalid', 'full', 'note', 'logout', 'settle', 'made'] as const;
/**
 * `read`: the item could not be read. `invalid`, `full`: the edge's store did not take the entry. `note`: the edge was
 * told, and the item could not be written. `logout`: a logout by the provider could not be finished. `settle`: the
 * record of a team's member could not be written to what the team's item says. `made`: what a user made in a team could
 * not be ended there.
 */
export type Step = (typeof STEPS)[number];

/** Whether the step is a part of telling the edge. */
export function isOfEdge(step: Step): boolean {
  return step !== 'logout' && step !== 'settle' && step !== 'made';
}

/** What failed, in the words of the log. */
export type FailedItem =
  | { step: 'logout'; logout: string }
  | { step: Exclude<Step, 'logout'>; userId: string }
  | { step: Exclude<Step, 'logout'>; teamId: string };

/** In the name of a team's work (`OwnKey`), and of work of a user in teams, the id ends with a point. */
function failedItem(item: string, step: Step): FailedItem {
  if (step === 'logout') return { step, logout: item };
  const [id = '', work] = item.split('.');
  return work === undefined || step === 'made' ? { step, userId: id } : { step, teamId: id };
}

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 5 * 60_000;
/** A hundred bytes each. A run of the writer that would need more ends. */
const MAX_ITEMS = 10_000;

/**
 * An item is what the edge must be told of, a team whose members are to be settled, a user who made what is to end in
 * teams, or a logout of the provider.
 */
export interface SetAside {
  /** Whether the item is not tried now. */
  has(item: string): boolean;
  /**
   * The item failed. It is tried again after a pause, which doubles with each failure: from a second to five minutes.
   * @returns false if there are too many items. This one would be tried again at once
   */
  put(item: string, step: Step, error: unknown): boolean;
  /** Ends the pause: a person waits for the item now. If it fails again, the pause still doubles. */
  tryAgain(item: string): void;
  /** The item's work takes longer than that of others. The item is passed over until the work ends, which never fails. */
  hold(item: string, work: Promise<unknown> | undefined): void;
  /** The item succeeded, or has nothing to do any more. */
  drop(item: string): void;
  /** Drops the items whose pause is over, and which have nothing to do any more. Another process has done it. */
  dropPast(isGone: (item: string, step: Step) => boolean): void;
  /** The number of items that failed at their last try, by step. */
  counts(): Record<Step, number>;
  /** The number of failures since the process began. */
  failures(): number;
}

/**
 * What fails for one item must not keep the others waiting. It is reported, it takes
 * no place in a batch, and it is tried again later. The memory is this process's own.
 * @param onFailure called with each failure
 */
export function createSetAside(
  clock: Clock,
  onFailure: (error: unknown, failed: FailedItem) => void,
): SetAside {
  const items = new Map<string, { step: Step; pauseMs: number; untilMs: number }>();
  const held = new Set<string>();
  let failures = 0;
  return {
    has: (item) => held.has(item) || (items.get(item)?.untilMs ?? 0) > clock.monotonicMs(),
    tryAgain(item) {
      const known = items.get(item);
      if (known) known.untilMs = clock.monotonicMs();
    },
    hold(item, work) {
      held.add(item);
      void work?.then(() => held.delete(item));
    },
    put(item, step, error) {
      failures++;
      onFailure(error, failedItem(item, step));
      const before = items.get(item);
      if (!before && items.size >= MAX_ITEMS) return false;
      const pauseMs = before ? Math.min(LAST_PAUSE_MS, before.pauseMs * 2) : FIRST_PAUSE_MS;
      items.set(item, { step, pauseMs, untilMs: clock.monotonicMs() + pauseMs });
      return true;
    },
    drop: (item) => void items.delete(item),
    dropPast(isGone) {
      const nowMs = clock.monotonicMs();
      for (const [item, { step, untilMs }] of items) {
        if (untilMs <= nowMs && isGone(item, step)) items.delete(item);
      }
    },
    counts() {
      const counts = { read: 0, invalid: 0, full: 0, note: 0, logout: 0, settle: 0, made: 0 };
      for (const { step } of items.values()) counts[step]++;
      return counts;
    },
    failures: () => failures,
  };
}
