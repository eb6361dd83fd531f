import type { Origins } from './origins.ts';
import { folderPolicy } from './policy.ts';
import type { Signer } from './ports.ts';
import type { CookieWindow } from './session.ts';
import type { UserId } from './user-id.ts';

/** A cookie to set; without `value` it is to be cleared. */
export interface CloudFrontCookie {
  name: string;
  value?: string;
  path: string;
  domain?: string;
}

const NAMES = [
  'CloudFront-Policy',
  'CloudFront-Signature',
  'CloudFront-Key-Pair-Id',
  'CloudFront-Hash-Algorithm',
];

export interface CookieIssuer {
  /** Signed cookies for one user's folder, in the time window given; `startEpoch` is the session start. */
  issue(folder: { id: UserId; startEpoch: number; window: CookieWindow }): CloudFrontCookie[];
  /** Clears a user's cookies: same names, Path and Domain. */
  clear(id: UserId): CloudFrontCookie[];
}

export function createCookieIssuer({ origins, signer }: { origins: Origins; signer: Signer }): CookieIssuer {
  const scope = (id: UserId) => ({
    path: `/users/${id}/`,
    ...(origins.cookieDomain === undefined ? {} : { domain: origins.cookieDomain }),
  });
  return {
    issue({ id, startEpoch, window }) {
      const signed = signer.sign(
        folderPolicy({ filesOrigin: origins.files, id, startEpoch, expiresAtEpoch: window.expiresAtEpoch }),
      );
      const values = [signed.policy, signed.signature, signed.keyPairId, signed.hashAlgorithm];
      return NAMES.map((name, index) => {
        const value = values[index];
        return { name, ...scope(id), ...(value === undefined ? {} : { value }) };
      });
    },
    clear: (id) => NAMES.map((name) => ({ name, ...scope(id) })),
  };
}
