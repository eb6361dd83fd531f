import { ApiError } from './api-error.ts';
import { clearCache, clearCacheOfOthers } from './browser-cache.ts';
import { createFolder } from './folder.ts';
import { createMediaWatch } from './media.ts';
import { createRenewal } from './renewal.ts';
import { createTeam, createTeams } from './team.ts';
import type { Gateway, GatewayEvents, ListedSession } from './types.ts';

export type * from './types.ts';
export { ApiError };

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
  const { request } = renewal;
  const on: Gateway['on'] = (event, listener) => {
    const added = { [event]: listener };
    listeners.add(added);
    return () => listeners.delete(added);
  };
  const watchImages = createMediaWatch(renewal, on);
  clearCacheOfOthers(renewal, on);

  return {
    // A listener may pass its event. `renewal` would take that for a team.
    session: () => renewal.session(),
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
    refresh: () => renewal.renew(),
    ...createFolder(renewal),
    sessions: {
      list: async () => (await request<{ sessions: ListedSession[] }>('GET', '/api/sessions')).sessions,
      revoke: (id) => request('DELETE', `/api/sessions/${id}`),
    },
    teams: createTeams(renewal),
    team: (id) => createTeam(renewal, id),
    on,
    watchImages,
  };
}
