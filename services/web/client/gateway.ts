import { ApiError, type Asker } from './api.ts';
import { createMediaWatch } from './media.ts';
import { createRenewal } from './renewal.ts';
import { recall, remember } from './tabs.ts';
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
 * The app host and the files host, for a page of the app host. The app host takes requests from its own origin only.
 * Nothing is sent before a method is called. While a server renders a page, nobody is signed in.
 * @param options.appOrigin the origin that the page was built for: a page at another origin fails at once
 * @param options.refreshUrl renews the cookies of `./cookies` in an app with a login of its own. It answers a POST: 200
 *   with the `session` that `issue` gave, or 401 if nobody is signed in. Such an app has only `session` and `refresh`
 * @throws TypeError if `appOrigin` is not the origin of the page
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
    // Each listener runs on its own, so that its error stops no other one.
    for (const listener of listeners) queueMicrotask(() => listener[event]?.(detail));
  }, refreshUrl);
  const { session, refresh, request } = renewal;

  const on: Gateway['on'] = (event, listener) => {
    const added = { [event]: listener };
    listeners.add(added);
    return () => listeners.delete(added);
  };
  const watchImages = createMediaWatch(renewal, on);

  // A user must not see what the browser keeps of another user. The cache is cleared unless it is known to be this
  // user's.
  let lastUser = recall(LAST_USER);
  on('session', async (session) => {
    const { id } = session.user;
    if (id === lastUser || !renewal.isGood()) return;
    lastUser = id;
    remember(LAST_USER);
    if (await clearCache(session)) remember(LAST_USER, id);
  });

  const list = (options: ListOptions = {}): Promise<Listing> =>
    // Leaves out the options that are undefined.
    request('GET', `/api/files?${new URLSearchParams(JSON.parse(JSON.stringify(options)))}`);

  /** Who is signed in now. An upload takes a while, and somebody else may sign in meanwhile. */
  async function asUser(): Promise<Asker> {
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
        // The files host clears the cache for good cookies only.
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
        return upload(await asUser(), file, options);
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

/** The answer makes the browser forget what it keeps of the files host. Undefined if no answer came. */
function clearCache({ files }: Session): Promise<Response | undefined> {
  /** Signing out does not wait longer for the files host. */
  const CLEAR_TIMEOUT_MS = 3_000;
  return fetch(`${files.origin}${files.prefix}?clear`, {
    mode: 'no-cors',
    credentials: 'include',
    signal: AbortSignal.timeout(CLEAR_TIMEOUT_MS),
  }).catch(() => undefined);
}
