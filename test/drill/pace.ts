import { TIME_LIMITS, type TimeLimits } from '../../services/auth/domain/time-limits.ts';
import { shortened } from '../support/shortened.ts';
import { SLOW_MS } from './faults.ts';

/** By what a hasty drill divides every time limit. */
export const HASTE = 10;

export interface Pace {
  limits: TimeLimits;
  slowMs: number;
  /** So many questions are asked at the same time. */
  atOnce: number;
  /** What a bound of so many milliseconds is at this pace, on a machine that costs so much. */
  bound(milliseconds: number, lagMs: number): number;
}

/** As deployed. */
export const USUAL: Pace = {
  limits: TIME_LIMITS,
  slowMs: SLOW_MS,
  atOnce: 16,
  bound: (milliseconds) => milliseconds,
};

/** What a processor needs does not become less: that much on a quiet machine … */
const WORK_MS = 250;
/** … and on a busy one a few times what it takes to say nothing. */
const LAGS = 3;

/** A tenth of all times. */
export const HASTY: Pace = {
  limits: shortened(HASTE),
  slowMs: SLOW_MS / HASTE,
  atOnce: 1,
  bound: (milliseconds, lagMs) => milliseconds / HASTE + WORK_MS + LAGS * lagMs,
};
