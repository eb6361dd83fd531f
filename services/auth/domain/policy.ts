import type { UserId } from './user-id.ts';

declare const policyBrand: unique symbol;
/** A CloudFront policy as the very text that is signed: one line of JSON without spaces. */
export type Policy = string & { readonly [policyBrand]: true };

/** Seconds that are later than this are milliseconds that somebody forgot to divide (year 5138). */
const LATEST_EPOCH_SECONDS = 100_000_000_000;

/**
 * The custom policy of a session: every file below `/users/<id>/` on the files host, and nothing else
 * (DG: private-content-setting-signed-cookie-custom-policy).
 * @throws RangeError where a time is not a whole number of epoch seconds
 */
export function folderPolicy(folder: {
  filesOrigin: string;
  id: UserId;
  /** Session start: CloudFront refuses requests at or before it. */
  startEpoch: number;
  expiresAtEpoch: number;
}): Policy {
  return parsePolicy({
    Resource: `${folder.filesOrigin}/users/${folder.id}/*`,
    Condition: {
      DateLessThan: { 'AWS:EpochTime': epochSeconds(folder.expiresAtEpoch) },
      DateGreaterThan: { 'AWS:EpochTime': epochSeconds(folder.startEpoch) },
    },
  });
}

/**
 * The canned policy of one URL (DG: private-content-creating-signed-url-canned-policy).
 * @throws TypeError where the URL holds `*`, which a policy reads as a wildcard
 */
export function fileUrlPolicy(url: string, expiresAtEpoch: number): Policy {
  if (url.includes('*')) throw new TypeError('a signed URL must not hold *: a policy reads it as a wildcard');
  return parsePolicy({
    Resource: url,
    Condition: { DateLessThan: { 'AWS:EpochTime': epochSeconds(expiresAtEpoch) } },
  });
}

function parsePolicy(statement: { Resource: string; Condition: object }): Policy {
  return JSON.stringify({ Statement: [statement] }) as Policy;
}

function epochSeconds(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > LATEST_EPOCH_SECONDS) {
    throw new RangeError('CloudFront wants whole seconds since 1970');
  }
  return value;
}
