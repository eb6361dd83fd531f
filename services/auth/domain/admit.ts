import { type AllowRule, isAllowed } from '@cloudfront-cookie-gateway/core/allow-rule';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  deriveUserId,
  isSubject,
  type UserId,
  userIdFromClaim,
} from '@cloudfront-cookie-gateway/core/user-id';
import type { Identity } from './ports.ts';

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
