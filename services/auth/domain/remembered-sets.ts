import { type CookieWindow, refreshAtEpoch } from './session.ts';

/** About 1 KB each. */
const MAX_SETS = 10_000;

/**
 * Cookie sets by session, until their session is due to renew them: tabs, reloads and impatient clients share one
 * signature, asked for at the same time or later. A set that would outlive what is asked for is not reused, a failure is not
 * kept, and the least recently used one goes first.
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
  // Near its session's end a new set would live no longer.
  return known.expiresAtEpoch === wanted.expiresAtEpoch || wanted.issuedAtEpoch < refreshAtEpoch(known);
}
