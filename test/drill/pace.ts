import { setTimeout as pause } from 'node:timers/promises';
import { TIME_LIMITS, type TimeLimits } from '../../services/auth/settings/time-limits.ts';
import { shortened } from '../support/shortened.ts';
import { SLOW_MS } from './damage.ts';

/** A hasty drill divides every time limit by this. */
export const HASTE = 5;

export interface Pace {
  limits: TimeLimits;
  slowMs: number;
  /** The number of questions that are asked at the same time. */
  atOnce: number;
  /**
   * A bound at this pace, on this machine: the longest answer of `/livez` during the question, and the time of the same
   * question with nothing broken, which is judged without haste.
   */
  bound(milliseconds: number, lagMs: number, soundMs: number): number;
}

/** The times of a deployment. */
export const USUAL: Pace = {
  limits: TIME_LIMITS,
  slowMs: SLOW_MS,
  atOnce: 16,
  bound: (milliseconds) => milliseconds,
};

/** The times of a deployment, on a machine that other tests use too. */
export const UNHURRIED: Pace = {
  ...USUAL,
  atOnce: 6,
  bound: (milliseconds, lagMs) => milliseconds + LAGS * lagMs,
};

/**
 * A busy machine delays an answer several times as long as one of `/livez`: a sign-out calls the stores eight times, one
 * after the other, and each call waits for the processor as `/livez` does.
 */
const LAGS = 8;

/** A fifth of all times. The processor's work does not become less: it is what the question takes with nothing broken. */
export const HASTY: Pace = {
  limits: shortened(HASTE),
  slowMs: SLOW_MS / HASTE,
  atOnce: 2,
  bound: (milliseconds, lagMs, soundMs) => milliseconds / HASTE + soundMs + LAGS * lagMs,
};

/**
 * Measures the machine's delay while work is done: the longest answer of `/livez`, which needs no other part, in
 * milliseconds.
 * @param port of the service
 */
export async function withLag<T>(port: number, work: Promise<T>): Promise<{ result: T; lagMs: number }> {
  let isOver = false;
  const witness = async () => {
    let lagMs = 0;
    while (!isOver) {
      const sinceMs = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/livez`)).arrayBuffer();
      lagMs = Math.max(lagMs, performance.now() - sinceMs);
      await pause(20);
    }
    return lagMs;
  };
  const watched = work.finally(() => {
    isOver = true;
  });
  const [result, lagMs] = await Promise.all([watched, witness()]);
  return { result, lagMs };
}
