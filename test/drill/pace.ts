import { TIME_LIMITS, type TimeLimits } from '../../services/auth/domain/time-limits.ts';
import { shortened } from '../support/shortened.ts';
import { SLOW_MS } from './faults.ts';

/** A hasty drill divides every time limit by this. */
export const HASTE = 10;

export interface Pace {
  limits: TimeLimits;
  slowMs: number;
  /** The number of questions that are asked at the same time. */
  atOnce: number;
  /** A bound at this pace, on a machine with this delay. */
  bound(milliseconds: number, lagMs: number): number;
}

/** The times of a deployment. */
export const USUAL: Pace = {
  limits: TIME_LIMITS,
  slowMs: SLOW_MS,
  atOnce: 16,
  bound: (milliseconds) => milliseconds,
};

/** The processor's work does not become less: it needs this much on a quiet machine … */
const WORK_MS = 250;
/** … and on a busy one several times as long as an answer of `/livez`. */
const LAGS = 3;

/** A tenth of all times. */
export const HASTY: Pace = {
  limits: shortened(HASTE),
  slowMs: SLOW_MS / HASTE,
  atOnce: 2,
  bound: (milliseconds, lagMs) => milliseconds / HASTE + WORK_MS + LAGS * lagMs,
};
