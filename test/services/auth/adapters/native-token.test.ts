import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { readNativeToken } from '../../../../services/auth/adapters/native-token.ts';
import type { ProviderKeys } from '../../../../services/auth/adapters/provider-keys.ts';

const ISSUER = 'https://provider.example';
const NOW = 1_800_000_000;
const provider = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PUBLIC_PEM = provider.publicKey.export({ type: 'spki', format: 'pem' });

const keys: ProviderKeys = {
  verify: async (token, options) => (await jwtVerify(token, provider.publicKey, options)).payload,
  isKeyKnown: async () => true,
};

const claimsWith = (changes: object) => {
  const all = { iss: ISSUER, aud: 'tv', sub: 'alice', iat: NOW, exp: NOW + 3_600, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};
const sign = (claims: object, header: object = {}, { privateKey } = provider) =>
  new SignJWT(claimsWith(claims)).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey);

/** The subject of a token, or the words of its refusal. */
async function read(token: string, nonce?: string, requiredClaims: string[] = []): Promise<string> {
  const expected = { issuer: ISSUER, clientIds: ['tv', 'phone'], requiredClaims, nonce, nowMs: NOW * 1_000 };
  try {
    return (await readNativeToken(token, keys, expected)).sub;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'invalid_request') throw error;
    return /accepted: (.*)\. Ask/.exec(error.message)?.[1] ?? error.message;
  }
}

t.test('ID tokens that count', async (t) => {
  const accepted: [what: string, claims: object, header?: object][] = [
    ['the first client', {}],
    ['the second client', { aud: 'phone' }],
    ['its own authorized party', { azp: 'tv' }],
    ['the type of any JWT', {}, { typ: 'JWT' }],
    ['other claims', { more: [1], at_hash: 'x' }],
    ['five minutes and the skew old', { iat: NOW - 360 }],
    ['a clock a minute ahead', { iat: NOW + 60 }],
    ['expired within the skew', { exp: NOW - 59 }],
  ];
  for (const [what, claims, header] of accepted)
    t.equal(await read(await sign(claims, header)), 'alice', what);
  t.equal(await read(await sign({ nonce: 'n' }), 'n'), 'alice', 'the nonce of the request');
  t.equal(await read(await sign({ nonce: '' }), ''), 'alice', 'an empty nonce of the request');
  t.equal(await read(await sign({ email: null }), undefined, ['email']), 'alice', 'the rule judges it later');
});

const AUD = 'its aud is not one client of NATIVE_CLIENT_IDS';
const AZP = 'its azp is another client than its aud';
const IAT = 'it was not issued within the last five minutes';
const ACCESS = 'it is an access token';
const NONCE = 'its nonce is not the one of the request';
const UNVERIFIED = "the provider's keys do not verify it as an ID token";

t.test('ID tokens that do not count', async (t) => {
  const refused: [why: string, what: string, claims: object, header?: object][] = [
    [AUD, 'the client of the browsers', { aud: 'gateway' }],
    [AUD, 'a list, even of one', { aud: ['tv'] }],
    [AUD, 'two clients', { aud: ['tv', 'phone'] }],
    [AUD, 'a part of a name', { aud: 't' }],
    ['its aud is missing', 'no audience', { aud: undefined }],
    [AZP, 'another authorized party', { azp: 'gateway' }],
    [AZP, 'another native client as the authorized party', { azp: 'phone' }],
    [AZP, 'no text as the authorized party', { azp: null }],
    ['another provider made it', 'another issuer', { iss: `${ISSUER}/` }],
    ['its iss is missing', 'no issuer', { iss: undefined }],
    [IAT, 'too old', { iat: NOW - 361 }],
    [IAT, 'from the future', { iat: NOW + 61 }],
    ['its iat is missing', 'no time of issue', { iat: undefined }],
    ['it has expired', 'expired', { exp: NOW - 60 }],
    ['its exp is missing', 'no end', { exp: undefined }],
    ['its nbf is wrong', 'not valid yet', { nbf: NOW + 61 }],
    [NONCE, 'a nonce that the request lacks', { nonce: 'of a browser sign-in' }],
    [NONCE, 'a nonce that is null', { nonce: null }],
    ['its sub is missing', 'no subject', { sub: undefined }],
    ['its sub is not a text', 'a subject that is a number', { sub: 7 }],
    [UNVERIFIED, 'the type of an access token (RFC 9068)', {}, { typ: 'at+jwt' }],
    [UNVERIFIED, 'the type of a logout token', {}, { typ: 'logout+jwt' }],
    ['it is a logout token', 'a logout token without its type', { events: {} }],
    [ACCESS, 'an access token without its type', { client_id: 'native' }],
    [ACCESS, 'one of Okta or Entra ID', { scp: 'openid' }],
    [ACCESS, 'one of Keycloak', { typ: 'Bearer' }],
    [ACCESS, 'one of Cognito', { token_use: 'access' }],
  ];
  for (const [why, what, claims, header] of refused)
    t.equal(await read(await sign(claims, header)), why, what);
  t.equal(await read(await sign({}), 'n'), NONCE, 'a nonce that the token lacks');
  t.equal(await read(await sign({ nonce: 'n' }), 'N'), NONCE, 'another nonce');
  t.equal(await read(await sign({}), undefined, ['email']), 'its email is missing', 'a claim of the rule');
  t.equal(await read(await sign({}, {}, stranger)), UNVERIFIED, 'the signature of another key');
  t.equal(await read(new UnsecuredJWT(claimsWith({})).encode()), UNVERIFIED, 'alg none');
  const shared = new SignJWT(claimsWith({})).setProtectedHeader({ alg: 'HS256' });
  t.equal(await read(await shared.sign(Buffer.from(PUBLIC_PEM))), UNVERIFIED, 'HS256 with the public key');
  for (const text of ['', 'x', 'a.b.c', 'A'.repeat(3_000)])
    t.equal(await read(text), UNVERIFIED, `no JWT: ${text.slice(0, 9)}`);
});
