import { COOKIE_SECONDS } from '../../core/time-bounds.ts';
import { cookieSeconds, schemaFaults } from '../auth/settings/schema.ts';

/** The lifetime for the local stack and its commands. */
export function localCookieSeconds(setting: string | undefined, refuse: (fault: string) => void): number {
  const seconds = Number(setting || COOKIE_SECONDS.usual);
  for (const { path, message } of schemaFaults(
    cookieSeconds('development'),
    seconds,
    'COOKIE_LIFETIME_SECONDS',
  )) {
    refuse(`${path} ${message}`);
  }
  return seconds;
}
