import { type CookieWindow, refreshAtEpoch } from './session.ts';

/** A set has about 1 KB. */
const MAX_SETS = 10_000;

/**
 * Remembers the cookie set of each session until the set is due for renewal. So tabs, reloads and impatient clients
 * share one signature. A set is not reused if it would outlive the set that is wanted. A failure is not kept. The set
 * that was used longest ago is dropped first.
 */
export function createRememberedSets<T>(maxSets = MAX_SETS) {
  const sets = new Map<string, { window: CookieWindow; set: Promise<T> }>();
  return {
    get(session: string, wanted: CookieWindow, sign: () => Promise<T>): Promise<T> {
      const known = sets.get(session);
      sets.delete(session);
      if (known && isFresh(known.window, wanted)) {
        sets.set(session, known);
        return known.set;
      }
      const entry = { window: wanted, set: sign() };
      sets.set(session, entry);
      entry.set.catch(() => {
        if (sets.get(session) === entry) sets.delete(session);
      });
      const [oldest] = sets.keys();
      if (sets.size > maxSets && oldest !== undefined) sets.delete(oldest);
      return entry.set;
    },
  };
}

function isFresh(known: CookieWindow, wanted: CookieWindow): boolean {
  if (known.expiresAtEpoch > wanted.expiresAtEpoch) return false;
  // If the session ends soon, a new set would not live longer than the known one.
  return known.expiresAtEpoch === wanted.expiresAtEpoch || wanted.issuedAtEpoch < refreshAtEpoch(known);
}
