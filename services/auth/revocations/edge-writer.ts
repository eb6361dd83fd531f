import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { OwnKey } from '../domain/own-key.ts';
import type { Clock, EdgeStore } from '../domain/ports.ts';
import { dueKeys, isDue } from '../domain/revocation-entry.ts';
import { NO_REVOCATIONS, type Revocations } from '../domain/user-record.ts';
import { within } from '../domain/within.ts';
import type { Stores } from '../table/stores.ts';
import { type ItemDeps, readItem } from './due-item.ts';
import { createDueItems, type DueItems } from './due-items.ts';
import type { HeldLease } from './edge-lease.ts';
import { createEdgeUpdates, type DueItem, MAX_BATCH } from './edge-updates.ts';
import type { SetAside, Step } from './set-aside.ts';

/** The longest pause after a conflict, in milliseconds. */
const MAX_PAUSE_MS = 200;
/** How much longer than the faster half of a batch the slowest item may take, in milliseconds. */
const PATIENCE_MS = 500;

interface EdgeWriterDeps extends ItemDeps {
  due: Stores['due'];
  edge: EdgeStore;
  setAside: SetAside;
}

export interface WriterRun {
  /** Items for which somebody waits here, each with the count of changes that the edge must know. */
  wanted(): ReadonlyMap<OwnKey, number>;
  /**
   * Called before each batch.
   * @param isCrowd whether more people waited for the last batch than it could hold
   */
  isEnough(isCrowd: boolean): boolean;
  /** Called with an item once the edge has been told. */
  onTold(key: OwnKey, item: Revocations): void;
}

/**
 * Writes to the edge whatever is due: first the entries for which somebody waits here, then those for which people wait
 * anywhere, then expired ones. Each item stands alone: one that cannot be read, written at the edge, or noted is set
 * aside, and the others go on.
 * @returns how many keys were written, and whether another process has taken the lease
 * @throws every error that concerns a whole store; what was not written stays due
 */
export async function writeDueEntries(
  deps: EdgeWriterDeps,
  lease: HeldLease,
  run: WriterRun,
): Promise<{ written: number; isLost: boolean }> {
  const dueItems = createDueItems(deps, run.wanted, MAX_BATCH);
  const updates = createEdgeUpdates(deps.edge, lease, deps.setAside);
  const items = createItems(deps, run, dueItems);
  let written = 0;

  while (!run.isEnough(dueItems.isCrowd())) {
    const batch = await dueItems.next(nowEpoch(deps), updates.isFull());
    if (batch.length === 0) break;
    // The version is known before the clock and the items are read. If another process writes to the store after this, the
    // write below fails.
    await updates.begin();
    const atEpoch = nowEpoch(deps);
    const [isOurs, due] = await Promise.all([lease.renew(), items.read(batch, atEpoch)]);
    if (!isOurs) return { written, isLost: true };
    const isCurrent = await updates.write(due, {
      mayGoOn: () => lease.renew(),
      onWritten: async (keys, whole) => {
        written += keys;
        await items.note(whole);
      },
    });
    if (!isCurrent) await deps.clock.sleep(Math.random() * MAX_PAUSE_MS);
    if (items.areTooManyAside()) throw new Error('too many revocations fail');
  }
  return { written, isLost: false };
}

/** The items of one run of the writer. What fails for one of them is set aside. */
function createItems(deps: EdgeWriterDeps, run: Pick<WriterRun, 'onTold'>, dueItems: Pick<DueItems, 'done'>) {
  const { clock, setAside } = deps;
  let areTooMany = false;

  const each = <T>(keys: OwnKey[], step: Step, work: (key: OwnKey) => Promise<T[]>) =>
    forEach({ clock, setAside }, keys, async (key) => {
      try {
        return await work(key);
      } catch (error) {
        if (!setAside.put(key, step, error)) areTooMany = true;
        return [];
      }
    });

  function told(key: OwnKey, item: Revocations, atEpoch: number): void {
    setAside.drop(key);
    if (!isDue(item, atEpoch)) dueItems.done(key, item.changes);
    run.onTold(key, item);
  }

  async function readDue(ownKey: OwnKey, atEpoch: number): Promise<DueItem[]> {
    const { item = NO_REVOCATIONS, noteTold } = (await readItem(deps, ownKey)) ?? {};
    if (!noteTold || !isDue(item, atEpoch)) {
      told(ownKey, item, atEpoch);
      return [];
    }
    const noted = async () => told(ownKey, await noteTold(atEpoch), atEpoch);
    return [{ ownKey, keys: dueKeys(item, ownKey, atEpoch), noted }];
  }

  return {
    /** @returns those that are due */
    read: (keys: OwnKey[], atEpoch: number): Promise<DueItem[]> =>
      each(keys, 'read', (key) => readDue(key, atEpoch)),
    /** Notes that the edge was told. */
    async note(items: DueItem[]): Promise<void> {
      const noted = new Map(items.map((item) => [item.ownKey, item.noted]));
      await each([...noted.keys()], 'note', async (key) => {
        await noted.get(key)?.();
        return [];
      });
    },
    /** Whether so many items have failed that one of them could not be set aside. The run would try it for ever. */
    areTooManyAside: () => areTooMany,
  };
}

/**
 * Does the work for each item at once. A few that take much longer than the others go on by themselves, and are passed
 * over until they end.
 * @param work never fails
 */
async function forEach<T>(
  { clock, setAside }: Pick<EdgeWriterDeps, 'clock' | 'setAside'>,
  keys: OwnKey[],
  work: (key: OwnKey) => Promise<T[]>,
): Promise<T[]> {
  const works = keys.map(work);
  const results = await exceptStragglers(clock, works);
  for (const [index, key] of keys.entries()) {
    if (!results[index]) setAside.hold(key, works[index]);
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
  const results = new Map<number, T>();
  const [half, all] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const [index, work] of works.entries()) {
    void work.then((result) => {
      results.set(index, result);
      if (results.size * 2 >= works.length) half.resolve();
      if (results.size === works.length) all.resolve();
    });
  }
  if (works.length === 0) return [];
  await half.promise;
  await within(clock, PATIENCE_MS, all.promise);
  return works.map((_, index) => results.get(index));
}
