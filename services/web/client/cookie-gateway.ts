import { clearCacheOfOthers } from './browser-cache.ts';
import { createEvents } from './events.ts';
import type { CookieGateway, Gateway } from './gateway-types.ts';
import { createMediaWatch } from './media.ts';
import { createRenewal } from './renewal.ts';
import { unlessAborted } from './send.ts';
import { createSessionStore } from './session-store.ts';
import type { Stoppable } from './types.ts';

export interface CookieGatewayOptions {
  appOrigin?: string;
  refreshUrl?: string;
}

/**
 * For a page of an app with a login of its own, which gives the cookies of `@cloudfront-cookie-gateway/cookies`.
 * @param options.refreshUrl answers a POST: 200 with the `session` that `issue` gave, or 401 if nobody is signed in
 * @param options.appOrigin the origin that the page was built for: a page at another origin fails at once
 * @throws TypeError if `appOrigin` is not the origin of the page
 */
export function createCookieGateway(
  options: CookieGatewayOptions & Required<Pick<CookieGatewayOptions, 'refreshUrl'>>,
): CookieGateway {
  return createCookies(options).gateway;
}

/** What all gateways of a signed-in person have, and how they ask. */
export function createCookies({ appOrigin, refreshUrl }: CookieGatewayOptions) {
  const origin = globalThis.location?.origin;
  if (origin && (appOrigin ?? origin) !== origin) throw new TypeError(`not a page of ${appOrigin}`);
  const [emit, on] = createEvents();
  const renewal = createRenewal(emit, { refreshUrl });
  const watchImages = createMediaWatch(renewal, on);
  clearCacheOfOthers(renewal, on);
  // A listener may pass its event. `renewal` would take that for a team.
  const session = (options?: Stoppable) => unlessAborted(renewal.session(), options?.signal);
  const refresh = (options?: Stoppable) => unlessAborted(renewal.renew(), options?.signal);
  const store = createSessionStore({ on, session });
  const gateway: Pick<Gateway, 'on' | 'refresh' | 'session' | 'store' | 'watchImages'> = {
    ...{ session, refresh, on, watchImages, store },
  };
  return { renewal, gateway };
}
