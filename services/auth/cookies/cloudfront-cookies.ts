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
import { type CookieWindow, refreshAtEpoch } from '../sessions/session.ts';

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
  const remembered = createRememberedSets<CookieSet>();

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
      const window = { issuedAtEpoch, expiresAtEpoch: expiresAt };
      const sign = async () => {
        const signed = await signer.sign(
          folderPolicy({ filesOrigin: origins.files, owner, start, expiresAt }),
        );
        return { ...window, cookies: cloudFrontCookies(owner, origins.cookieDomain, signed) };
      };
      return signer.isRemote ? remembered.get(`${owner.kind} ${owner.id} ${start}`, window, sign) : sign();
    },
    /** Clears the cookies of a folder. The cleared cookies have the same names, Path and Domain. */
    clear: (rawOwner: Owner) => cloudFrontCookies(parseOwner(rawOwner), origins.cookieDomain, {}),
  };
}

/** Callers without types can pass anything. An id of * would open every folder. */
function parseOwner({ kind, id }: Owner): Owner {
  return kind === 'team' ? teamOwner(parseTeamId(id)) : userOwner(parseUserId(id));
}

/** A set has about 1 KB. */
const MAX_SETS = 10_000;

/**
 * Remembers the cookie set of each session until the set is due for renewal. So tabs, reloads and impatient clients
 * share one signature. A set is not reused if it would outlive the set that is wanted. A failure is not kept. The set
 * that was used longest ago is dropped first.
 */
function createRememberedSets<T>() {
  const sets = new Map<string, { window: CookieWindow; set: Promise<T> }>();
  return {
    get(session: string, wanted: CookieWindow, sign: () => Promise<T>): Promise<T> {
      const known = sets.get(session);
      sets.delete(session);
      if (known && isFresh(known.window, wanted)) {
        sets.set(session, known);
        return known.set;
      }
      const entry = { window: wanted, set: sign() };
      sets.set(session, entry);
      entry.set.catch(() => {
        if (sets.get(session) === entry) sets.delete(session);
      });
      const [oldest] = sets.keys();
      if (sets.size > MAX_SETS && oldest !== undefined) sets.delete(oldest);
      return entry.set;
    },
  };
}

function isFresh(known: CookieWindow, wanted: CookieWindow): boolean {
  if (known.expiresAtEpoch > wanted.expiresAtEpoch) return false;
  // If the session ends soon, a new set would not live longer than the known one.
  return known.expiresAtEpoch === wanted.expiresAtEpoch || wanted.issuedAtEpoch < refreshAtEpoch(known);
}
