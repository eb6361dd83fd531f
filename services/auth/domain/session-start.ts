import { type EpochSeconds, parseEpochSeconds } from './epoch-seconds.ts';

/** Starts begin this far in the past, so that they are past everywhere and many logins in one second still differ. */
export const BACKDATE_SECONDS = 60 * 60;
/** A start this young is not yet past on every clock. */
export const MARGIN_SECONDS = 60;

/**
 * The next session start of a user, in epoch seconds, strictly greater than the previous one; undefined where
 * so many logins came in an hour that the next start would not surely be past.
 */
export function nextStart(previous: number | undefined, nowEpoch: number): EpochSeconds | undefined {
  const start = Math.max((previous ?? 0) + 1, nowEpoch - BACKDATE_SECONDS);
  return start > nowEpoch - MARGIN_SECONDS ? undefined : parseEpochSeconds(start);
}
