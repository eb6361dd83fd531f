import { generateKeyPairSync } from 'node:crypto';
import {
  type CloudFrontCookie,
  createCookieIssuer,
  createKeySigner,
  deriveUserId,
  nextStart,
  parseEpochSeconds,
  parseUserId,
  type SessionView,
} from '@cloudfront-cookie-gateway/cookies';
import { formatEntry, type RevocationEntry } from '@cloudfront-cookie-gateway/core/entry-format';

/** A pair of keys that no distribution has. */
export interface VectorKey {
  keyPairId: string;
  /** Both sign with SHA-256. A signature of `RSA` is always the same; one of `EC` differs each time: verify it. */
  type: 'RSA' | 'EC';
  /** PEM, PKCS#8. */
  privateKey: string;
  /** PEM, SubjectPublicKeyInfo. */
  publicKey: string;
}

/** What a signer answers for one session. Times are epoch seconds. */
export interface CookieVector {
  keyPairId: string;
  id: string;
  start: number;
  issuedAt: number;
  expiresAt: number;
  /** The text that is signed. */
  policy: string;
  /** The values of `Set-Cookie`, in this order. */
  setCookie: string[];
  /** The same for a sign-out. */
  cleared: string[];
  /** The answer in JSON for the browser's library. */
  session: SessionView;
}

/** Input that a signer must refuse: an error, never a cookie. */
export type SignerRefusal =
  | { why: string; issuer: string; subject: string }
  | { why: string; id: string; start: number; expiresAt: number };

export interface EntryVector {
  entry: RevocationEntry;
  /** The value in the KeyValueStore. */
  text: string;
  revokedStarts: number[];
  openStarts: number[];
}

/** Every case that an implementation of a signer, or of a reader of revocation entries, has to agree on. */
export interface Vectors {
  filesOrigin: string;
  cookieDomain: string;
  keys: VectorKey[];
  ids: { issuer: string; subject: string; id: string }[];
  /** `start` is null where no sign-in is possible now. */
  starts: { previous: number | null; now: number; start: number | null }[];
  cookies: CookieVector[];
  refusals: SignerRefusal[];
  entries: EntryVector[];
}

const APP_ORIGIN = 'https://app.example.com';
const FILES_ORIGIN = 'https://files.app.example.com';
const NOW = 1_790_000_000;
const ISSUER = 'https://idp.example.com';

/** Makes the vectors, with new keys. So no private key is in this repository, and the signatures differ each time. */
export async function createVectors(): Promise<Vectors> {
  const keys = [rsaKey(), ecKey()];
  return {
    filesOrigin: FILES_ORIGIN,
    cookieDomain: new URL(APP_ORIGIN).hostname,
    keys,
    ids: ids(),
    starts: starts(),
    cookies: (await Promise.all(keys.map(cookiesOf))).flat(),
    refusals: refusals(),
    entries: entries(),
  };
}

function rsaKey(): VectorKey {
  return {
    keyPairId: 'KVECTORSRSA',
    type: 'RSA',
    ...pems(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  };
}

function ecKey(): VectorKey {
  return { keyPairId: 'KVECTORSEC', type: 'EC', ...pems(generateKeyPairSync('ec', { namedCurve: 'P-256' })) };
}

function pems({ privateKey, publicKey }: ReturnType<typeof generateKeyPairSync>) {
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function ids(): Vectors['ids'] {
  const subjects = ['alice', 'bob', 'Alice', 'auth0|5f7c8ec7', ' alice', 'üser-写真', '😀', 'a'.repeat(255)];
  return [
    ...subjects.map((subject) => ({ issuer: ISSUER, subject })),
    // A slash at the end makes another issuer, and so another user.
    { issuer: `${ISSUER}/`, subject: 'alice' },
  ].map((named) => ({ ...named, id: deriveUserId(named.issuer, named.subject) }));
}

function starts(): Vectors['starts'] {
  return [
    { previous: null, now: NOW },
    { previous: NOW - 86_400, now: NOW },
    { previous: NOW - 3_600, now: NOW },
    { previous: NOW - 61, now: NOW },
    { previous: NOW - 60, now: NOW },
    { previous: NOW, now: NOW },
  ].map((given) => ({ ...given, start: nextStart(given.previous ?? undefined, given.now) ?? null }));
}

async function cookiesOf({ keyPairId, privateKey }: VectorKey): Promise<CookieVector[]> {
  const signer = createKeySigner({ keyPairId, privateKey });
  const origins = { appOrigin: APP_ORIGIN, filesOrigin: FILES_ORIGIN };
  // Several policies, so that each character that CloudFront's base64 replaces is in one of them.
  const sessions = ['alice', 'bob', 'carol', 'dave'].map((name, index) => ({
    id: deriveUserId(ISSUER, name),
    start: parseEpochSeconds(NOW - 3_600 - index),
    lifetime: 900 - index,
  }));
  const chosen = { id: parseUserId('Team_7-a'), start: parseEpochSeconds(NOW - 90), lifetime: 86_400 };
  return Promise.all(
    [...sessions, chosen].map(async ({ id, start, lifetime }) => {
      const now = () => NOW * 1_000;
      const issuer = createCookieIssuer({ ...origins, signer, now, cookieLifetimeSeconds: lifetime });
      const { cookies, session, expiresAtEpoch } = await issuer.issue({ id, start });
      return {
        ...{ keyPairId, id, start, issuedAt: NOW, expiresAt: expiresAtEpoch },
        policy: textOf(cookies[0]?.value ?? ''),
        setCookie: setCookieLines(cookies),
        cleared: setCookieLines(issuer.clear(id)),
        session,
      };
    }),
  );
}

function textOf(policy: string): string {
  const base64 = policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  return Buffer.from(base64, 'base64').toString();
}

/** RFC 6265, section 4.1. */
function setCookieLines(cookies: CloudFrontCookie[]): string[] {
  return cookies.map(({ name, value, options: { path, domain, expires } }) =>
    [
      `${name}=${value}`,
      `Path=${path}`,
      ...(domain === undefined ? [] : [`Domain=${domain}`]),
      ...(expires === undefined ? [] : [`Expires=${expires.toUTCString()}`]),
      ...['HttpOnly', 'Secure', 'SameSite=Lax'],
    ].join('; '),
  );
}

function refusals(): SignerRefusal[] {
  const times = { start: NOW - 3_600, expiresAt: NOW + 900 };
  const id = deriveUserId(ISSUER, 'alice');
  return [
    { why: 'a wildcard opens every folder', id: '*', ...times },
    { why: 'a wildcard', id: 'alic?', ...times },
    { why: 'another folder', id: '../bob', ...times },
    { why: 'a folder in a folder', id: 'alice/bob', ...times },
    { why: 'no id', id: '', ...times },
    { why: 'a line feed, which $ of many languages passes', id: 'alice\n', ...times },
    { why: 'a second member of the policy', id: 'a"}]}', ...times },
    { why: 'a letter that is not ASCII', id: 'älice', ...times },
    { why: 'a digit that is not ASCII', id: 'alice٣', ...times },
    { why: 'longer than 64', id: 'a'.repeat(65), ...times },
    { why: 'milliseconds', id, start: times.start, expiresAt: times.expiresAt * 1_000 },
    { why: 'milliseconds', id, start: times.start * 1_000, expiresAt: times.expiresAt },
    { why: 'before 1970', id, start: -1, expiresAt: times.expiresAt },
    { why: 'no issuer', issuer: '', subject: 'alice' },
    { why: 'no subject', issuer: ISSUER, subject: '' },
    { why: 'a NUL, which separates the two', issuer: ISSUER, subject: 'a\0b' },
    { why: 'a NUL, which separates the two', issuer: `${ISSUER}\0a`, subject: 'b' },
  ];
}

function entries(): EntryVector[] {
  const none = { sessionFloor: 0, sessions: [], shareFloor: 0, shares: [] };
  const [first, second, third] = [NOW - 3_600, NOW - 3_599, NOW - 3_598] as const;
  const given = [
    { entry: none, revokedStarts: [], openStarts: [first, second] },
    { entry: { ...none, sessions: [second] }, revokedStarts: [second], openStarts: [first, third] },
    { entry: { ...none, sessionFloor: second }, revokedStarts: [first, second], openStarts: [third] },
    {
      entry: { ...none, sessionFloor: first, sessions: [third] },
      ...{ revokedStarts: [first, third], openStarts: [second] },
    },
    // Numbers behind the bar are those of shares.
    {
      entry: { ...none, shareFloor: 7, shares: [9, second] },
      revokedStarts: [],
      openStarts: [first, second],
    },
  ];
  return given.map((vector) => ({ ...vector, text: formatEntry(vector.entry) }));
}
