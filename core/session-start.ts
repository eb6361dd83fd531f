import { type EpochSeconds, parseEpochSeconds } from './epoch-seconds.ts';

/**
 * A start lies this far in the past. So it is past on every clock, and many logins in one second still get different
 * starts.
 */
export const BACKDATE_SECONDS = 60 * 60;
/** A start that is younger than this may not be past on every clock. */
export const MARGIN_SECONDS = 60;

/**
 * The next session start of a user, in epoch seconds. It is always greater than the previous one. Undefined after too
 * many logins in an hour, since the next start might not be past on every clock.
 */
export function nextStart(previous: number | undefined, nowEpoch: number): EpochSeconds | undefined {
  const start = Math.max((previous ?? 0) + 1, nowEpoch - BACKDATE_SECONDS);
  return start > nowEpoch - MARGIN_SECONDS ? undefined : parseEpochSeconds(start);
}
