import { createHmac } from 'node:crypto';

const KEY = 'K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols';

/**
 * A viewer-request function that verifies a JSON Web Token (RFC 7519) in the query, like AWS's example for this runtime
 * (DG: example-function-validate-token): HS256 with a secret from the KeyValueStore, a comparison in constant time,
 * `nbf` and `exp`. It was written for this comparison.
 */
export const JWT_FUNCTION = `
import crypto from 'crypto';

const store = { get: function () { return Promise.resolve('${KEY}'); } };
const REFUSED = { statusCode: 401, statusDescription: 'Unauthorized' };

function isEqual(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function claimsOf(token, key) {
  const parts = token.split('.');
  if (parts.length !== 3) throw new Error('not three parts');
  const claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString());
  const signature = crypto.createHmac('sha256', key).update(parts[0] + '.' + parts[1]).digest('base64url');
  if (!isEqual(signature, parts[2])) throw new Error('signature');
  const now = Date.now() / 1000;
  if (claims.nbf && now < claims.nbf) throw new Error('not yet valid');
  if (claims.exp && now > claims.exp) throw new Error('expired');
  return claims;
}

async function handler(event) {
  const request = event.request;
  const token = request.querystring.jwt && request.querystring.jwt.value;
  if (!token) return REFUSED;
  try {
    const key = await store.get('jwt.secret');
    claimsOf(token, key);
  } catch (error) {
    return REFUSED;
  }
  delete request.querystring.jwt;
  return request;
}
`;

/** An ID token with ten ordinary claims. The function above lets it in. */
export function idToken(nowEpoch: number): string {
  const claims = {
    iss: 'https://login.example.com/',
    sub: '6b1f6d0e-55a3-4c1d-9c0a-2f0e5d1c7a44',
    aud: '3n4b5urk1ft4fl3mg5e62d9ado',
    exp: nowEpoch + 900,
    iat: nowEpoch - 60,
    nbf: nowEpoch - 60,
    auth_time: nowEpoch - 65,
    nonce: 'sVNbJZ3m0fKxq1l2cQ8Wn7tTgYp4Rr6uHd9eXa5oBvE',
    name: 'Alice Example',
    email: 'alice@example.com',
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', KEY).update(signed).digest('base64url')}`;
}
