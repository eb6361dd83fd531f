/**
 * Telling the edge. A user's record, or a team's item, is the truth, and the edge's KeyValueStore follows it. The item
 * counts the changes that the edge must know (`changes`), and those that it knows (`told`). A request that must not be
 * answered before is a waiter here. Any process may do the work. One at a time does, the holder of the lease
 * (edge-lease.ts): it writes whatever is due anywhere (edge-writer.ts).
 */

import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type OwnKey, sharesKey } from '../domain/own-key.ts';
import type { EdgeStore } from '../domain/ports.ts';
import type { TimeLimits } from '../domain/time-limits.ts';
import type { Revocations } from '../domain/user-record.ts';
import { within } from '../domain/within.ts';
import type { Stores } from '../table/stores.ts';
import { type ItemDeps, readItem } from './due-item.ts';
import { createEdgeLease, type HeldLease } from './edge-lease.ts';
import { type WriterRun, writeDueEntries } from './edge-writer.ts';
import { createSetAside, type FailedItem, isOfEdge, type SetAside } from './set-aside.ts';
import { type EdgeSeen, watchEdge } from './watched-edge.ts';

/** A waiter first looks at its own item after this time, and later less often. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 400;

/** For this part of `edgeMs`, a process may still begin a batch for people who wait in other processes. */
const HELPING_PART = 0.75;

/** `told` if the edge has confirmed, `pending` if not. A change that is pending stays due, and is told later. */
export type Told = 'told' | 'pending';

export interface EdgeTeller {
  /**
   * Waits until the edge knows what a user's record says. It waits for `edgeMs` at most, and never fails.
   * @param user the record as it was written
   */
  tell(userId: UserId, user: Change): Promise<Told>;
  /**
   * The same for what a team's item says.
   * @param team the item as it was written
   */
  tellTeam(teamId: TeamId, team: Change): Promise<Told>;
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
  /** What failed for one item. */
  setAside: SetAside;
  /** What the last call of the edge's store saw. */
  seen(): EdgeSeen;
}

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
  key: OwnKey;
  change: number;
  onTold: () => void;
}

/** Those who wait in this process until the edge knows a change. */
function createWaiters() {
  const all = new Set<Waiter>();
  let someWait = new AbortController();
  let last: Waiter | undefined;
  return {
    areAny: () => all.size > 0,
    /** The one that joined last. */
    last: () => last,
    /** Aborted when nobody waits any more. */
    noneLeft: () => someWait.signal,
    join(waiter: Waiter): void {
      if (all.size === 0) someWait = new AbortController();
      all.add(waiter);
      last = waiter;
    },
    leave(waiter: Waiter): void {
      all.delete(waiter);
      if (all.size === 0) someWait.abort();
    },
    /** By item, the highest count of changes that somebody waits for. */
    wanted(): Map<OwnKey, number> {
      const changes = new Map<OwnKey, number>();
      for (const { key, change } of all) changes.set(key, Math.max(change, changes.get(key) ?? change));
      return changes;
    },
    /** The edge knows this many changes of the item. */
    note(key: OwnKey, told: number): void {
      for (const waiter of all) if (waiter.key === key && waiter.change <= told) waiter.onTold();
    },
  };
}

/** What one process knows while it tells the edge. */
interface Teller extends Omit<EdgeTellerDeps, 'lease'> {
  takeLease: ReturnType<typeof createEdgeLease>;
  setAside: SetAside;
  onNothingDue(): void;
  waiters: ReturnType<typeof createWaiters>;
  /** Takes the lease and writes, while anybody waits here. */
  pursuit: Promise<void> | undefined;
  /** The last run of the writer for those who wait here. */
  writing: Promise<Awaited<ReturnType<typeof writeDueEntries>> | undefined>;
  /** Until this time, a writer here may go on for people who wait in other processes. */
  helpsUntilMs: number;
}

export function createEdgeTeller(deps: EdgeTellerDeps): EdgeTeller {
  const { clock, limits, onEdgeError } = deps;
  const { edge, seen, onNothingDue } = watchEdge(deps.edge, clock, limits.checkMs);
  const teller: Teller = {
    ...deps,
    edge,
    takeLease: createEdgeLease(deps.lease, clock, limits.leaseMs),
    setAside: createSetAside(clock, onEdgeError),
    onNothingDue,
    waiters: createWaiters(),
    pursuit: undefined,
    writing: Promise.resolve(undefined),
    helpsUntilMs: 0,
  };
  return {
    tell: (userId, user) => tell(teller, userId, user),
    tellTeam: (teamId, team) => tell(teller, sharesKey(teamId), team),
    drain: (budgetMs) => drain(teller, budgetMs),
    isAnythingDue: () => isAnythingDue(teller),
    setAside: teller.setAside,
    seen,
  };
}

async function tell(teller: Teller, key: OwnKey, { changes: change, told: known }: Change): Promise<Told> {
  if (known >= change) return 'told';
  const { clock, waiters, outlivesRequests } = teller;
  const { edgeMs } = teller.limits;
  const sinceMs = clock.monotonicMs();
  teller.helpsUntilMs = sinceMs + edgeMs * HELPING_PART;
  const over = new AbortController();
  const restMs = () => sinceMs + edgeMs - clock.monotonicMs();
  let isTold = false;
  const waiter: Waiter = {
    key,
    change,
    onTold: () => {
      isTold = true;
      over.abort();
    },
  };
  teller.setAside.tryAgain(key);
  waiters.join(waiter);
  beginPursuit(teller);
  void watch(teller, waiter, over.signal);
  await clock.sleep(restMs(), over.signal);
  over.abort();
  waiters.leave(waiter);
  if (isTold) teller.onTold?.(clock.monotonicMs() - sinceMs);
  // The lease goes back before the answer. A frozen holder would cost the others a second.
  if (!outlivesRequests) await within(clock, restMs(), teller.writing);
  return isTold ? 'told' : 'pending';
}

/** Looks at the waiter's own item. DynamoDB limits the reads of one item, such as the lease. */
async function watch(teller: Teller, waiter: Waiter, over: AbortSignal): Promise<void> {
  for (let pauseMs = FIRST_LOOK_MS; !over.aborted; pauseMs = Math.min(LAST_LOOK_MS, pauseMs * 1.5)) {
    await teller.clock.sleep(about(pauseMs), over);
    if (over.aborted) return;
    const known = await readItem(teller, waiter.key).catch(() => undefined);
    if (known && known.item.told >= waiter.change) waiter.onTold();
  }
}

/** A random time, from half to one and a half of this one, which keeps the looks of processes apart. */
function about(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}

function beginPursuit(teller: Teller): void {
  teller.pursuit ??= pursue(teller).then(() => {
    teller.pursuit = undefined;
  });
}

/** Runs once in a process while anybody waits here. Takes the lease if it is free, or its holder has gone. */
async function pursue(teller: Teller): Promise<void> {
  const { takeLease, clock, waiters, limits, onEdgeError } = teller;
  let held = await takeLease().catch(() => undefined);
  while (true) {
    const lastBefore = waiters.last();
    if (held) {
      const run = writeUnder(teller, held, (isCrowd) => isEnoughHere(teller, isCrowd));
      teller.writing = run.catch((error: unknown) => {
        onEdgeError(error);
        return undefined;
      });
    }
    const run = held && (await teller.writing);
    // A waiter that came after the last batch was chosen is in no batch. So this process tries again at once.
    const isLate = run && waiters.last() !== lastBefore;
    if (!isLate) await clock.sleep(about(limits.leaseMs / 2), waiters.noneLeft());
    if (!waiters.areAny()) return;
    held = await takeLease().catch(() => undefined);
  }
}

/**
 * Whether this process may stop writing. Only a process that freezes after its answer may stop early, once nobody waits
 * here. But if the last batch had no room for all, that process helps the other processes until `helpsUntilMs`.
 */
function isEnoughHere({ outlivesRequests, waiters, clock, helpsUntilMs }: Teller, isCrowd: boolean): boolean {
  return !outlivesRequests && !waiters.areAny() && !(isCrowd && clock.monotonicMs() < helpsUntilMs);
}

async function writeUnder(teller: Teller, held: HeldLease, isEnough: WriterRun['isEnough']) {
  const { wanted, note } = teller.waiters;
  try {
    const onTold: WriterRun['onTold'] = (key, { told }) => note(key, told);
    return await writeDueEntries(teller, held, { wanted, isEnough, onTold });
  } finally {
    // If the lease cannot be given back, other processes take it a second later.
    await held.giveBack().catch(() => {});
  }
}

async function drain(teller: Teller, budgetMs: number): Promise<number> {
  const { clock, takeLease, limits } = teller;
  const untilMs = clock.monotonicMs() + budgetMs;
  const isOver = () => clock.monotonicMs() >= untilMs;
  let written = 0;
  for (let isFirst = true; await isAnythingDue(teller); isFirst = false) {
    if (!isFirst) {
      // Another process writes, and may write only the entries that people wait for.
      if (isOver()) return written;
      await clock.sleep(limits.leaseMs * 1.1);
    }
    const held = await takeLease();
    if (!held) continue;
    const run = await writeUnder(teller, held, isOver);
    written += run.written;
    if (!run.isLost) return written;
  }
  return written;
}

async function isAnythingDue(teller: Teller): Promise<boolean> {
  const { due, setAside } = teller;
  const isPassedOver = (key: OwnKey) => setAside.has(key);
  const [untold] = await due.untold(1, isPassedOver);
  if (untold) return true;
  const [expired] = await due.expired(nowEpoch(teller), 1, isPassedOver);
  if (expired) return true;
  teller.onNothingDue();
  setAside.dropPast((_item, step) => isOfEdge(step));
  return false;
}
