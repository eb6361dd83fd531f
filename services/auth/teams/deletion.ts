/**
 * The second half of the deletion of a team. Once no member's record names the team, the schedule sweeps its folder:
 * it deletes the files, thumbnails and details. It does so once more a day later. The item says how far it has come. What is
 * deleted is gone, so a sweep that was cut off anywhere simply begins again. An upload in parts can become a file only
 * by the service, which asks for the membership, and the bucket's lifecycle rule ends the upload after a day.
 */

import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { folderKey } from '@cloudfront-cookie-gateway/core/file-name';
import { type TeamId, teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { DetailsStore } from '../details/table.ts';
import type { ObjectStore } from '../files/bucket.ts';
import type { Clock } from '../table/clock.ts';
import { ownerOfItem } from '../table/item-key.ts';
import type { Stores } from '../table/stores.ts';
import { sweepsAtEpoch, withSwept } from './team.ts';

/** A large team takes no more than its place. */
const TEAMS_AT_ONCE = 5;
/** S3 takes up to 1,000 at once, but must answer before the client's time limit. */
const FILES_AT_ONCE = 250;

export interface DeletionDeps {
  teams: Stores['teams'];
  due: Pick<Stores['due'], 'list'>;
  objects: Pick<ObjectStore, 'list' | 'deleteMany'>;
  detailsStore: Pick<DetailsStore, 'deleteSome'>;
  clock: Clock;
  /** Called with each failure: of one call, or of the files that one call did not delete. */
  onFailure: (error: unknown, teamId: TeamId) => void;
}

export interface Deletion {
  /**
   * Sweeps the folders of all teams that are due. What fails for one file or team does not keep the others, and the next
   * run tries it again.
   * @param budgetMs no call to S3 begins later than this
   * @returns the number of failures
   * @throws GatewayError store_unavailable if the table does not say which teams are due
   */
  sweep(budgetMs: number): Promise<number>;
}

export function createDeletion(deps: DeletionDeps): Deletion {
  return { sweep: (budgetMs) => sweepAll(deps, budgetMs) };
}

/** A sweep of one team's folder. */
interface FolderSweep extends Pick<DeletionDeps, 'objects'> {
  prefix: string;
  isOver(): boolean;
  fail(error: unknown): void;
}

async function sweepAll(deps: DeletionDeps, budgetMs: number): Promise<number> {
  const { due, clock } = deps;
  const untilMs = clock.monotonicMs() + budgetMs;
  const isOver = () => clock.monotonicMs() >= untilMs;
  // The index shows a team for a moment longer, and a team that failed stays in it.
  const tried = new Set<string>();
  let failures = 0;
  while (!isOver()) {
    const isPassedOver = (key: string) => tried.has(key) || ownerOfItem(key)?.kind !== 'team';
    const found = await due.list('sweep', TEAMS_AT_ONCE, { untilEpoch: nowEpoch(deps), isPassedOver });
    if (found.length === 0) break;
    for (const { key } of found) tried.add(key);
    const counts = await Promise.all(
      found.map(async ({ key }) => {
        const owner = ownerOfItem(key);
        return owner?.kind === 'team' ? sweepTeam(deps, owner.id, isOver) : 0;
      }),
    );
    failures += counts.reduce((sum, count) => sum + count, 0);
  }
  return failures;
}

/** @returns the number of failures */
async function sweepTeam(deps: DeletionDeps, teamId: TeamId, isOver: () => boolean): Promise<number> {
  const { teams, objects, detailsStore } = deps;
  let failures = 0;
  const fail = (error: unknown) => {
    failures++;
    deps.onFailure(error, teamId);
  };
  try {
    const known = await teams.read(teamId);
    const deleting = known?.team.deleting;
    if (!deleting || (sweepsAtEpoch(known.team) ?? Number.POSITIVE_INFINITY) > nowEpoch(deps)) return 0;
    const owner = teamOwner(teamId);
    await deleteFiles({ objects, prefix: folderKey(owner), isOver, fail });
    while (!isOver() && (await detailsStore.deleteSome(owner)));
    if (failures > 0 || isOver()) return failures;
    // If somebody else has written meanwhile, the next run sweeps an empty folder, and notes that.
    await teams.write(teamId, known.version, withSwept(known.team, deleting, nowEpoch(deps)));
  } catch (error) {
    fail(error);
  }
  return failures;
}

/** Thumbnails are files of the folder too. */
async function deleteFiles({ objects, prefix, isOver, fail }: FolderSweep): Promise<void> {
  let after: string | undefined;
  while (!isOver()) {
    const { files, lastKey } = await objects.list({
      prefix,
      limit: FILES_AT_ONCE,
      ...(after === undefined ? {} : { after }),
    });
    if (files.length > 0) {
      const outcomes = await objects.deleteMany(files.map(({ key }) => key));
      const left = outcomes.filter(({ code }) => code !== undefined);
      const [first] = left;
      if (first) fail(new Error(`S3 did not delete ${left.length} files, the first for ${first.code}`));
    }
    if (lastKey === undefined) return;
    after = lastKey;
  }
}
