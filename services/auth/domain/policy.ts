import type { EpochSeconds } from './epoch-seconds.ts';
import type { UserId } from './user-id.ts';

declare const policyBrand: unique symbol;
/** A CloudFront policy as the very text that is signed: one line of JSON without spaces. */
export type Policy = string & { readonly [policyBrand]: true };

/**
 * The custom policy of a session: every file below `/users/<id>/` on the files host, and nothing else
 * (DG: private-content-setting-signed-cookie-custom-policy).
 */
export function folderPolicy(folder: {
  filesOrigin: string;
  id: UserId;
  /** Session start: CloudFront refuses requests at or before it. */
  start: EpochSeconds;
  expiresAt: EpochSeconds;
}): Policy {
  return parsePolicy({
    Resource: `${folder.filesOrigin}/users/${folder.id}/*`,
    Condition: {
      DateLessThan: { 'AWS:EpochTime': folder.expiresAt },
      DateGreaterThan: { 'AWS:EpochTime': folder.start },
    },
  });
}

/**
 * The canned policy of one URL (DG: private-content-creating-signed-url-canned-policy).
 * @throws TypeError where the URL holds `*`, which a policy reads as a wildcard
 */
export function fileUrlPolicy(url: string, expiresAt: EpochSeconds): Policy {
  if (url.includes('*')) throw new TypeError('a signed URL must not hold *: a policy reads it as a wildcard');
  return parsePolicy({
    Resource: url,
    Condition: { DateLessThan: { 'AWS:EpochTime': expiresAt } },
  });
}

function parsePolicy(statement: { Resource: string; Condition: object }): Policy {
  return JSON.stringify({ Statement: [statement] }) as Policy;
}
