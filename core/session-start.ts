import { type EpochSeconds, parseEpochSeconds } from './epoch-seconds.ts';
import { BACKDATE_SECONDS, MARGIN_SECONDS } from './time-bounds.ts';

/**
 * The next session start of a user, in epoch seconds. It is always greater than the previous one. Undefined after too
 * many logins in an hour, since the next start might not be past on every clock.
 */
export function nextStart(previous: number | undefined, nowEpoch: number): EpochSeconds | undefined {
  const start = Math.max((previous ?? 0) + 1, nowEpoch - BACKDATE_SECONDS);
  return start > nowEpoch - MARGIN_SECONDS ? undefined : parseEpochSeconds(start);
}
