/**
 * Telling the edge. A user's record, or a team's item, is the truth, and the edge's KeyValueStore follows it. The item
 * counts the changes that the edge must know (`changes`), and those that it has confirmed (`told`). A request that must
 * not be answered before is a waiter here. Any process may do the work. One at a time does, the holder of the lease
 * (lease.ts): it writes whatever is due anywhere (writer.ts).
 */
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { type TeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Revocations } from '../sessions/record.ts';
import type { TimeLimits } from '../settings/time-limits.ts';
import type { Clock } from '../table/clock.ts';
import { itemKey, ownerOfItem } from '../table/item-key.ts';
import type { Stores } from '../table/stores.ts';
import { within } from '../table/within.ts';
import { createFailures, type FailedItem } from './failures.ts';
import { createEdgeLease, type HeldLease } from './lease.ts';
import { EdgeRefusal, type EdgeStore } from './store.ts';
import { type ItemDeps, readItem, type WriterRun, writeDueEntries } from './writer.ts';

/** A waiter first looks at its own item after this time, and later less often. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 400;
/** For this part of `edgeMs`, a process helps others. The rest is for the last batch and the answer. */
const HELPING_PART = 0.75;

/** `told` if the edge has confirmed, `pending` if not. A change that is pending stays due, and is told later. */
export type Told = 'told' | 'pending';

/** The counts of an item's changes: all of them, and those that the edge knew. */
type Change = Pick<Revocations, 'changes' | 'told'>;

export interface EdgeTellerDeps extends ItemDeps {
  due: Stores['due'];
  edge: EdgeStore;
  lease: Stores['lease'];
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
}

interface Waiter {
  key: string;
  change: number;
  confirm(): void;
}

export type EdgeTeller = ReturnType<typeof createEdgeTeller>;

export function createEdgeTeller(deps: EdgeTellerDeps) {
  const { clock, due, limits, outlivesRequests } = deps;
  const { edge, seen } = watchEdge(deps.edge, clock, limits.checkMs);
  const takeLease = createEdgeLease(deps.lease, clock, limits.leaseMs);
  const failures = createFailures(deps.onEdgeError);
  /** Those who wait in this process until the edge knows a change. */
  const waiters = new Set<Waiter>();
  let lastWaiter: Waiter | undefined;
  let someWait = new AbortController();
  let isPursuing = false;
  /** Until then, a process that freezes after its answer may begin a batch for people who wait elsewhere. */
  let helpsUntilMs = 0;
  /** The last try to take the lease and write for those who wait here: whether this process had the lease. */
  let turn = Promise.resolve(false);

  async function write(lease: HeldLease, isOver: WriterRun['isOver']) {
    const run = {
      isOver,
      wanted: () => [...waiters].map(({ key }) => key),
      onConfirmed(key: string, told: number) {
        for (const waiter of waiters) if (waiter.key === key && waiter.change <= told) waiter.confirm();
      },
    };
    try {
      return await writeDueEntries({ ...deps, edge, failures }, lease, run);
    } finally {
      // If the lease cannot be given back, other processes take it a second later.
      await lease.giveBack().catch(() => {});
    }
  }

  async function takeTurn(): Promise<boolean> {
    const lease = await takeLease().catch(() => undefined);
    if (!lease) return false;
    // A process that freezes after its answer stops once nobody waits here, unless there is a crowd elsewhere.
    const helps = (isCrowd: boolean) => isCrowd && clock.monotonicMs() < helpsUntilMs;
    const isOver = (isCrowd: boolean) => !outlivesRequests && waiters.size === 0 && !helps(isCrowd);
    await write(lease, isOver).catch(failures.report);
    return true;
  }

  /** Runs once in a process while anybody waits here. Takes the lease if it is free or its holder has gone, and writes. */
  async function pursue(): Promise<void> {
    isPursuing = true;
    while (waiters.size > 0) {
      const lastBefore = lastWaiter;
      turn = takeTurn();
      // A waiter that came after the last batch was chosen is in no batch. So this process tries again at once.
      if (!(await turn) || lastWaiter === lastBefore)
        await clock.sleep(about(limits.leaseMs / 2), someWait.signal);
    }
    isPursuing = false;
  }

  /** Looks at the waiter's own item. DynamoDB limits the reads of one item, such as the lease. */
  async function watch(waiter: Waiter, over: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_LOOK_MS; !over.aborted; pauseMs = Math.min(LAST_LOOK_MS, pauseMs * 1.5)) {
      await clock.sleep(about(pauseMs), over);
      if (over.aborted) return;
      const known = await readItem(deps, waiter.key).catch(() => undefined);
      if (known && known.item.told >= waiter.change) waiter.confirm();
    }
  }

  async function tell(key: string, { changes: change, told: known }: Change): Promise<Told> {
    if (known >= change) return 'told';
    const sinceMs = clock.monotonicMs();
    const restMs = () => sinceMs + limits.edgeMs - clock.monotonicMs();
    helpsUntilMs = sinceMs + limits.edgeMs * HELPING_PART;
    const over = new AbortController();
    let isTold = false;
    const waiter: Waiter = {
      key,
      change,
      confirm() {
        isTold = true;
        waiters.delete(waiter);
        over.abort();
      },
    };
    if (waiters.size === 0) someWait = new AbortController();
    waiters.add(waiter);
    lastWaiter = waiter;
    if (!isPursuing) void pursue();
    void watch(waiter, over.signal);
    await clock.sleep(restMs(), over.signal);
    over.abort();
    waiters.delete(waiter);
    if (waiters.size === 0) someWait.abort();
    if (isTold) deps.onTold?.(clock.monotonicMs() - sinceMs);
    // The lease goes back before the answer. A frozen holder would cost the others a second.
    if (!outlivesRequests) await within(clock, restMs(), turn);
    return isTold ? 'told' : 'pending';
  }

  async function isAnythingDue(): Promise<boolean> {
    const untilEpoch = nowEpoch(deps);
    for (const kind of ['pending', 'expired'] as const)
      if ((await due.list(kind, 1, { untilEpoch, isPassedOver: (key) => !ownerOfItem(key) })).length > 0)
        return true;
    return false;
  }

  return {
    /**
     * Waits until the edge knows what a user's record says. It waits for `edgeMs` at most, and never fails.
     * @param user the record as it was written
     */
    tell: (userId: UserId, user: Change): Promise<Told> => tell(itemKey(userOwner(userId)), user),
    /**
     * The same for what a team's item says.
     * @param team the item as it was written
     */
    tellTeam: (teamId: TeamId, team: Change): Promise<Told> => tell(itemKey(teamOwner(teamId)), team),
    ...{ failures, seen },

    /**
     * Tells the edge everything that is due, unless another process does. If nothing is due, it does not call the edge's
     * store.
     * @param budgetMs no batch begins later than this
     * @returns how many entries were written
     * @throws every error that concerns a whole store
     */
    async drain(budgetMs: number): Promise<number> {
      const untilMs = clock.monotonicMs() + budgetMs;
      const isOver = () => clock.monotonicMs() >= untilMs;
      let written = 0;
      while (await isAnythingDue()) {
        const lease = await takeLease();
        const run = lease && (await write(lease, isOver));
        written += run?.written ?? 0;
        if ((run && !run.isLost) || isOver()) return written;
        // Another process writes, and may write only the entries that people wait for.
        await clock.sleep(limits.leaseMs * 1.1);
      }
      return written;
    },
  };
}

/** A random time, from half to one and a half of this one, which keeps the looks of processes apart. */
function about(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}

/**
 * The edge's store, and what this process last saw of it. A look costs no call, since each call costs money.
 * @param slowMs a call that takes longer counts as failing until it is answered
 */
function watchEdge(store: EdgeStore, clock: Clock, slowMs: number) {
  let askedMs = Infinity;
  let seen: { lastMs?: number; isFailing: boolean; bytes?: number } = { isFailing: false };

  async function watched<T extends { bytes: number } | false>(call: Promise<T>): Promise<T> {
    askedMs = clock.monotonicMs();
    try {
      const answer = await call;
      seen = { ...seen, lastMs: clock.now(), isFailing: false, ...(answer ? { bytes: answer.bytes } : {}) };
      return answer;
    } catch (error) {
      const isAnswer = error instanceof EdgeRefusal && error.reason === 'invalid';
      seen = { ...seen, lastMs: clock.now(), isFailing: !isAnswer };
      throw error;
    } finally {
      askedMs = Infinity;
    }
  }

  const edge: EdgeStore = {
    describe: () => watched(store.describe()),
    write: (...given) => watched(store.write(...given)),
  };
  const isSlow = () => clock.monotonicMs() - askedMs > slowMs;
  return { edge, seen: () => ({ ...seen, isFailing: seen.isFailing || isSlow() }) };
}
