import { sign } from 'node:crypto';
import { teamStart } from '../../../../../core/team-start.ts';
import { ecKey } from '../../../../support/local-values.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  cloudFrontBase64,
  EC,
  folderPolicy,
  NOW_EPOCH,
  ORIGIN,
  policyText,
  RSA,
  signPolicy,
} from '../edge.ts';
import { mutated, type Random } from './random.ts';

type Parameters = Record<string, string>;

const OF_ALICE = [
  ...[signPolicy(folderPolicy(ALICE)), signPolicy(folderPolicy(ALICE), { key: RSA, hash: 'SHA1' })],
];
const OF_BOB = signPolicy(folderPolicy(BOB));
const UNTRUSTED = ecKey('KEC');
export const GOOD_COOKIE = asCookies(OF_ALICE[0] ?? {}).Cookie;
export const COOKIE_OF_BOB = asCookies(OF_BOB).Cookie;
/** Its id could be a user's as well. */
export const COOKIE_OF_TEAM = asCookies(
  signPolicy(
    policyText(`${ORIGIN}/teams/${ALICE}/*`, { DateGreaterThan: { 'AWS:EpochTime': teamStart(7, 3) } }),
  ),
).Cookie;

const COOKIE_TOKENS = [
  ...['; ', ';', '=', '==', '"', ',', ' ', '\t', '%3B', '%', '$Version=1', '__proto__=1', 'constructor='],
  ...['\x80', 'CloudFront-Policy', 'CloudFront-Policy=', 'CloudFront-Signature=_', 'cloudfront-policy=x'],
  ...['Policy=x', 'CloudFront-Expires=1', 'CloudFront-Key-Pair-Id=KRSA', 'CloudFront-Hash-Algorithm=SHA1'],
  ...['~', '_', '-'],
];

const POLICY_TOKENS = [
  ...['{', '}', '[', ']', '"', ',', ':', '*', '?', '\\', '\\u002e', '\\ud800', '\x00', '\n', '\ufeff'],
  ...['null', 'true', '1e3', '-1', '1.5', '1e999', '9'.repeat(400), '"__proto__":{}', '"Resource":"*"'],
  ...['[[[[', `${BOB}`, '/../', '"Statement":[]', '"DateLessThan":{"AWS:EpochTime":1}'],
  ...['"IpAddress":{"AWS:SourceIp":"0.0.0.0/0"}', '\xff'],
];

/** Resources that nobody should sign, but that are signed here. None names just the folder or a file of bob. */
const RESOURCES = [
  ...['*', '/', '', 'x', 'http://', 'http*://*', '*://*', `${ORIGIN}/*`, `${ORIGIN}/users/*`, `${ORIGIN}*`],
  ...[`${ORIGIN}/users/${'?'.repeat(26)}/*`, `${ORIGIN}/users/*/b.txt`, `${ORIGIN}/*/${BOB}/*`],
  ...[`*/users/${BOB}/*`, `${ORIGIN}/users/${ALICE}/../${BOB}/*`, `${ORIGIN}/users/${ALICE}/*?*`],
  ...[`${ORIGIN}/users/${ALICE}*`, `${ORIGIN}/users/${ALICE}/*`, `${ORIGIN}/users/${ALICE}/a.txt`],
  ...[`${ORIGIN}/users/${ALICE}/a.txt?v=1&share=1`, `http://LOCALHOST:8080/users/${ALICE}/*`],
  ...[`${ORIGIN}/users/${ALICE}/${'*'.repeat(2_000)}`],
];

const CONDITIONS = [
  ...[{}, { IpAddress: { 'AWS:SourceIp': '127.0.0.0/8' } }, { IpAddress: { 'AWS:SourceIp': '::1/128' } }],
  ...[{ DateLessThan: { 'AWS:EpochTime': `${NOW_EPOCH}` } }],
  ...[{ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH * 1_000 } }],
  ...[{ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH } }],
  ...[{ DateGreaterThan: { 'AWS:EpochTime': NOW_EPOCH } }, { DateGreaterThan: undefined }],
  ...[{ DateGreaterThan: { 'AWS:EpochTime': -1 } }, { StringEquals: { 'aws:Referer': 'x' } }],
];

/** Text that is signed unchanged, so the edge has to read it. */
function signed(random: Random, text: string): Parameters {
  const key = random.pick([EC, EC, EC, EC, UNTRUSTED]);
  const hash = random.pick(['SHA256', 'SHA1'] as const);
  const bytes = Buffer.from(text, random.chance(0.9) ? 'utf8' : 'latin1');
  return {
    Policy: cloudFrontBase64(bytes),
    Signature: cloudFrontBase64(sign(hash.toLowerCase(), bytes, key.privateKey)),
    'Key-Pair-Id': key.keyPairId,
    'Hash-Algorithm': random.chance(0.9) ? hash : random.pick(['', 'sha256', 'MD5', 'SHA256 ']),
  };
}

/** Attempts at bob's folder without a key: another user's signature, another key, a later end. */
export function forged(random: Random): Parameters {
  const untrusted = signPolicy(folderPolicy(BOB), { key: UNTRUSTED });
  const later = folderPolicy(BOB, { DateLessThan: { 'AWS:EpochTime': NOW_EPOCH + 9_000 } });
  return random.pick([
    untrusted,
    { ...OF_BOB, Signature: random.pick(OF_ALICE)['Signature'] ?? '' },
    { ...OF_BOB, Signature: cloudFrontBase64(random.bytes(300)) },
    { ...OF_BOB, 'Key-Pair-Id': 'KRSA' },
    { ...OF_BOB, 'Hash-Algorithm': 'SHA1' },
    { ...OF_BOB, Policy: cloudFrontBase64(later) },
  ]);
}

/** A signed policy with a shape or a width that it should not have. */
export function signedPolicy(random: Random): Parameters {
  const text = policyText(random.pick(RESOURCES), random.pick(CONDITIONS));
  if (random.chance(0.5)) return signed(random, text);
  const broken = mutated(random, text, POLICY_TOKENS);
  // A policy that chance changes into bob's folder would open that folder, and rightly so.
  return signed(random, broken.includes(`"${ORIGIN}/users/${BOB}`) ? text : broken);
}

/** Deep and long values. Only a parser without bounds would mind them. */
export function nestedPolicy(random: Random): Parameters {
  const depth = 1 + random.below(1_500);
  return signed(random, random.pick(['[', '{"a":', '{"Statement":[']).repeat(depth));
}

/** A good policy in a base64 that is not CloudFront's, or in a second spelling of the same bytes. */
export function spelledOtherwise(random: Random): Parameters {
  const good = random.pick(OF_ALICE);
  const name = random.pick(['Policy', 'Signature']);
  const text = good[name] ?? '';
  const at = random.below(text.length);
  const spelled = random.pick([
    () =>
      `${text.slice(0, at)}${random.pick(['\t', ' ', '%0A', '%3D', '=', '+', '/', '_', '__', '\xe9'])}${text.slice(at)}`,
    () => text.replaceAll('_', ''),
    () => `${text}_`,
    () => Buffer.from(text, 'latin1').toString('base64url'),
    () => text.slice(0, at),
    () => text.replace(/.(?=_*$)/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
    () => encodeURIComponent(text),
  ])();
  return { ...good, [name]: spelled };
}

/** Parts of two users, doubled, dropped and in any order. */
export function mixed(random: Random): string[] {
  const all = [...OF_ALICE, { ...OF_BOB, Signature: 'AAAA' }, { Expires: `${NOW_EPOCH + 60}` }];
  const parts = all.flatMap((parameters) => Object.entries(parameters));
  const own = Object.entries(random.pick(OF_ALICE)).filter(() => random.chance(0.9));
  return [...own, ...random.some(parts, 3)].map(([name, value]) => `${name}=${value}`);
}

export function mutatedCookie(random: Random): string {
  const cookie = mutated(random, GOOD_COOKIE, COOKIE_TOKENS);
  // A control character would end the connection.
  return Array.from(cookie, (letter) => (letter < ' ' || letter === '\x7f' ? '\t' : letter)).join('');
}

/** As cookies or as a query, by chance. */
export function carried(random: Random, parameters: Parameters): { cookie?: string; query?: string } {
  if (random.chance(0.6)) return { cookie: asCookies(parameters).Cookie };
  const query = asQuery(parameters);
  return random.chance(0.8) ? { query } : { query, cookie: GOOD_COOKIE };
}
