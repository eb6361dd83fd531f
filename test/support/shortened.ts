import { TIME_LIMITS, type TimeLimits } from '../../services/auth/settings/time-limits.ts';

/** Shorter values for all limits, so that a test sees a failure in less time. */
export function shortened(factor: number): TimeLimits {
  const entries = Object.entries(TIME_LIMITS).map(([name, ms]) => [name, Math.ceil(ms / factor)]);
  return { ...TIME_LIMITS, ...Object.fromEntries(entries) };
}
