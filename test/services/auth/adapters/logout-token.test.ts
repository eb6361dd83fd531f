import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { readLogoutToken } from '../../../../services/auth/adapters/logout-token.ts';
import type { ProviderKeys } from '../../../../services/auth/adapters/provider-keys.ts';

const ISSUER = 'https://provider.example';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const NOW = 1_800_000_000;
const provider = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const keys: ProviderKeys = {
  verify: async (token, options) => (await jwtVerify(token, provider.publicKey, options)).payload,
  isKeyKnown: async () => true,
};

/** What a change of a valid token's claims, header and key makes of it: its names, or the code of its refusal. */
async function read(claims: object, header: object = {}, { privateKey } = provider): Promise<unknown> {
  const all = {
    ...{ iss: ISSUER, aud: 'gateway', sub: 'alice', sid: 's', jti: 'j', iat: NOW, exp: NOW + 120 },
    events: { [EVENT]: {} },
    ...claims,
  };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const signed = new SignJWT(payload).setProtectedHeader({ alg: 'ES256', ...header });
  return readToken(await signed.sign(privateKey));
}

async function readToken(token: string): Promise<unknown> {
  const about = { issuer: ISSUER, clientId: 'gateway', nowMs: NOW * 1_000 };
  try {
    const { subject, sid } = await readLogoutToken(token, keys, about);
    return { subject, sid };
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

const BOTH = { subject: 'alice', sid: 's' };

/** Back-Channel Logout 1.0, with the section of each rule. */
const ACCEPTED: [section: string, what: string, claims: object, header?: object, names?: object][] = [
  ['2.4', 'both names', {}],
  ['2.4', 'a subject alone', { sid: undefined }, {}, { subject: 'alice', sid: undefined }],
  ['2.4', 'a session alone', { sub: undefined }, {}, { subject: undefined, sid: 's' }],
  ['2.4', 'an event with members', { events: { [EVENT]: { more: 1 } } }],
  ['2.4', 'other events beside it', { events: { 'http://example.com/event': null, [EVENT]: {} } }],
  ['2.4', 'other claims', { more: [1] }],
  ['2.4', 'its own type', {}, { typ: 'logout+jwt' }],
  ['2.4', 'its own type in full and in capitals', {}, { typ: 'application/LOGOUT+JWT' }],
  ['2.4', 'the type of any JWT', {}, { typ: 'JWT' }],
  ['2.6 (3)', 'a list of one audience', { aud: ['gateway'] }],
  [
    '2.6 (3)',
    'more audiences, and this client is the authorized party',
    { aud: ['x', 'gateway'], azp: 'gateway' },
  ],
  ['2.6 (3)', 'the oldest one', { iat: NOW - 660 }],
  ['2.6 (3)', 'a clock a minute ahead', { iat: NOW + 60 }],
  ['2.6 (3)', 'expired within the tolerance', { exp: NOW - 59 }],
];

const REFUSED: [section: string, what: string, claims: object, header?: object][] = [
  ['2.4', 'no event', { events: undefined }],
  ['2.4', 'another event', { events: { 'http://example.com/event': {} } }],
  ['2.4', 'an event that is null', { events: { [EVENT]: null } }],
  ['2.4', 'an event that is a list', { events: { [EVENT]: [] } }],
  ['2.4', 'an event that is text', { events: { [EVENT]: '{}' } }],
  ['2.4', 'events that are null', { events: null }],
  ['2.4', 'events in a list', { events: [EVENT] }],
  ['2.4', 'events in a list of objects', { events: [{ [EVENT]: {} }] }],
  ['2.4', 'a nonce', { nonce: 'n' }],
  ['2.4', 'a nonce that is null', { nonce: null }],
  ['2.4', 'no name', { sub: undefined, sid: undefined }],
  ['2.4', 'an empty subject beside a session', { sub: '' }],
  ['2.4', 'a subject that is a number', { sub: 1 }],
  ['2.4', 'a session that is null', { sid: null }],
  ['2.4', 'no jti', { jti: undefined }],
  ['2.4', 'an empty jti', { jti: '' }],
  ['2.4', 'the type of an access token', {}, { typ: 'at+jwt' }],
  ['2.4', 'the type of another security event', {}, { typ: 'secevent+jwt' }],
  ['2.6 (3)', 'another issuer', { iss: `${ISSUER}/` }],
  ['2.6 (3)', 'no issuer', { iss: undefined }],
  ['2.6 (3)', 'another audience', { aud: 'other' }],
  ['2.6 (3)', 'no audience', { aud: undefined }],
  ['2.6 (3)', 'more audiences and no authorized party', { aud: ['gateway', 'other'] }],
  ['2.6 (3)', 'another authorized party', { azp: 'other' }],
  ['2.6 (3)', 'no iat', { iat: undefined }],
  ['2.6 (3)', 'an old one', { iat: NOW - 661 }],
  ['2.6 (3)', 'from the future', { iat: NOW + 61 }],
  ['2.6 (3)', 'no exp', { exp: undefined }],
  ['2.6 (3)', 'expired', { exp: NOW - 60 }],
];

t.test('logout tokens that count', async (t) => {
  for (const [section, what, claims, header, names = BOTH] of ACCEPTED)
    t.strictSame(await read(claims, header), names, `${section}: ${what}`);
});

t.test('logout tokens that do not count', async (t) => {
  for (const [section, what, claims, header] of REFUSED)
    t.equal(await read(claims, header), 'logout_token_invalid', `${section}: ${what}`);
  t.equal(await read({}, {}, stranger), 'logout_token_invalid', '2.6 (2): the signature of another key');
  const claims = { iss: ISSUER, aud: 'gateway', sub: 'alice', jti: 'j', iat: NOW, exp: NOW + 120 };
  const unsigned = new UnsecuredJWT({ ...claims, events: { [EVENT]: {} } }).encode();
  t.equal(await readToken(unsigned), 'logout_token_invalid', '2.6 (2): alg none');
  for (const text of ['', 'x', 'a.b.c', 'A'.repeat(3_000)])
    t.equal(await readToken(text), 'logout_token_invalid', `no JWT: ${text.slice(0, 9)}`);
});
