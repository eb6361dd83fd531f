import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { changeRecord } from '../sessions/change-record.ts';
import type { Revocations } from '../sessions/record.ts';
import type { Clock } from '../table/clock.ts';
import { ownEdgeKey, ownerOfItem } from '../table/item-key.ts';
import type { Stores } from '../table/stores.ts';
import type { DueItem } from '../table/table.ts';
import { within } from '../table/within.ts';
import { changeTeam } from '../teams/change-team.ts';
import { dueKeys, isDue, withEdgeTold } from './entry.ts';
import type { Failures, Step } from './failures.ts';
import type { HeldLease } from './lease.ts';
import type { EdgeStore } from './store.ts';
import { createEdgeUpdates, type EdgeItem, MAX_BATCH } from './updates.ts';

/** The longest pause after a conflict, in milliseconds. */
const MAX_PAUSE_MS = 200;
/** A batch waits no longer than this for the table's answer about one item, in milliseconds. */
const PATIENCE_MS = 1_500;
/** The index of due items may show an older state for this long, in milliseconds. */
const INDEX_LAG_MS = 500;

export type ItemDeps = Pick<Stores, 'users' | 'teams'> & { clock: Clock };

export interface WriterDeps extends ItemDeps {
  due: Stores['due'];
  edge: EdgeStore;
  failures: Failures;
}

export interface WriterRun {
  /** By item, the highest count of changes for whose confirmation somebody waits here. */
  wanted(): ReadonlyMap<string, number>;
  /**
   * Called before each batch.
   * @param isCrowd whether the last batch was full
   */
  isOver(isCrowd: boolean): boolean;
  /** The edge knows this many changes of the item. */
  onConfirmed(key: string, changes: number): void;
}

/** An item of the index, as it is told to the edge. */
interface Entry extends EdgeItem {
  due: DueItem & { kind: 'pending' | 'expired' };
  confirm(): Promise<void>;
}

/**
 * Writes to the edge whatever is due: first the entries for which somebody waits here, then those for which people wait
 * anywhere, then expired ones. Each item stands alone: one that cannot be read, written at the edge, or confirmed is due
 * again later, and the others go on.
 * @returns how many keys were written, and whether another process has taken the lease
 * @throws every error that concerns a whole store; what was not written stays due
 */
export async function writeDueEntries(
  deps: WriterDeps,
  lease: HeldLease,
  run: WriterRun,
): Promise<{ written: number; isLost: boolean }> {
  const items = createItems(deps, run);
  let written = 0;
  let isCrowd = false;
  const updates = createEdgeUpdates<Entry>(deps.edge, lease, {
    mayGoOn: () => lease.renew(),
    onRefused: ({ due }, refusal) => items.fail(due, refusal.reason, refusal),
    async onWritten(keys, whole) {
      written += keys;
      await items.confirm(whole);
    },
  });

  while (!run.isOver(isCrowd)) {
    const batch = await items.next(updates.isFull());
    isCrowd = batch.length >= MAX_BATCH;
    if (batch.length === 0) break;
    // The version is known before the clock and the items are read. If another process writes to the store after this, the
    // write below fails.
    await updates.begin();
    const atEpoch = nowEpoch(deps);
    const [isOurs, entries] = await Promise.all([lease.renew(), items.read(batch, atEpoch)]);
    if (!isOurs) return { written, isLost: true };
    if (!(await updates.write(entries))) await deps.clock.sleep(Math.random() * MAX_PAUSE_MS);
  }
  return { written, isLost: false };
}

/** The items of one run of the writer. */
function createItems(deps: WriterDeps, run: WriterRun) {
  const { clock, due, failures } = deps;
  /** Items that take no place now: those that failed, those that take too long, and those that are done. */
  const passedOver = new Map<string, { changes: number; untilMs: number }>();

  const isPassedOver = (key: string) =>
    !ownerOfItem(key) || (passedOver.get(key)?.untilMs ?? 0) > clock.monotonicMs();
  const passOver = (key: string, changes = Infinity, ms = Infinity) =>
    passedOver.set(key, { changes, untilMs: clock.monotonicMs() + ms });

  async function fail(item: Entry['due'], step: Step, error: unknown): Promise<void> {
    // Several keys of one item may be refused.
    if (passedOver.get(item.key)?.untilMs === Infinity) return;
    passOver(item.key);
    failures.report(error, { key: item.key, step });
    await due.retryLater(item.kind, item, nowEpoch(deps));
  }

  /** Does the work for each item at once. An item whose work takes too long is passed over until the work ends. */
  async function forEach<T>(items: Entry['due'][], step: Step, work: (item: Entry['due']) => Promise<T>) {
    const outcomes = items.map(async (item) => {
      const done = work(item).catch((error: unknown) => fail(item, step, error));
      const answer = done.then((value) => ({ value }));
      const inTime = await within(clock, PATIENCE_MS, answer);
      if (inTime) return inTime.value ?? [];
      passOver(item.key);
      void answer.then(({ value }) => value && passedOver.delete(item.key));
      return [];
    });
    return (await Promise.all(outcomes)).flat();
  }

  function confirmed(key: string, item: Revocations, atEpoch: number): void {
    if (!isDue(item, atEpoch)) passOver(key, item.changes, INDEX_LAG_MS);
    run.onConfirmed(key, item.told);
  }

  async function read(item: Entry['due'], atEpoch: number): Promise<Entry[]> {
    const { key } = item;
    const owner = ownerOfItem(key);
    const known = await readItem(deps, key);
    if (!owner || !known || !isDue(known.item, atEpoch)) {
      if (known) confirmed(key, known.item, atEpoch);
      else passOver(key);
      return [];
    }
    const keys = dueKeys(known.item, ownEdgeKey(owner), atEpoch);
    const confirm = async () => confirmed(key, await known.confirm(atEpoch), atEpoch);
    return [{ due: item, keys, confirm }];
  }

  return {
    fail,

    /** @param isFull in a full store, expired entries must make room: they then take no places of people */
    async next(isFull: boolean): Promise<Entry['due'][]> {
      const untilEpoch = nowEpoch(deps);
      const here = [...run.wanted()]
        .filter(([key, change]) => (passedOver.get(key)?.changes ?? -1) < change)
        .slice(0, MAX_BATCH)
        .map(([key]) => ({ key, sinceEpoch: untilEpoch, kind: 'pending' as const }));
      const list = async (kind: 'pending' | 'expired', limit: number, others: DueItem[]) => {
        if (limit === 0) return [];
        const isTaken = (key: string) => isPassedOver(key) || others.some((other) => other.key === key);
        const found = await due.list(kind, limit, { untilEpoch, isPassedOver: isTaken });
        return found.map((item) => ({ ...item, kind }));
      };
      const people = [...here, ...(await list('pending', MAX_BATCH - here.length, here))];
      const places = isFull ? MAX_BATCH : MAX_BATCH - people.length;
      return [...people, ...(await list('expired', places, people))];
    },

    /** @returns those that are due */
    read: (items: Entry['due'][], atEpoch: number): Promise<Entry[]> =>
      forEach(items, 'read', (item) => read(item, atEpoch)),

    /** Notes in the items that the edge knows them. */
    async confirm(entries: Entry[]): Promise<void> {
      const confirms = new Map(entries.map((entry) => [entry.due, entry.confirm]));
      await forEach([...confirms.keys()], 'note', async (item) => {
        await confirms.get(item)?.();
        return [];
      });
    },
  };
}

/**
 * Reads a user's record, or a team's item.
 * @returns undefined if the team has no item
 */
export async function readItem(deps: ItemDeps, key: string) {
  const owner = ownerOfItem(key);
  // The clock is read after the item that changes.
  const told =
    (read: Revocations, madeForEpoch: number) =>
    <T extends Revocations>(known: T): T =>
      withEdgeTold(known, read, madeForEpoch, nowEpoch(deps));
  if (owner?.kind === 'user') {
    const from = await deps.users.read(owner.id);
    const confirm = (atEpoch: number): Promise<Revocations> =>
      changeRecord(deps, owner.id, told(from.user, atEpoch), from);
    return { item: from.user as Revocations, confirm };
  }
  const from = owner && (await deps.teams.read(owner.id));
  if (!from) return undefined;
  const confirm = (atEpoch: number): Promise<Revocations> =>
    changeTeam(deps, { teamId: owner.id, from }, told(from.team, atEpoch));
  return { item: from.team as Revocations, confirm };
}
