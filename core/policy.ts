import type { EpochSeconds } from './epoch-seconds.ts';
import { folderPath } from './file-name.ts';
import type { Ipv4Range } from './ipv4-range.ts';
import type { Owner } from './owner.ts';

declare const policyBrand: unique symbol;
/** A CloudFront policy as exactly the text that is signed: one line of JSON without spaces. */
export type Policy = string & { readonly [policyBrand]: true };

/**
 * The custom policy of a session: every file in the folder of one owner on the files host, and nothing else
 * (DG: private-content-setting-signed-cookie-custom-policy).
 */
export function folderPolicy(folder: {
  filesOrigin: string;
  owner: Owner;
  /** Session start, or team start: CloudFront refuses requests at or before it. */
  start: EpochSeconds;
  expiresAt: EpochSeconds;
}): Policy {
  return formatPolicy({
    Resource: `${folder.filesOrigin}${folderPath(folder.owner)}*`,
    Condition: {
      DateLessThan: { 'AWS:EpochTime': folder.expiresAt },
      DateGreaterThan: { 'AWS:EpochTime': folder.start },
    },
  });
}

/**
 * The policy of one URL. Without an address range, it is the policy that CloudFront puts together for a canned one.
 * With a range, it is a custom policy (DG: private-content-creating-signed-url-canned-policy, -custom-policy).
 * @param sourceIp IPv4 CIDR: CloudFront compares no other addresses
 * @throws TypeError if the URL holds a wildcard of policies: `*`, or a `?` that does not begin the query
 */
export function fileUrlPolicy(url: string, expiresAt: EpochSeconds, sourceIp?: Ipv4Range): Policy {
  if (url.includes('*') || url.split('?').length > 2) {
    throw new TypeError('a signed URL must not hold *, or a second ?: a policy reads them as wildcards');
  }
  return formatPolicy({
    Resource: url,
    Condition: {
      DateLessThan: { 'AWS:EpochTime': expiresAt },
      ...(sourceIp === undefined ? {} : { IpAddress: { 'AWS:SourceIp': sourceIp } }),
    },
  });
}

/** Any policy of one statement, also one that the service would never sign. */
export function formatPolicy(statement: { Resource: string; Condition: object }): Policy {
  return JSON.stringify({ Statement: [statement] }) as Policy;
}
