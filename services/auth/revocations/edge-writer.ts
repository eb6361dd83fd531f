import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Clock, EdgeStore, UserStore } from '../domain/ports.ts';
import { dueKeys, isDue, withEdgeTold } from '../domain/revocation-entry.ts';
import type { KnownUser, UserRecord } from '../domain/user-record.ts';
import { within } from '../domain/within.ts';
import { changeRecord } from '../records/change-record.ts';
import { createDueUsers, type DueUsers } from './due-users.ts';
import type { HeldLease } from './edge-lease.ts';
import { createEdgeUpdates, type DueItem, MAX_BATCH } from './edge-updates.ts';
import type { SetAside, Step } from './set-aside.ts';

/** The longest pause after a conflict, in milliseconds. The pause grows with each conflict. */
const MAX_PAUSE_MS = 1_000;
/** How much longer than the faster half of a batch the slowest record may take, in milliseconds. */
const PATIENCE_MS = 500;

export interface EdgeWriterDeps {
  users: UserStore;
  edge: EdgeStore;
  clock: Clock;
  setAside: SetAside;
}

export interface WriterRun {
  /** Users for whom somebody waits here, each with the count of changes that the edge must know. */
  wanted(): ReadonlyMap<UserId, number>;
  /**
   * Called before each batch.
   * @param isCrowd whether more people waited for the last batch than it could hold
   */
  isEnough(isCrowd: boolean): boolean;
  /** Called with a user's record once the edge has been told. */
  onTold(userId: UserId, user: UserRecord): void;
}

/**
 * Writes to the edge whatever is due: first the entries for which somebody waits here, then those for which people wait
 * anywhere, then expired ones. Each record stands alone: one that cannot be read, written at the edge, or noted is set
 * aside, and the others go on.
 * @returns how many keys were written, and whether another process has taken the lease
 * @throws every error that concerns a whole store; what was not written stays due
 */
export async function writeDueEntries(
  deps: EdgeWriterDeps,
  lease: HeldLease,
  run: WriterRun,
): Promise<{ written: number; isLost: boolean }> {
  const dueUsers = createDueUsers(deps, run.wanted, MAX_BATCH);
  const updates = createEdgeUpdates(deps.edge, deps.setAside);
  const records = createRecords(deps, run, dueUsers);
  let conflicts = 0;
  let written = 0;

  while (!run.isEnough(dueUsers.isCrowd())) {
    const batch = await dueUsers.next(nowEpoch(deps), updates.isFull());
    if (batch.length === 0) break;
    // The version is read before the clock and the records. If another process writes to the store after this, the write
    // below fails.
    await updates.begin();
    const atEpoch = nowEpoch(deps);
    const [isOurs, due] = await Promise.all([lease.renew(), records.read(batch, atEpoch)]);
    if (!isOurs) return { written, isLost: true };
    const isCurrent = await updates.write(due, {
      mayGoOn: () => lease.renew(),
      onWritten: async (keys, whole) => {
        written += keys;
        await records.note(whole);
      },
    });
    if (!isCurrent) {
      conflicts++;
      await deps.clock.sleep(Math.random() * Math.min(MAX_PAUSE_MS, 20 * 2 ** conflicts));
    }
    if (records.areTooManyAside()) throw new Error('too many revocations fail');
  }
  return { written, isLost: false };
}

/** The records of one run of the writer. What fails for one of them is set aside. */
function createRecords(
  deps: EdgeWriterDeps,
  run: Pick<WriterRun, 'onTold'>,
  dueUsers: Pick<DueUsers, 'done'>,
) {
  const { users, clock, setAside } = deps;
  let areTooMany = false;

  const each = <I extends string, T>(ids: I[], step: Step, work: (id: I) => Promise<T[]>) =>
    forEach({ clock, setAside }, ids, async (id) => {
      try {
        return await work(id);
      } catch (error) {
        if (!setAside.put(id, step, error)) areTooMany = true;
        return [];
      }
    });

  function told(userId: UserId, user: UserRecord, atEpoch: number): void {
    setAside.drop(userId);
    if (!isDue(user, atEpoch)) dueUsers.done(userId, user.changes);
    run.onTold(userId, user);
  }

  /** If the record was changed meanwhile, it stays due. The clock is read after the record that changes. */
  async function noteTold(userId: UserId, read: KnownUser, atEpoch: number): Promise<void> {
    const change = (known: UserRecord) => withEdgeTold(known, read.user, atEpoch, nowEpoch(deps));
    const user = await changeRecord(deps, userId, change, read);
    told(userId, user, atEpoch);
  }

  async function readDue(userId: UserId, atEpoch: number): Promise<DueItem[]> {
    const read = await users.read(userId);
    const { user } = read;
    if (!isDue(user, atEpoch)) {
      told(userId, user, atEpoch);
      return [];
    }
    const keys = dueKeys(user, userId, atEpoch);
    return [{ id: userId, keys, noted: () => noteTold(userId, read, atEpoch) }];
  }

  return {
    /** @returns those that are due */
    read: (userIds: UserId[], atEpoch: number): Promise<DueItem[]> =>
      each(userIds, 'read', (userId) => readDue(userId, atEpoch)),
    /** Notes that the edge was told. */
    async note(items: DueItem[]): Promise<void> {
      const noted = new Map(items.map((item) => [item.id, item.noted]));
      await each([...noted.keys()], 'note', async (id) => {
        await noted.get(id)?.();
        return [];
      });
    },
    /** Whether so many records have failed that one of them could not be set aside. The run would try it for ever. */
    areTooManyAside: () => areTooMany,
  };
}

/**
 * Does the work for each item at once. A few that take much longer than the others go on by themselves, and are passed
 * over until they end.
 * @param work never fails
 */
async function forEach<I extends string, T>(
  { clock, setAside }: Pick<EdgeWriterDeps, 'clock' | 'setAside'>,
  ids: I[],
  work: (id: I) => Promise<T[]>,
): Promise<T[]> {
  const works = ids.map(work);
  const results = await exceptStragglers(clock, works);
  for (const [index, id] of ids.entries()) {
    if (!results[index]) setAside.hold(id, works[index]);
  }
  return results.flatMap((result) => result ?? []);
}

/**
 * Waits for all, but leaves out the few that take much longer than the faster half.
 * @param works they never fail
 * @returns the results; undefined for one that was left out
 */
async function exceptStragglers<T extends object>(
  clock: Clock,
  works: readonly Promise<T>[],
): Promise<(T | undefined)[]> {
  const results: (T | undefined)[] = works.map(() => undefined);
  const [half, all] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let ended = 0;
  for (const [index, work] of works.entries()) {
    void work.then((result) => {
      results[index] = result;
      ended++;
      if (ended * 2 >= works.length) half.resolve();
      if (ended === works.length) all.resolve();
    });
  }
  if (works.length === 0) return [];
  await half.promise;
  if (ended < works.length) await within(clock, PATIENCE_MS, all.promise);
  return [...results];
}
