import { ApiError } from './api.ts';
import { createMediaWatch } from './media.ts';
import { createRenewal, type Emit } from './renewal.ts';
import { recall, remember } from './store.ts';
import { createTabs } from './tabs.ts';
import type { Gateway, GatewayEvents, ListedShare, Listing, Session, Share } from './types.ts';
import { upload } from './uploads.ts';

export type * from './types.ts';
export { ApiError };

const LAST_USER = 'user';
/** Signing out does not wait longer for the files host. */
const CLEAR_TIMEOUT_MS = 3_000;

/**
 * The app host and the files host, for a page of the app host, which takes requests from its own origin alone.
 * @param options.appOrigin what the page was built for, so that it is told at once where it runs elsewhere
 * @throws TypeError where that is not the origin of the page
 */
export function createGateway({ appOrigin = location.origin }: { appOrigin?: string } = {}): Gateway {
  if (appOrigin !== location.origin) throw new TypeError(`this is not a page of ${appOrigin}`);
  const closing = new AbortController();
  const { signal } = closing;
  const listeners: { [E in keyof GatewayEvents]: Set<(detail: GatewayEvents[E]) => void> } = {
    session: new Set(),
    expired: new Set(),
    signedout: new Set(),
  };
  const emit: Emit = (event, detail) => {
    // Each on its own, so that what it throws is its own.
    for (const listener of listeners[event]) queueMicrotask(() => listener(detail));
  };
  const tabs = createTabs((message) => renewal.hear(message));
  const renewal = createRenewal(tabs, emit);
  const { request } = renewal;
  const watch = createMediaWatch(renewal);

  function on<E extends keyof GatewayEvents>(event: E, listener: (detail: GatewayEvents[E]) => void) {
    listeners[event].add(listener);
    return () => void listeners[event].delete(listener);
  }

  for (const type of ['pointerdown', 'keydown']) {
    addEventListener(type, renewal.noteInteraction, { passive: true, signal });
  }
  for (const type of ['focus', 'online', 'visibilitychange']) {
    addEventListener(type, renewal.wake, { capture: true, signal });
  }
  // A page out of the back/forward cache has heard nothing of what happened since.
  addEventListener('pageshow', ({ persisted }) => persisted && renewal.check(), { signal });
  // What the browser keeps of another user must not be seen by this one.
  on('session', (session) => {
    const last = recall(LAST_USER);
    remember(LAST_USER, session.user.id);
    if (last !== undefined && last !== session.user.id) void clearCache(session);
  });

  return {
    session: renewal.session,
    login({ returnTo = location.pathname + location.search } = {}) {
      location.assign(`/auth/login?return_to=${encodeURIComponent(returnTo)}`);
    },
    async logout({ everywhere = false } = {}) {
      // The files host empties the cache for good cookies alone; a sign-out goes on without them, too.
      const session = (await renewal.session().catch(() => null)) ?? (await renewal.signedIn());
      await renewal.stop();
      await clearCache(session);
      try {
        const path = everywhere ? '/auth/logout-all' : '/auth/logout';
        const answer = await request<{ redirect_to: string }>('POST', path);
        tabs.tell({ signedOut: session.user.id });
        location.assign(answer.redirect_to);
      } catch (error) {
        renewal.resume();
        throw error;
      }
    },
    refresh: renewal.renew,
    files: {
      async list(options = {}) {
        const query = new URLSearchParams(
          Object.entries(options).map(([name, value]) => [name, String(value)]),
        );
        return request<Listing>('GET', `/api/files?${query}`);
      },
      async upload(file, options) {
        const { id } = (await renewal.signedIn()).user;
        // It takes a while, and somebody else may have signed in meanwhile.
        const asUser: typeof request = async (...call) => {
          if (renewal.current()?.user.id !== id) throw new ApiError(401, 'no_session');
          return request(...call);
        };
        return upload(asUser, id, file, options);
      },
      async delete(name) {
        await request('DELETE', `/api/files?name=${encodeURIComponent(name)}`);
      },
      share: (name, options) => request<Share>('POST', '/api/shares', { name, ...options }),
    },
    shares: {
      list: async () => (await request<{ shares: ListedShare[] }>('GET', '/api/shares')).shares,
      async revoke(id) {
        await request('DELETE', `/api/shares/${id}`);
      },
    },
    on,
    watchImages(root = document) {
      const ending = new AbortController();
      watch(root, ending.signal);
      return () => ending.abort();
    },
    close() {
      closing.abort();
      void renewal.stop().then(tabs.close);
    },
  };
}

/** Its answer has the browser forget what it keeps of the files host; where it fails, what follows goes on. */
async function clearCache({ files }: Session): Promise<void> {
  await fetch(`${files.origin}${files.prefix}?clear`, {
    mode: 'no-cors',
    credentials: 'include',
    signal: AbortSignal.timeout(CLEAR_TIMEOUT_MS),
  }).catch(() => undefined);
}
