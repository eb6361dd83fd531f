import {
  CLOCKS_APART_SECONDS,
  COOKIE_SECONDS,
  MAX_SIGNED_URL_SECONDS,
} from '@cloudfront-cookie-gateway/core/time-bounds';

/** The record of a key in the trusted key group. Times are ISO 8601. */
export interface KeyRecord {
  name: string;
  /** Absent if the key is older than these records. */
  createdAt?: string;
  /** The time since which the distribution is known to trust the key. */
  deployedAt?: string;
  /** The time since which the key is known to sign. */
  signsSince?: string;
  /** The time from which another key is known to sign in its place. */
  signedUntil?: string;
  /** The longest cookie lifetime with which the key is known to have signed. */
  longestCookieSeconds?: number;
}

/** The trusted key group. The first key signs, as soon as this order is deployed. */
export type KeyRing = readonly KeyRecord[];

/** A step that would break somebody's cookies or links. The message says what is missing, or when the step is safe. */
export class UnsafeStepError extends Error {
  override readonly name = 'UnsafeStepError';
}

/** The most keys that a key group takes (CloudFront quotas). */
const MAX_KEYS = 5;

/** The new key comes last, since it must be trusted before it signs. */
export function addKey(ring: KeyRing, name: string, nowMs: number): KeyRing {
  if (ring.length >= MAX_KEYS) {
    throw new UnsafeStepError(`a key group takes ${MAX_KEYS} keys: retire one first`);
  }
  if (ring.some((key) => key.name === name)) throw new UnsafeStepError(`there is already a key ${name}`);
  return [...ring, { name, createdAt: iso(nowMs) }];
}

/** Notes that the ring is deployed as it stands: every key is trusted, and only the first one signs. */
export function confirmDeployed(ring: KeyRing, cookieLifetimeSeconds: number, nowMs: number): KeyRing {
  const now = iso(nowMs);
  return ring.map((key, index) => {
    const isNew = key.deployedAt === undefined;
    const { signedUntil, ...deployed } = { ...key, deployedAt: key.deployedAt ?? now };
    if (index === 0) {
      return {
        ...deployed,
        signsSince: key.signsSince ?? now,
        longestCookieSeconds: Math.max(
          cookieLifetimeSeconds,
          key.longestCookieSeconds ?? cookieLifetimeSeconds,
        ),
      };
    }
    // Nobody knows whether a key that is older than the records has signed.
    const hasSigned = key.signsSince !== undefined || (isNew && key.createdAt === undefined);
    const until = signedUntil ?? (hasSigned ? now : undefined);
    return until === undefined ? deployed : { ...deployed, signedUntil: until };
  });
}

/**
 * Lets another key sign: it comes first.
 * @param name may be left out if there is exactly one other key
 * @throws UnsafeStepError unless the distribution is known to trust the key, and the key that is first now is known to
 *   sign
 */
export function rotateTo(ring: KeyRing, name?: string): KeyRing {
  const [signing, ...others] = ring;
  requireSettled(signing);
  const next =
    name === undefined && others.length === 1 ? others[0] : others.find((key) => key.name === name);
  if (!next) {
    throw new UnsafeStepError(
      others.length === 0
        ? 'there is no other key: keys generate makes one'
        : `name the key that is to sign, one of: ${others.map((key) => key.name).join(', ')}`,
    );
  }
  if (next.deployedAt === undefined) throw new UnsafeStepError(`${next.name} ${NOT_DEPLOYED}`);
  return [next, ...ring.filter((key) => key !== next)];
}

/**
 * Removes a key from the group.
 * @param keepsLinks false if the links that the key signed may end, so that only its cookies count
 * @throws UnsafeStepError while the key signs, or while something that it signed may still be valid; the message says
 *   until when
 */
export function retireKey(ring: KeyRing, name: string, keepsLinks: boolean, nowMs: number): KeyRing {
  const [signing] = ring;
  const key = ring.find((one) => one.name === name);
  if (!key) throw new UnsafeStepError(`there is no key ${name}`);
  if (key === signing) throw new UnsafeStepError(`${name} signs: let another key sign first (keys rotate)`);
  requireSettled(signing);
  if (!isKnown(key)) throw new UnsafeStepError(`${name} ${NOT_DEPLOYED}`);
  const safeAtMs = retireSafeAtMs(key, keepsLinks);
  if (safeAtMs !== undefined && nowMs < safeAtMs) {
    throw new UnsafeStepError(
      `${name} signed until ${key.signedUntil}, and its cookies or links may still be valid: retire it from ${iso(safeAtMs)} on`,
    );
  }
  return ring.filter((one) => one !== key);
}

/** A line of words for each key. */
export function describeKeys(ring: KeyRing): string[] {
  return ring.map((key, index) => {
    const signs = key.signsSince !== undefined && key.signedUntil === undefined;
    if (index === 0)
      return `${key.name}: ${signs ? `signs since ${key.signsSince}` : 'signs once this order is deployed'}`;
    if (signs) return `${key.name}: signs until the new order is deployed`;
    const safeAtMs = retireSafeAtMs(key, true);
    if (safeAtMs !== undefined)
      return `${key.name}: signed until ${key.signedUntil}, can be retired from ${iso(safeAtMs)} on`;
    return `${key.name}: ${key.deployedAt === undefined ? 'not known to be deployed' : 'trusted, has signed nothing'}`;
  });
}

const NOT_DEPLOYED =
  'is not known to be deployed: deploy, wait until the distribution\'s status is "Deployed", and add --deployed (the local stack notes it by itself when it starts)';

function isKnown(key: KeyRecord): boolean {
  return key.deployedAt !== undefined || key.createdAt !== undefined;
}

/** The first key must be known to sign. Only then is the end of the key before it known. */
function requireSettled(signing: KeyRecord | undefined): void {
  if (!signing) throw new UnsafeStepError('there are no keys');
  if (signing.signsSince === undefined || signing.signedUntil !== undefined) {
    throw new UnsafeStepError(`the order with ${signing.name} first ${NOT_DEPLOYED}`);
  }
}

function retireSafeAtMs(key: KeyRecord, keepsLinks: boolean): number | undefined {
  if (key.signedUntil === undefined) return undefined;
  const cookieSeconds = key.longestCookieSeconds ?? COOKIE_SECONDS.longest;
  const longest = keepsLinks ? Math.max(cookieSeconds, MAX_SIGNED_URL_SECONDS) : cookieSeconds;
  const seconds = longest + CLOCKS_APART_SECONDS;
  return Date.parse(key.signedUntil) + seconds * 1_000;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
