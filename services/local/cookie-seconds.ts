import { COOKIE_SECONDS } from '../../core/time-bounds.ts';
import { cookieSecondsFault } from '../auth/settings/cookie-seconds.ts';

/** The lifetime for the local stack and its commands. */
export function localCookieSeconds(setting: string | undefined, refuse: (fault: string) => void): number {
  const seconds = Number(setting || COOKIE_SECONDS.usual);
  const { shortest, longest } = COOKIE_SECONDS;
  const isAllowed = Number.isInteger(seconds) && seconds >= shortest.development && seconds <= longest;
  if (!isAllowed) refuse(cookieSecondsFault('development'));
  return seconds;
}
