/**
 * The package exports this module as `./cookies`: CloudFront signed cookies for one user's folder, for a service that
 * has a login of its own. docs/adopt.md shows its use. The auth service is made of the same modules.
 *
 * Sources, all of the CloudFront Developer Guide (docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/):
 * private-content-setting-signed-cookie-custom-policy.html (cookies, policy), private-content-trusted-signers.html
 * (keys).
 */

export type { CloudFrontCookie } from '../../core/cookies.ts';
export { type EpochSeconds, parseEpochSeconds, toEpochSeconds } from '../../core/epoch-seconds.ts';
export { nextStart } from '../../core/session-start.ts';
export type { Signer } from '../../core/signed-policy.ts';
export { deriveUserId, parseUserId, type UserId } from '../../core/user-id.ts';
export { createKeySigner } from '../auth/adapters/key-signer.ts';
export { createKmsSigner } from '../auth/adapters/kms-signer.ts';
export { createCookieIssuer } from '../auth/cookie-issuer.ts';
export type { CookieIssuer, IssuedCookies } from '../auth/domain/cloudfront-cookies.ts';
export type { SessionView } from '../auth/domain/session-view.ts';
