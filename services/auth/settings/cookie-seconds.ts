import { COOKIE_SECONDS } from '../../../core/time-bounds.ts';

export function cookieSecondsFault(kind: keyof typeof COOKIE_SECONDS.shortest): string {
  const { shortest, longest } = COOKIE_SECONDS;
  return `COOKIE_LIFETIME_SECONDS must be a whole number, ${shortest[kind]} to ${longest}`;
}
