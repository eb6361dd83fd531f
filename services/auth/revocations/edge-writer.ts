import { nowEpoch } from '../domain/epoch-seconds.ts';
import type { Clock, EdgeStore, UserStore } from '../domain/ports.ts';
import { edgeEntry, isDue, withEdgeTold } from '../domain/revocation-entry.ts';
import type { UserId } from '../domain/user-id.ts';
import type { KnownUser, UserRecord } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import type { HeldLease } from './edge-lease.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
const MAX_BATCH = 50;
/** The index of due records may show an older state for this long. */
const INDEX_LAG_MS = 500;
/** The longest pause after a conflict, in milliseconds. The pause grows with each conflict. */
const MAX_PAUSE_MS = 1_000;

export interface EdgeWriterDeps {
  users: UserStore;
  edge: EdgeStore;
  clock: Clock;
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
 * anywhere, then expired ones.
 * @returns how many entries were written, and whether another process has taken the lease
 * @throws every error of the stores; what was not written stays due
 */
export async function writeDueEntries(
  deps: EdgeWriterDeps,
  lease: HeldLease,
  run: WriterRun,
): Promise<{ written: number; isLost: boolean }> {
  const { users, edge, clock } = deps;
  /** Users who are not due any more, with their changes. The index may show them for a moment longer. */
  const done = new Map<UserId, { changes: number; atMs: number }>();
  let version: string | undefined;
  let conflicts = 0;
  let isCrowd = false;
  let written = 0;

  async function nextBatch(atEpoch: number): Promise<UserId[]> {
    const longAgoMs = clock.now() - INDEX_LAG_MS;
    for (const [userId, { atMs }] of done) if (atMs < longAgoMs) done.delete(userId);
    const wanted = [...run.wanted()].filter(([userId, change]) => (done.get(userId)?.changes ?? -1) < change);
    const here = wanted.map(([userId]) => userId);
    isCrowd = here.length >= MAX_BATCH;
    if (isCrowd) return here.slice(0, MAX_BATCH);
    const due = await users.due(atEpoch, MAX_BATCH + done.size);
    const others = due.filter(({ userId }) => !done.has(userId) && !here.includes(userId));
    const people = others.filter(({ untoldSinceEpoch }) => untoldSinceEpoch !== undefined);
    isCrowd = here.length + people.length >= MAX_BATCH;
    return [...here, ...others.map(({ userId }) => userId)].slice(0, MAX_BATCH);
  }

  /** If the record was changed meanwhile, it stays due. The clock is read after the record that changes. */
  async function noteTold(userId: UserId, read: KnownUser, atEpoch: number) {
    const change = (known: UserRecord) => withEdgeTold(known, read.user, atEpoch, nowEpoch(deps));
    const user = await changeRecord(deps, userId, change, read);
    if (!isDue(user, atEpoch)) done.set(userId, { changes: user.changes, atMs: clock.now() });
    run.onTold(userId, user);
  }

  while (!run.isEnough(isCrowd)) {
    // The version is read before the records. If another process writes to the store after this, the write below fails.
    version ??= (await edge.describe()).version;
    const atEpoch = nowEpoch(deps);
    const batch = await nextBatch(atEpoch);
    if (batch.length === 0) break;
    const [isOurs, records] = await Promise.all([
      lease.renew(),
      Promise.all(batch.map(async (userId) => ({ userId, read: await users.read(userId) }))),
    ]);
    if (!isOurs) return { written, isLost: true };
    const [due, others] = [
      records.filter(({ read }) => isDue(read.user, atEpoch)),
      records.filter(({ read }) => !isDue(read.user, atEpoch)),
    ];
    for (const { userId, read } of others) {
      done.set(userId, { changes: read.user.changes, atMs: clock.now() });
      run.onTold(userId, read.user);
    }
    if (due.length === 0) continue;
    const entries = due.map(({ userId, read }) => ({ userId, entry: edgeEntry(read.user, atEpoch) }));
    const answer = await edge.write(version, entries);
    if (answer === false) {
      version = undefined;
      conflicts++;
      await clock.sleep(Math.random() * Math.min(MAX_PAUSE_MS, 20 * 2 ** conflicts));
      continue;
    }
    version = answer.version;
    written += due.length;
    await Promise.all(due.map(({ userId, read }) => noteTold(userId, read, atEpoch)));
  }
  return { written, isLost: false };
}
