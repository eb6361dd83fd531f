import { type CloudFrontCookie, cloudFrontCookies } from '@cloudfront-cookie-gateway/core/cookies';
import {
  type EpochSeconds,
  parseEpochSeconds,
  toEpochSeconds,
} from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { Origins } from '@cloudfront-cookie-gateway/core/origins';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { folderPolicy } from '@cloudfront-cookie-gateway/core/policy';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { COOKIE_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type CookieWindow, refreshAtEpoch } from './session.ts';
import { type SessionView, sessionView } from './session-view.ts';

/** Signed cookies for one user's folder, with the time of their issue and of their end. */
export interface CookieSet extends CookieWindow {
  cookies: CloudFrontCookie[];
}

/** The cookies, and the answer in JSON for a page that has `createGateway({ refreshUrl })`. */
export interface IssuedCookies extends CookieSet {
  session: SessionView;
}

export interface CookieIssuer {
  /**
   * Signed cookies for `/users/<id>/*`.
   * @param session.start the session start: CloudFront refuses requests at or before it. All cookies of one session
   *   have the same start, so that the session can be revoked alone
   * @param session.endsAt the cookies never outlive this time
   * @throws TypeError for an id that a policy could misread; RangeError for times that are not epoch seconds;
   *   GatewayError signing_unavailable
   */
  issue(session: { id: UserId; start: EpochSeconds; endsAt?: EpochSeconds }): Promise<IssuedCookies>;
  /** Clears a user's cookies. The cleared cookies have the same names, Path and Domain. */
  clear(id: UserId): CloudFrontCookie[];
}

/**
 * Issues the cookies of a custom policy (DG: private-content-setting-signed-cookie-custom-policy).
 * @throws RangeError for a lifetime that is not allowed
 */
export function cookiesFor(
  origins: Origins,
  {
    signer,
    cookieLifetimeSeconds,
    now = Date.now,
  }: { signer: Signer; cookieLifetimeSeconds: number; now?: (() => number) | undefined },
): CookieIssuer {
  if (
    !Number.isInteger(cookieLifetimeSeconds) ||
    cookieLifetimeSeconds < 1 ||
    cookieLifetimeSeconds > COOKIE_SECONDS.longest
  ) {
    throw new RangeError(`cookieLifetimeSeconds must be whole seconds, 1 to ${COOKIE_SECONDS.longest}`);
  }
  const remembered = createRememberedSets<CookieSet>();

  async function sign(id: UserId, start: EpochSeconds, window: CookieWindow): Promise<CookieSet> {
    const expiresAt = parseEpochSeconds(window.expiresAtEpoch);
    const signed = await signer.sign(
      folderPolicy({ filesOrigin: origins.files, owner: userOwner(id), start, expiresAt }),
    );
    const cookies = cloudFrontCookies(id, origins.cookieDomain, signed);
    return { ...window, cookies };
  }

  return {
    async issue({ id: rawId, start: rawStart, endsAt }) {
      // Callers without types can pass anything. An id of * would open every folder.
      const id = parseUserId(rawId);
      const start = parseEpochSeconds(rawStart);
      const issuedAtEpoch = toEpochSeconds(now());
      const window = {
        issuedAtEpoch,
        expiresAtEpoch: Math.min(issuedAtEpoch + cookieLifetimeSeconds, endsAt ?? Number.POSITIVE_INFINITY),
      };
      const set = signer.isRemote
        ? await remembered.get(`${id} ${start}`, window, () => sign(id, start, window))
        : await sign(id, start, window);
      const endsAtEpoch = endsAt ?? set.expiresAtEpoch;
      const view = { id, filesOrigin: origins.files, window: set, endsAtEpoch, nowMs: now() };
      return { ...set, session: sessionView(view) };
    },
    clear: (rawId) => cloudFrontCookies(parseUserId(rawId), origins.cookieDomain, {}),
  };
}

/** A set has about 1 KB. */
const MAX_SETS = 10_000;

/**
 * Remembers the cookie set of each session until the set is due for renewal. So tabs, reloads and impatient clients
 * share one signature. A set is not reused if it would outlive the set that is wanted. A failure is not kept. The set
 * that was used longest ago is dropped first.
 */
export function createRememberedSets<T>(maxSets = MAX_SETS) {
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
      if (sets.size > maxSets && oldest !== undefined) sets.delete(oldest);
      return entry.set;
    },
  };
}

function isFresh(known: CookieWindow, wanted: CookieWindow): boolean {
  if (known.expiresAtEpoch > wanted.expiresAtEpoch) return false;
  // If the session ends soon, a new set would not live longer than the known one.
  return known.expiresAtEpoch === wanted.expiresAtEpoch || wanted.issuedAtEpoch < refreshAtEpoch(known);
}
