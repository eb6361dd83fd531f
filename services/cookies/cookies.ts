/**
 * The package exports this module as `./cookies`: CloudFront signed cookies for one user's folder, for a service that
 * has a login of its own. docs/adopt.md shows its use. The auth service is made of the same modules.
 *
 * Sources, all of the CloudFront Developer Guide (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/):
 * private-content-setting-signed-cookie-custom-policy.html (cookies, policy), private-content-trusted-signers.html
 * (keys).
 */

export {
  type CookieIssuer,
  createCookieIssuer,
  type IssuedCookies,
} from '@cloudfront-cookie-gateway/auth/cookies/issuer';
export { createKeySigner } from '@cloudfront-cookie-gateway/auth/cookies/key-signer';
export { createKmsSigner } from '@cloudfront-cookie-gateway/auth/cookies/kms-signer';
export type { SessionView } from '@cloudfront-cookie-gateway/auth/sessions/view';
export type { CloudFrontCookie } from '@cloudfront-cookie-gateway/core/cookies';
export {
  type EpochSeconds,
  parseEpochSeconds,
  toEpochSeconds,
} from '@cloudfront-cookie-gateway/core/epoch-seconds';
export type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
export { nextStart } from '@cloudfront-cookie-gateway/core/session-start';
export { deriveUserId, parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
