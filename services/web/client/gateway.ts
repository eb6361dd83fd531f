import { createAccount } from './account.ts';
import { ApiError } from './api-error.ts';
import { BROWSER } from './browser.ts';
import { clearCache } from './browser-cache.ts';
import { type CookieGatewayOptions, createCookies } from './cookie-gateway.ts';
import { createFolder } from './folder.ts';
import type { Gateway } from './gateway-types.ts';
import { recall, remember } from './tabs.ts';
import { createTeam } from './team.ts';

export type { ErrorCode } from './api-error.ts';
export { createCookieGateway } from './cookie-gateway.ts';
export type * from './gateway-types.ts';
export type * from './types.ts';
export { ApiError };

/** The address that a sign-in has left, in this tab. */
const PLACE = 'place';
const TAB = 'sessionStorage';

/**
 * The app host and the files host, for a page of the app host. The app host takes requests from its own origin only.
 * Nothing is sent before a method is called. While a server renders a page, nobody is signed in.
 * @param options.appOrigin the origin that the page was built for: a page at another origin fails at once
 * @throws TypeError if `appOrigin` is not the origin of the page
 */
export function createGateway(options: Pick<CookieGatewayOptions, 'appOrigin'> = {}): Gateway {
  const { renewal, gateway } = createCookies(options);
  const { request } = renewal;
  restorePlace();

  return {
    ...createFolder(renewal, BROWSER),
    ...gateway,
    login({ returnTo = location.pathname + location.search + location.hash } = {}) {
      const [path = ''] = returnTo.split('#');
      remember(PLACE, returnTo === path ? undefined : returnTo, TAB);
      location.assign(`/auth/login?return_to=${encodeURIComponent(path)}`);
    },
    logout: ({ everywhere } = {}) =>
      renewal.end(async (left) => {
        // The files host clears the cache for good cookies only.
        await clearCache(left);
        const path = everywhere ? '/auth/logout-all' : '/auth/logout';
        location.assign((await request<{ redirect_to: string }>('POST', path)).redirect_to);
      }),
    ...createAccount(request),
    team: (id) => createTeam(renewal, BROWSER, id),
  };
}

/** Puts back the hash that `login` kept. Routers hear of it. */
function restorePlace(): void {
  const place = recall(PLACE, TAB);
  if (place === null) return;
  remember(PLACE, undefined, TAB);
  const { pathname, search, hash } = location;
  if (!hash && place.split('#')[0] === pathname + search) location.replace(place);
}
