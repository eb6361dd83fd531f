import type { Gateway } from './gateway-types.ts';
import type { Renewal } from './renewal.ts';
import { recall, remember } from './tabs.ts';
import type { Session } from './types.ts';

const LAST_USER = 'user';

/** No user may see what the browser keeps of another. So the cache is cleared unless it is known to be this user's. */
export function clearCacheOfOthers({ isGood }: Pick<Renewal, 'isGood'>, on: Gateway['on']): void {
  let lastUser = recall(LAST_USER);
  on('session', async (session) => {
    const { id } = session.user;
    if (id === lastUser || !isGood()) return;
    lastUser = id;
    remember(LAST_USER);
    if (await clearCache(session)) remember(LAST_USER, id);
  });
}

/** The answer makes the browser forget what it keeps of the files host. Undefined if no answer came. */
export function clearCache({ files }: Session): Promise<Response | undefined> {
  /** Signing out does not wait longer for the files host. */
  const CLEAR_TIMEOUT_MS = 3_000;
  return fetch(`${files.origin}${files.prefix}?clear`, {
    mode: 'no-cors',
    credentials: 'include',
    signal: AbortSignal.timeout(CLEAR_TIMEOUT_MS),
  }).catch(() => undefined);
}
