import { ORIGIN_OPTIONS, parseOrigins } from '@cloudfront-cookie-gateway/core/origins';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { type CookieIssuer, cookiesFor } from './domain/cloudfront-cookies.ts';
import { isPublicSuffix } from './domain/public-suffix.ts';

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
  const { appOrigin, filesOrigin } = options;
  return cookiesFor(parseOrigins(appOrigin, filesOrigin, isPublicSuffix, ORIGIN_OPTIONS), options);
}
