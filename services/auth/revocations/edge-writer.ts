import type { Clock, EdgeStore, UserStore } from '../domain/ports.ts';
import { edgeEntry, isDue, settled, withEdgeTold } from '../domain/revocation.ts';
import type { UserId } from '../domain/user-id.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import type { HeldLease } from './edge-lease.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
const MAX_BATCH = 50;
/** The longest pause after a conflict, in milliseconds; it grows with each. */
const MAX_PAUSE_MS = 1_000;

export interface EdgeWriterDeps {
  users: UserStore;
  edge: EdgeStore;
  clock: Clock;
}

export interface WriterRun {
  /** Users who are waited for here, each with the count of changes that is waited for. */
  wanted(): ReadonlyMap<UserId, number>;
  /** Asked before each batch. */
  isEnough(): boolean;
  /** What the record of a user says once the edge has been told. */
  onTold(userId: UserId, user: UserRecord): void;
}

/**
 * Writes to the edge whatever it is to know: the entries that are waited for here, then those of people who wait
 * anywhere, then what has expired.
 * @returns how many entries were written
 * @throws whatever the stores throw; what was not written stays due
 */
export async function writeDueEntries(
  deps: EdgeWriterDeps,
  lease: HeldLease,
  run: WriterRun,
): Promise<number> {
  const { users, edge, clock } = deps;
  /** Users who were read and not due, with their changes: the index may show them for a while longer. */
  const done = new Map<UserId, number>();
  let version: string | undefined;
  let conflicts = 0;
  let written = 0;

  async function nextBatch(atEpoch: number): Promise<UserId[]> {
    const wanted = [...run.wanted()].filter(([userId, change]) => (done.get(userId) ?? -1) < change);
    const here = wanted.map(([userId]) => userId);
    if (here.length >= MAX_BATCH) return here.slice(0, MAX_BATCH);
    const due = await users.due(atEpoch, MAX_BATCH + done.size);
    const others = due.map(({ userId }) => userId).filter((userId) => !done.has(userId));
    return [...new Set([...here, ...others])].slice(0, MAX_BATCH);
  }

  /** A record that was changed meanwhile stays due. */
  async function noteTold({ userId, user }: { userId: UserId; user: UserRecord }, atEpoch: number) {
    const change = (known: UserRecord) => withEdgeTold(known, user.changes, atEpoch);
    run.onTold(userId, await changeRecord(deps, userId, change));
  }

  while (!run.isEnough()) {
    // Before the records: whoever writes to the store after this look makes the write below fail.
    version ??= (await edge.describe()).version;
    const atEpoch = Math.floor(clock.now() / 1_000);
    const batch = await nextBatch(atEpoch);
    if (batch.length === 0) return written;
    const [isOurs, read] = await Promise.all([
      lease.renew(),
      Promise.all(batch.map(async (userId) => ({ userId, user: (await users.read(userId)).user }))),
    ]);
    if (!isOurs) return written;
    const [due, others] = [
      read.filter(({ user }) => isDue(user, atEpoch)),
      read.filter(({ user }) => !isDue(user, atEpoch)),
    ];
    for (const { userId, user } of others) {
      done.set(userId, user.changes);
      run.onTold(userId, user);
    }
    if (due.length === 0) continue;
    const entries = due.map(({ userId, user }) => ({
      userId,
      entry: edgeEntry(settled(user, atEpoch), atEpoch),
    }));
    const answer = await edge.write(version, entries);
    if (answer === false) {
      version = undefined;
      conflicts++;
      await clock.sleep(Math.random() * Math.min(MAX_PAUSE_MS, 20 * 2 ** conflicts));
      continue;
    }
    version = answer.version;
    written += due.length;
    await Promise.all(due.map((each) => noteTold(each, atEpoch)));
  }
  return written;
}
