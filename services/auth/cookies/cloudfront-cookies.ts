import { type CloudFrontCookie, cloudFrontCookies } from '@cloudfront-cookie-gateway/core/cookies';
import {
  type EpochSeconds,
  parseEpochSeconds,
  toEpochSeconds,
} from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { Origins } from '@cloudfront-cookie-gateway/core/origins';
import { type Owner, parseTeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { folderPolicy } from '@cloudfront-cookie-gateway/core/policy';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { COOKIE_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { CookieWindow } from '../sessions/session.ts';

/** Signed cookies for one folder, with the time of their issue and of their end. */
export interface CookieSet extends CookieWindow {
  cookies: CloudFrontCookie[];
}

/**
 * Issues signed cookies for `/users/<id>/*` or `/teams/<id>/*`, with a custom policy (DG: private-content-setting-signed-cookie-custom-policy).
 * @throws RangeError for a lifetime that is not allowed
 */
export function createFolderCookies(
  origins: Origins,
  {
    signer,
    cookieLifetimeSeconds,
    now = Date.now,
  }: { signer: Signer; cookieLifetimeSeconds: number; now?: (() => number) | undefined },
) {
  if (
    !Number.isInteger(cookieLifetimeSeconds) ||
    cookieLifetimeSeconds < 1 ||
    cookieLifetimeSeconds > COOKIE_SECONDS.longest
  ) {
    throw new RangeError(`cookieLifetimeSeconds must be whole seconds, 1 to ${COOKIE_SECONDS.longest}`);
  }

  return {
    /**
     * @param wanted.start the session start, or the team start: CloudFront refuses requests at or before it
     * @param wanted.endsAt the cookies never outlive this time
     * @throws TypeError for an id that a policy could misread; RangeError for times that are not epoch seconds;
     *   GatewayError signing_unavailable
     */
    async issue(wanted: {
      owner: Owner;
      start: EpochSeconds;
      endsAt?: EpochSeconds | undefined;
    }): Promise<CookieSet> {
      const { owner: rawOwner, start: rawStart, endsAt } = wanted;
      const owner = parseOwner(rawOwner);
      const start = parseEpochSeconds(rawStart);
      const latestEpoch = endsAt === undefined ? Number.POSITIVE_INFINITY : parseEpochSeconds(endsAt);
      const issuedAtEpoch = toEpochSeconds(now());
      const expiresAt = parseEpochSeconds(Math.min(issuedAtEpoch + cookieLifetimeSeconds, latestEpoch));
      const signed = await signer.sign(folderPolicy({ filesOrigin: origins.files, owner, start, expiresAt }));
      const cookies = cloudFrontCookies(owner, origins.cookieDomain, signed);
      return { issuedAtEpoch, expiresAtEpoch: expiresAt, cookies };
    },
    /** Clears the cookies of a folder. The cleared cookies have the same names, Path and Domain. */
    clear: (rawOwner: Owner) => cloudFrontCookies(parseOwner(rawOwner), origins.cookieDomain, {}),
  };
}

/** Callers without types can pass anything. An id of * would open every folder. */
function parseOwner({ kind, id }: Owner): Owner {
  return kind === 'team' ? teamOwner(parseTeamId(id)) : userOwner(parseUserId(id));
}
