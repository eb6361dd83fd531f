import { nowEpoch } from '../../../core/epoch-seconds.ts';
import type { UserId } from '../../../core/user-id.ts';
import type { Clock, EdgeStore, LeaseStore, UserStore } from '../domain/ports.ts';
import type { TimeLimits } from '../domain/time-limits.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { createEdgeLease, type HeldLease } from './edge-lease.ts';
import { type WriterRun, writeDueEntries } from './edge-writer.ts';
import { createSetAside, type FailedItem, type SetAside } from './set-aside.ts';
import { type EdgeSeen, watchEdge } from './watched-edge.ts';

/** A waiter first looks at its own record after this time, and later less often. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 400;

/** For this part of `edgeMs`, a process may still begin a batch for people who wait in other processes. */
const HELPING_PART = 0.75;

/** Whether the edge has confirmed. */
export type Told = 'told' | 'pending';

export interface EdgeTeller {
  /**
   * Waits until the edge knows what a user's record says. It waits for `edgeMs` at most, and never fails.
   * @param user the record as it was written
   */
  tell(userId: UserId, user: Pick<UserRecord, 'changes' | 'told'>): Promise<Told>;
  /**
   * Tells the edge everything that is due, unless another process does. If nothing is due, it does not call the edge's
   * store.
   * @param budgetMs no batch begins later than this
   * @returns how many entries were written
   * @throws every error that concerns a whole store
   */
  drain(budgetMs: number): Promise<number>;
  /** Looks at the table's index, without the lease and the edge's store. What is set aside is passed over. */
  isAnythingDue(): Promise<boolean>;
  /** What failed for one user, or for one logout by the provider. */
  setAside: SetAside;
  /** What the last call of the edge's store saw. */
  seen(): EdgeSeen;
}

export type EdgeTellerDeps = {
  users: UserStore;
  edge: EdgeStore;
  lease: LeaseStore;
  clock: Clock;
  /** Whether this process goes on after it has answered. On Lambda it does not. */
  outlivesRequests: boolean;
  limits: Pick<TimeLimits, 'edgeMs' | 'leaseMs' | 'checkMs'>;
  /**
   * Called with each failure: of one item, or of a whole run if `failed` is absent. A change that was not told stays
   * due.
   */
  onEdgeError: (error: unknown, failed?: FailedItem) => void;
  /** Called with the time that it took to tell the edge, in milliseconds. */
  onTold?: (milliseconds: number) => void;
};

interface Waiter {
  userId: UserId;
  change: number;
  onTold: () => void;
}

/** Any number of processes tell the edge. One of them writes at a time, and writes whatever is due anywhere. */
export function createEdgeTeller(deps: EdgeTellerDeps): EdgeTeller {
  const { users, clock, outlivesRequests, onEdgeError } = deps;
  const { edgeMs, leaseMs } = deps.limits;
  const lease = createEdgeLease(deps.lease, clock, leaseMs);
  const { edge, seen, onNothingDue } = watchEdge(deps.edge, clock, deps.limits.checkMs);
  const setAside = createSetAside(clock, onEdgeError);
  const waiters = new Set<Waiter>();
  /** Aborted when nobody waits any more. */
  let waiting = new AbortController();
  let pursuit: Promise<void> | undefined;
  let writing: Promise<Awaited<ReturnType<typeof writeDueEntries>> | undefined> = Promise.resolve(undefined);
  /** The number of waiters so far. */
  let joined = 0;
  /** Until this time, a writer here may go on for people who wait in other processes. */
  let helpsUntilMs = 0;

  function wanted(): Map<UserId, number> {
    const changes = new Map<UserId, number>();
    for (const { userId, change } of waiters) changes.set(userId, Math.max(change, changes.get(userId) ?? 0));
    return changes;
  }

  function note(userId: UserId, told: number): void {
    for (const waiter of waiters) {
      if (waiter.userId === userId && waiter.change <= told) waiter.onTold();
    }
  }

  function leave(waiter: Waiter): void {
    waiters.delete(waiter);
    if (waiters.size === 0) waiting.abort();
  }

  async function writeUnder(held: HeldLease, isEnough: WriterRun['isEnough']) {
    try {
      const onTold = (userId: UserId, user: UserRecord) => note(userId, user.told);
      return await writeDueEntries({ users, edge, clock, setAside }, held, { wanted, isEnough, onTold });
    } finally {
      // If the lease cannot be given back, other processes take it a second later.
      await held.giveBack().catch(() => {});
    }
  }

  function failed(error: unknown): undefined {
    onEdgeError(error);
  }

  /**
   * Whether this process may stop writing. Only a process that freezes after its answer may stop early, once nobody
   * waits here. But if the last batch had no room for all, that process helps the other processes until `helpsUntilMs`.
   */
  function isEnoughHere(isCrowd: boolean): boolean {
    return !outlivesRequests && waiters.size === 0 && !(isCrowd && clock.monotonicMs() < helpsUntilMs);
  }

  /** Runs once in a process while anybody waits here. Takes the lease if it is free, or its holder has gone. */
  async function pursue(): Promise<void> {
    let held = await lease.takeFree().catch(() => undefined);
    // The holder may have gone. A later look compares the lease's number with the one seen now.
    held ??= await lease.look().catch(() => undefined);
    while (true) {
      const joinedBefore = joined;
      if (held) writing = writeUnder(held, isEnoughHere).catch(failed);
      const run = held && (await writing);
      // A waiter that came after the last batch was chosen is in no batch. No other process is known to write, so this
      // one tries again at once.
      const isLate = run && !run.isLost && joined > joinedBefore;
      if (waiters.size > 0 && !isLate)
        await clock.sleep(leaseMs * (0.25 + Math.random() * 0.5), waiting.signal);
      if (waiters.size === 0) return;
      held = await (isLate ? lease.takeFree() : lease.look()).catch(() => undefined);
    }
  }

  function join(waiter: Waiter): void {
    if (waiters.size === 0) waiting = new AbortController();
    waiters.add(waiter);
    joined++;
    if (pursuit) return;
    const own = pursue().finally(() => {
      if (pursuit === own) pursuit = undefined;
    });
    pursuit = own;
  }

  /** Looks at the waiter's own record. DynamoDB limits the reads of one item, such as the lease. */
  async function watch(waiter: Waiter, over: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_LOOK_MS; !over.aborted; pauseMs = Math.min(LAST_LOOK_MS, pauseMs * 1.5)) {
      await clock.sleep(pauseMs * (0.5 + Math.random()), over);
      if (over.aborted) return;
      const known = await users.read(waiter.userId).catch(() => undefined);
      if (known && known.user.told >= waiter.change) waiter.onTold();
    }
  }

  return {
    async tell(userId, { changes: change, told: known }) {
      if (known >= change) return 'told';
      const sinceMs = clock.monotonicMs();
      helpsUntilMs = sinceMs + edgeMs * HELPING_PART;
      const over = new AbortController();
      const restMs = () => Math.max(0, sinceMs + edgeMs - clock.monotonicMs());
      let isTold = false;
      const waiter: Waiter = {
        userId,
        change,
        onTold: () => {
          isTold = true;
          leave(waiter);
          over.abort();
        },
      };
      setAside.tryAgain(userId);
      join(waiter);
      void watch(waiter, over.signal);
      await clock.sleep(restMs(), over.signal);
      over.abort();
      leave(waiter);
      if (isTold) deps.onTold?.(clock.monotonicMs() - sinceMs);
      // The lease goes back before the answer. A frozen holder would cost the others a second.
      if (!outlivesRequests) await soon(writing, restMs());
      return isTold ? 'told' : 'pending';
    },

    async drain(budgetMs) {
      const untilMs = clock.monotonicMs() + budgetMs;
      const isOver = () => clock.monotonicMs() >= untilMs;
      let written = 0;
      for (let isFirst = true; await isAnythingDue(); isFirst = false) {
        if (!isFirst) {
          // Another process writes, and may write only the entries that people wait for.
          if (isOver()) return written;
          await clock.sleep(leaseMs * 1.1);
        }
        const held = (isFirst ? await lease.takeFree() : undefined) ?? (await lease.look());
        if (!held) continue;
        const run = await writeUnder(held, isOver);
        written += run.written;
        if (!run.isLost) return written;
      }
      return written;
    },

    isAnythingDue,
    setAside,
    seen,
  };

  async function isAnythingDue(): Promise<boolean> {
    const isPassedOver = (userId: UserId) => setAside.has(userId);
    const [untold] = await users.untold(1, isPassedOver);
    if (untold) return true;
    const [expired] = await users.expired(nowEpoch(deps), 1, isPassedOver);
    if (expired) return true;
    onNothingDue();
    setAside.dropPast((_item, step) => step !== 'logout');
    return false;
  }

  async function soon(work: Promise<unknown>, milliseconds: number): Promise<void> {
    const done = new AbortController();
    await Promise.race([work, clock.sleep(milliseconds, done.signal)]);
    done.abort();
  }
}
