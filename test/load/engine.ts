import { setTimeout as pause } from 'node:timers/promises';
import { atOnce } from '../support/at-once.ts';
import type { Recorder } from './recorder.ts';

export interface Plan {
  arrival: Arrival;
  warmUpSeconds: number;
  /** The time after the warm-up. */
  seconds: number;
  /** Units of work, including the warm-up. */
  maxUnits: number;
  /** The run ends above this share, once there were a hundred requests. */
  maxFaultShare: number;
}

/** The reason why a run ended. */
export type Ending = 'time' | 'count' | 'faults' | 'cross-user bytes' | 'backlog' | 'stopped';

/** With this many units under way, the target does not keep up. */
const MAX_BACKLOG = 10_000;
const FAULT_SHARE_FROM_REQUESTS = 100;

/** A run of many units of work. */
export interface Work {
  /** Records its own requests. If it throws, that is a fault, and the others go on. */
  unit(number: number): Promise<void>;
  recorder: Recorder;
  /** Gives 0 ≤ u < 1. */
  uniform(): number;
  signal: AbortSignal;
}

/**
 * Starts units of work by the plan until it ends, and waits for those under way. A latency counts from the intended
 * start of its unit, so that a slow answer that delays the sender is counted (coordinated omission).
 */
export async function drive(plan: Plan, { unit, recorder, uniform, signal }: Work): Promise<Ending> {
  const beganMs = performance.now();
  const measuredFromMs = beganMs + plan.warmUpSeconds * 1_000;
  const untilMs = measuredFromMs + plan.seconds * 1_000;
  let isWarm = plan.warmUpSeconds === 0;
  let started = 0;
  const underWay = new Set<Promise<void>>();
  if (isWarm) recorder.begin();

  function ending(): Ending | undefined {
    const nowMs = performance.now();
    if (!isWarm && nowMs >= measuredFromMs) {
      isWarm = true;
      recorder.begin();
    }
    if (recorder.faults().crossUserBytes > 0) return 'cross-user bytes';
    if (isFaulty(recorder, plan.maxFaultShare)) return 'faults';
    if (underWay.size >= MAX_BACKLOG) return 'backlog';
    if (started >= plan.maxUnits) return 'count';
    if (nowMs >= untilMs) return 'time';
    return signal.aborted ? 'stopped' : undefined;
  }

  async function run(intendedMs: number): Promise<void> {
    const number = started++;
    const sentMs = performance.now();
    await unit(number).catch((error: unknown) =>
      recorder.fault('unexpectedStatuses', `unit ${number}: ${error}`),
    );
    if (intendedMs < measuredFromMs) return;
    const endMs = performance.now();
    recorder.time('unit', endMs - intendedMs);
    recorder.time('service', endMs - sentMs);
    recorder.time('lateness', sentMs - intendedMs);
  }

  let why: Ending | undefined;
  if ('concurrency' in plan.arrival) {
    await atOnce(plan.arrival.concurrency, Array(plan.arrival.concurrency).keys(), async () => {
      for (why ??= ending(); why === undefined; why ??= ending()) await run(performance.now());
    });
  } else {
    for (const atMs of arrivals(plan.arrival, untilMs - beganMs, uniform)) {
      const waitMs = beganMs + atMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      why = ending();
      if (why !== undefined) break;
      const one: Promise<void> = run(beganMs + atMs).finally(() => underWay.delete(one));
      underWay.add(one);
    }
    await Promise.all(underWay);
    why ??= 'burst' in plan.arrival ? 'count' : 'time';
  }
  // The last answers may hold a fault that ends every run.
  return recorder.faults().crossUserBytes > 0 ? 'cross-user bytes' : (why ?? 'time');
}

function isFaulty(recorder: Recorder, maxShare: number): boolean {
  const requests = recorder.allRequests();
  const faults = Object.values(recorder.faults()).reduce((sum, count) => sum + count, 0);
  return requests >= FAULT_SHARE_FROM_REQUESTS && faults / requests > maxShare;
}

/**
 * The start times of units of work. Open loop: by the clock, at a rate with Poisson gaps or all at once, whatever
 * happened to earlier units. Closed loop: each worker starts its next unit when its last one has ended.
 */
export type Arrival = { ratePerSecond: number } | { burst: number } | { concurrency: number };

/**
 * Intended start times of an open loop, in order, in milliseconds from the beginning.
 * @param uniform gives 0 ≤ u < 1
 */
export function* arrivals(
  arrival: { ratePerSecond: number } | { burst: number },
  untilMs: number,
  uniform: () => number,
): Generator<number> {
  if ('burst' in arrival) {
    for (let count = 0; count < arrival.burst; count++) yield 0;
    return;
  }
  const gapMs = () => (-Math.log(1 - uniform()) * 1_000) / arrival.ratePerSecond;
  for (let atMs = gapMs(); atMs < untilMs; atMs += gapMs()) yield atMs;
}
