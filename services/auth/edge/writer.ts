import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { changeRecord } from '../sessions/change-record.ts';
import type { Revocations } from '../sessions/record.ts';
import type { Clock } from '../table/clock.ts';
import { ownEdgeKey, ownerOfItem } from '../table/item-key.ts';
import type { Stores } from '../table/stores.ts';
import type { DueItem } from '../table/table.ts';
import { within } from '../table/within.ts';
import { changeTeam } from '../teams/change-team.ts';
import { dueKeys, type EdgeKey, isDue, withEdgeTold } from './entry.ts';
import type { Failures, Step } from './failures.ts';
import type { HeldLease } from './lease.ts';
import { EdgeRefusal, type EdgeStore } from './store.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
const MAX_BATCH = 50;
/**
 * After this many refusals in a row, the fault is the store's and not an entry's. Each call costs money. Finding one bad
 * entry among 50 takes seven.
 */
const MAX_REFUSALS = 12;
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
  /** The items for whose confirmation somebody waits in this process. */
  wanted(): Iterable<string>;
  /**
   * Called before each batch.
   * @param isCrowd whether the last batch was full
   */
  isOver(isCrowd: boolean): boolean;
  /** The edge knows this many changes of the item. */
  onConfirmed(key: string, changes: number): void;
}

type Item = DueItem & { kind: 'pending' | 'expired' };

/** The keys of one item, as they are written to the edge. */
interface Entry {
  item: Item;
  keys: EdgeKey[];
  confirm(): Promise<void>;
}

/**
 * Writes to the edge whatever is due: first the items for which somebody waits here, then those for which people wait
 * anywhere, then expired ones. An item that cannot be read, written at the edge, or confirmed is due again later, and
 * the others go on.
 * @returns how many keys were written, and whether another process has taken the lease
 * @throws every error that concerns a whole store; what was not written stays due
 */
export async function writeDueEntries(
  deps: WriterDeps,
  lease: HeldLease,
  run: WriterRun,
): Promise<{ written: number; isLost: boolean }> {
  const { clock, due, edge, failures } = deps;
  /** Until then, these take no place in a batch: they have failed, or the index still shows what was done. */
  const passedOver = new Map<string, number>();
  const failed: Item[] = [];
  /** The table has answered about an item. */
  let isTableSound = false;
  let written = 0;
  let isFull = false;
  let isOwnVersion = false;

  function fail(item: Item, step: Step, error: unknown): void {
    // Several keys of one item may be refused.
    if (passedOver.get(item.key) === Infinity) return;
    passedOver.set(item.key, Infinity);
    failures.report(error, { key: item.key, step });
    failed.push(item);
  }

  /** Each is due again later. If the table has answered about no item at all, the fault is not theirs, and none waits. */
  async function putOffFailed(): Promise<void> {
    if (!isTableSound) return;
    for (const part of chunks(failed.splice(0), MAX_BATCH))
      await Promise.all(part.map((item) => due.retryLater(item.kind, item, nowEpoch(deps))));
  }

  /** Does something for one item. Nothing comes of it if it fails or takes too long. */
  async function attempt<T>(item: Item, step: Step, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const done = work().then((value) => ({ value }));
      const inTime = await within(clock, PATIENCE_MS, done);
      if (!inTime) throw new GatewayError('store_unavailable');
      isTableSound = true;
      return inTime.value;
    } catch (error) {
      fail(item, step, error);
      return undefined;
    }
  }

  async function nextBatch(): Promise<Item[]> {
    const untilEpoch = nowEpoch(deps);
    const batch = new Map<string, Item>();
    const add = async (kind: Item['kind']) => {
      const isPassedOver = (key: string) =>
        batch.has(key) || !ownerOfItem(key) || (passedOver.get(key) ?? 0) > clock.monotonicMs();
      const room = MAX_BATCH - batch.size;
      const found = room > 0 ? await due.list(kind, room, { untilEpoch, isPassedOver }) : [];
      for (const item of found) batch.set(item.key, { ...item, kind });
    };
    if (isFull) await add('expired');
    for (const key of run.wanted())
      if (batch.size < MAX_BATCH && !batch.has(key) && passedOver.get(key) !== Infinity)
        batch.set(key, { key, sinceEpoch: untilEpoch, kind: 'pending' });
    await add('pending');
    await add('expired');
    return [...batch.values()];
  }

  function confirmed(key: string, known: Revocations, atEpoch: number): void {
    if (!isDue(known, atEpoch)) passedOver.set(key, clock.monotonicMs() + INDEX_LAG_MS);
    run.onConfirmed(key, known.told);
  }

  /** Undefined if the item is not due. */
  async function read(item: Item, atEpoch: number): Promise<Entry | undefined> {
    const { key } = item;
    const owner = ownerOfItem(key);
    const known = await readItem(deps, key);
    if (!known) passedOver.set(key, Infinity);
    else if (!isDue(known.item, atEpoch)) confirmed(key, known.item, atEpoch);
    if (!owner || !known || !isDue(known.item, atEpoch)) return undefined;
    const keys = dueKeys(known.item, ownEdgeKey(owner), atEpoch);
    return { item, keys, confirm: async () => confirmed(key, await known.confirm(atEpoch), atEpoch) };
  }

  /**
   * One update of the store, on the version that the last one left.
   * @returns false if the store has another version; a refusal if it takes none of these keys
   */
  async function update(keys: EdgeKey[]): Promise<boolean | EdgeRefusal> {
    try {
      const answer = await edge.write(lease.edgeVersion ?? '', keys);
      lease.edgeVersion = answer ? answer.version : undefined;
      isOwnVersion = true;
      return answer !== false;
    } catch (error) {
      if (error instanceof EdgeRefusal && isOwnVersion) return error;
      // The update may have taken effect. And the version of the last holder may be that of a store which was replaced
      // since: whether AWS calls that a conflict is unknown.
      lease.edgeVersion = undefined;
      if (error instanceof EdgeRefusal) return false;
      throw error;
    }
  }

  /**
   * Writes the keys of these items. An update is all or nothing. If the store refuses one, its halves are tried, until
   * the bad key is alone.
   * @returns false if another process has written to the store, or this one may not go on
   */
  async function write(entries: Entry[]): Promise<boolean> {
    const all = entries.flatMap((entry) => entry.keys.map((key) => ({ key, entry })));
    const parts = chunks(all, MAX_BATCH);
    const taken = new Set<EdgeKey>();
    let refusals = 0;
    for (let isFirst = true, part = parts.shift(); part; isFirst = false, part = parts.shift()) {
      if (!isFirst && !(await lease.renew())) return false;
      const answer = await update(part.map(({ key }) => key));
      if (answer === false) return false;
      if (answer === true) {
        refusals = 0;
        written += part.length;
        for (const { key } of part) taken.add(key);
        const whole = new Set(
          part.map(({ entry }) => entry).filter((e) => e.keys.every((k) => taken.has(k))),
        );
        // Room has been made. What was refused gets its second try only then.
        if ([...whole].some(({ item }) => item.kind === 'expired')) isFull = false;
        await Promise.all([...whole].map(({ item, confirm }) => attempt(item, 'note', confirm)));
        continue;
      }
      if (answer.reason === 'full' && !isFull) {
        // The next batch begins with what has expired, which makes room.
        isFull = true;
        return true;
      }
      const [only] = part;
      if (only && part.length === 1) fail(only.entry.item, answer.reason, answer);
      else parts.unshift(...chunks(part, Math.ceil(part.length / 2)));
      if (++refusals < MAX_REFUSALS) continue;
      await putOffFailed();
      throw answer;
    }
    return true;
  }

  for (let batch: Item[] = []; !run.isOver(batch.length >= MAX_BATCH); ) {
    batch = await nextBatch();
    if (batch.length === 0) break;
    // The version is known before the clock and the items are read. If another process writes to the store after this, the
    // write below fails.
    if (lease.edgeVersion === undefined) {
      lease.edgeVersion = (await edge.describe()).version;
      isOwnVersion = true;
    }
    const atEpoch = nowEpoch(deps);
    const reading = batch.map((item) => attempt(item, 'read', () => read(item, atEpoch)));
    const [isOurs, ...found] = await Promise.all([lease.renew(), ...reading]);
    if (!isOurs) return { written, isLost: true };
    if (!(await write(found.flatMap((entry) => entry ?? []))))
      await clock.sleep(Math.random() * MAX_PAUSE_MS);
    await putOffFailed();
  }
  return { written, isLost: false };
}

function chunks<T>(all: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
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
