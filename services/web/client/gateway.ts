import { ApiError, type RequestApi } from './api.ts';
import { createMediaWatch } from './media.ts';
import { createRenewal } from './renewal.ts';
import { recall, remember } from './store.ts';
import { addMissing } from './thumbnails.ts';
import type {
  Gateway,
  GatewayEvents,
  ListedSession,
  ListedShare,
  Listing,
  ListOptions,
  Session,
  UploadOptions,
} from './types.ts';
import { upload } from './uploads.ts';

export type * from './types.ts';
export { ApiError };

const LAST_USER = 'user';
/**
 * The app host and the files host, for a page of the app host, which takes requests from its own origin alone. Nothing
 * is asked before a method is called. Where a page is rendered on a server, nobody is signed in.
 * @param options.appOrigin what the page was built for, so that it is told at once where it runs elsewhere
 * @param options.refreshUrl what renews the cookies of `./cookies` in an app with a login of its own, by POST: 200 with the
 *   `session` that `issue` gave, or 401 where nobody is signed in. Of the methods such an app has `session` and `refresh`
 * @throws TypeError where `appOrigin` is not the origin of the page
 */
export function createGateway({
  appOrigin,
  refreshUrl,
}: {
  appOrigin?: string;
  refreshUrl?: string;
} = {}): Gateway {
  const origin = globalThis.location?.origin;
  if (origin && (appOrigin ?? origin) !== origin) throw new TypeError(`not a page of ${appOrigin}`);
  const listeners = new Set<{ [E in keyof GatewayEvents]?: (detail: GatewayEvents[E]) => void }>();
  const renewal = createRenewal((event, detail) => {
    // Each on its own, so that what it throws is its own.
    for (const listener of listeners) queueMicrotask(() => listener[event]?.(detail));
  }, refreshUrl);
  const { session, refresh, request } = renewal;

  const on: Gateway['on'] = (event, listener) => {
    const added = { [event]: listener };
    listeners.add(added);
    return () => listeners.delete(added);
  };
  const watchImages = createMediaWatch(renewal, on);

  // What the browser keeps of another user must not be seen by this one: it is cleared unless it is known to be theirs.
  let lastUser = recall(LAST_USER);
  on('session', async (session) => {
    const { id } = session.user;
    if (id === lastUser || !renewal.isGood()) return;
    lastUser = id;
    remember(LAST_USER);
    if (await clearCache(session)) remember(LAST_USER, id);
  });

  const list = (options: ListOptions = {}): Promise<Listing> =>
    // Without what is undefined.
    request('GET', `/api/files?${new URLSearchParams(JSON.parse(JSON.stringify(options)))}`);

  /** A way to ask as this user alone: it takes a while, and somebody else may have signed in meanwhile. */
  async function asUser(): Promise<{ id: string; ask: RequestApi }> {
    const { id } = (await renewal.signedIn()).user;
    return { id, ask: (method, path, body) => request(method, path, body, id) };
  }

  return {
    session,
    login({ returnTo = location.pathname + location.search } = {}) {
      location.assign(`/auth/login?return_to=${encodeURIComponent(returnTo)}`);
    },
    logout: ({ everywhere } = {}) =>
      renewal.end(async (left) => {
        // The files host does that for good cookies alone.
        await clearCache(left);
        const path = everywhere ? '/auth/logout-all' : '/auth/logout';
        location.assign((await request<{ redirect_to: string }>('POST', path)).redirect_to);
      }),
    refresh,
    files: {
      list,
      async *all(options) {
        let page: Listing | undefined;
        do {
          page = await list({ limit: 1_000, ...options, cursor: page?.cursor });
          yield* page.files;
        } while (page.cursor);
      },
      async upload(file: Blob, options?: UploadOptions) {
        const { id, ask } = await asUser();
        return upload(ask, id, file, options);
      },
      addThumbnail: async (file) => addMissing((await asUser()).ask, file),
      delete: (name) => request('DELETE', `/api/files?name=${encodeURIComponent(name)}`),
      usage: () => request('GET', '/api/files/usage'),
      share: (name, options) => request('POST', '/api/shares', { name, ...options }),
    },
    shares: {
      list: async () => (await request<{ shares: ListedShare[] }>('GET', '/api/shares')).shares,
      revoke: (id) => request('DELETE', `/api/shares/${id}`),
    },
    sessions: {
      list: async () => (await request<{ sessions: ListedSession[] }>('GET', '/api/sessions')).sessions,
      revoke: (id) => request('DELETE', `/api/sessions/${id}`),
    },
    on,
    watchImages,
  };
}

/** Its answer has the browser forget what it keeps of the files host; undefined where none came. */
function clearCache({ files }: Session): Promise<Response | undefined> {
  /** Signing out does not wait longer for the files host. */
  const CLEAR_TIMEOUT_MS = 3_000;
  return fetch(`${files.origin}${files.prefix}?clear`, {
    mode: 'no-cors',
    credentials: 'include',
    signal: AbortSignal.timeout(CLEAR_TIMEOUT_MS),
  }).catch(() => undefined);
}
