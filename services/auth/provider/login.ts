import { type AllowRule, isAllowed } from '@cloudfront-cookie-gateway/core/allow-rule';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  deriveUserId,
  isSubject,
  type UserId,
  userIdFromClaim,
} from '@cloudfront-cookie-gateway/core/user-id';
import type { AuthorizationRequest, Identity } from './provider.ts';

/** Five sealed transactions must fit into the headers of a request. API Gateway takes 10,240 bytes of headers. */
const MAX_RETURN_TO_LENGTH = 512;
/** The most logins that one browser may have under way. Abandoned logins must not fill its cookie jar. */
const MAX_LOGINS = 5;
const MAX_DROPPED = 10;

/** The data that a browser carries from the authorization request to the callback. The data is sealed. */
export interface LoginTransaction extends AuthorizationRequest {
  returnTo: string;
  expiresAtEpoch: number;
}

/** The login transaction that was sealed. Undefined for anything else. */
export function toTransaction(opened: unknown): LoginTransaction | undefined {
  const isTransaction = typeof opened === 'object' && opened !== null && 'codeVerifier' in opened;
  return isTransaction ? (opened as LoginTransaction) : undefined;
}

/**
 * The names of the cookies to drop, so that one more fits. A browser sends those first that it has had for longest (RFC
 * 6265, section 5.4). A request may name hundreds, and an answer clears a few.
 */
export function loginsToDrop(names: string[]): string[] {
  return names.slice(0, Math.min(MAX_DROPPED, Math.max(0, names.length - MAX_LOGINS + 1)));
}

/**
 * The place to go to after a sign-in: a path of the app host. Anything else becomes `/`. The decision compares parsed
 * origins (URL Standard), never prefixes.
 */
export function toReturnTo(dangerousReturnTo: unknown, appOrigin: string): string {
  if (typeof dangerousReturnTo !== 'string' || dangerousReturnTo.length > MAX_RETURN_TO_LENGTH) return '/';
  // Browsers drop tabs and line breaks, and read a backslash as a slash. Our own paths hold none of these.
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(dangerousReturnTo)) return '/';
  const path = pathOn(dangerousReturnTo, appOrigin);
  // After its dot segments are resolved, a path can begin with `//host`. The browser would then go to that host.
  return path !== undefined && pathOn(path, appOrigin) === path ? path : '/';
}

function pathOn(target: string, appOrigin: string): string | undefined {
  if (!URL.canParse(target, appOrigin)) return undefined;
  const url = new URL(target, appOrigin);
  return url.origin === appOrigin ? url.pathname + url.search + url.hash : undefined;
}

/**
 * The user that an identity is, if the identity may come in.
 * @throws GatewayError not_allowed, user_id_unusable
 */
export function admit(
  { issuer, subject, claims, userInfo }: Identity,
  { allowRule, userIdClaim }: { allowRule?: AllowRule; userIdClaim?: string },
): UserId {
  if (allowRule && !isAllowed(allowRule, [claims, userInfo])) throw new GatewayError('not_allowed');
  const derived = isSubject(subject) ? deriveUserId(issuer, subject) : undefined;
  const userId = userIdClaim === undefined ? derived : userIdFromClaim(claims[userIdClaim]);
  if (userId === undefined) throw new GatewayError('user_id_unusable');
  return userId;
}
