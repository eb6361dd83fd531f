import type { CloudFrontCookie } from '@cloudfront-cookie-gateway/core/cookies';
import type { EpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { ORIGIN_OPTIONS, parseOrigins } from '@cloudfront-cookie-gateway/core/origins';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type SessionView, sessionView } from '../sessions/view.ts';
import { isPublicSuffix } from '../settings/public-suffix.ts';
import { type CookieSet, createFolderCookies } from './cloudfront-cookies.ts';

/** The cookies, and the answer in JSON for a page that has `createCookieGateway({ refreshUrl })`. */
export interface IssuedCookies extends CookieSet {
  session: SessionView;
}

export interface CookieIssuer {
  /**
   * Signed cookies for `/users/<id>/*`.
   * @param session.start the session start: CloudFront refuses requests at or before it. All cookies of one session
   *   have the same start, so that the session can be revoked alone
   * @param session.endsAt the cookies never outlive this time
   * @throws TypeError for an id that a policy could misread; RangeError for times that are not epoch seconds;
   *   GatewayError signing_unavailable
   */
  issue(session: { id: UserId; start: EpochSeconds; endsAt?: EpochSeconds }): Promise<IssuedCookies>;
  /** Clears a user's cookies. The cleared cookies have the same names, Path and Domain. */
  clear(id: UserId): CloudFrontCookie[];
}

/**
 * Issues CloudFront signed cookies.
 * @param options.appOrigin the app host as an origin, such as `https://app.example.com`
 * @param options.filesOrigin the distribution: a child of the app host, such as `https://files.app.example.com`
 * @param options.cookieLifetimeSeconds 1 to 86,400; 900 is a good value
 * @param options.now milliseconds since 1970
 * @throws Error with every fault of the two origins; RangeError for a lifetime that is not allowed; both name the
 *   option
 */
export function createCookieIssuer(options: {
  appOrigin: string;
  filesOrigin: string;
  signer: Signer;
  cookieLifetimeSeconds: number;
  now?: () => number;
}): CookieIssuer {
  const { appOrigin, filesOrigin, now = Date.now } = options;
  const origins = parseOrigins(appOrigin, filesOrigin, isPublicSuffix, ORIGIN_OPTIONS);
  const folders = createFolderCookies(origins, options);
  return {
    async issue({ id, start, endsAt }) {
      const set = await folders.issue({ owner: userOwner(id), start, endsAt });
      const endsAtEpoch = endsAt ?? set.expiresAtEpoch;
      const said = { user: { id }, files: { origin: origins.files }, window: set, endsAtEpoch };
      return { ...set, session: sessionView({ ...said, nowMs: now() }) };
    },
    clear: (id) => folders.clear(userOwner(id)),
  };
}
