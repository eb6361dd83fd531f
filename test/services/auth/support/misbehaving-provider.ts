import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';

const right = generateKeyPairSync('rsa', { modulusLength: 2048 });
const wrong = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PUBLIC_PEM = right.publicKey.export({ type: 'spki', format: 'pem' });

/** Each member causes one fault. Without any, the provider obeys OpenID Connect. */
export interface Misbehavior {
  subject?: string;
  /** Replaces claims of the ID token; undefined removes one. */
  claims?: Record<string, unknown>;
  signature?: 'wrong key' | 'none' | 'HS256 with the public key' | 'cut';
  /** Members of the token's protected header. */
  header?: object;
  /** Replaces members of the authorization response; undefined removes one. */
  authorizationResponse?: Record<string, string | undefined>;
  userInfo?: Record<string, unknown> | 'down';
  keys?: 'down';
  /** The provider gives refresh tokens, and accepts any. */
  refreshTokens?: boolean;
  /** Replaces the token endpoint's answer, once the promise resolves. */
  tokenResponse?: () => Promise<string | undefined>;
  metadata?: Record<string, unknown>;
  /** The one client secret that it accepts, by basic authentication or in the form. Without it, any is accepted. */
  clientSecret?: string;
  /** Whether the answer also has `WWW-Authenticate`, as RFC 6749 demands. */
  challenges?: boolean;
}

export interface MisbehavingProvider {
  issuer: string;
  is: (misbehavior: Misbehavior) => void;
  /** An ID token for the client `native`. */
  nativeToken(
    misbehavior?: Pick<Misbehavior, 'subject' | 'claims' | 'signature' | 'header'>,
  ): Promise<string>;
  /** A logout token for all sessions of a subject. `claims` replace its own; undefined removes one. */
  logoutToken(
    subject: string,
    issuedAtEpoch: number,
    claims?: Record<string, unknown>,
    how?: Pick<Misbehavior, 'signature' | 'header'>,
  ): Promise<string>;
  /** The requests of the service, oldest first. */
  authorizationRequests: URLSearchParams[];
  tokenRequests: { authorization: string | undefined; body: URLSearchParams }[];
  /** RFC 9126. */
  pushedRequests: { authorization: string | undefined; body: URLSearchParams }[];
  /** Signs with a new key from now on, under a new name unless one is given. The old keys stay. */
  rotate(alg: 'RS256' | 'ES256', kid?: string): void;
  forgetOldKeys(): void;
  keyRequests(): number;
  close(): Promise<void>;
}

interface Key {
  privateKey: KeyObject;
  publicKey: KeyObject;
  alg: string;
  /** The first key has no name. */
  kid?: string;
}

const headerOf = ({ alg, kid }: Pick<Key, 'alg' | 'kid'>) => ({ alg, ...(kid === undefined ? {} : { kid }) });

interface Grant {
  nonce: string;
  challenge: string;
}

/** An OpenID provider that signs everybody in at once, with the faults that a test sets. */
export async function startMisbehavingProvider(t: {
  teardown(fn: () => Promise<void>): void;
}): Promise<MisbehavingProvider> {
  let now: Misbehavior = {};
  const grants = new Map<string, Grant>();
  const authorizationRequests: URLSearchParams[] = [];
  const tokenRequests: MisbehavingProvider['tokenRequests'] = [];
  const pushedRequests: MisbehavingProvider['pushedRequests'] = [];
  /** The first key signs. */
  const keys: Key[] = [{ ...right, alg: 'RS256' }];
  const signing = () => keys[0] ?? { ...right, alg: 'RS256' };
  let keyRequests = 0;
  let issuer = '';

  async function idToken({ nonce }: { nonce?: string }, made = now): Promise<string> {
    const seconds = Math.floor(Date.now() / 1_000);
    const claims: JWTPayload = {
      iss: issuer,
      sub: made.subject ?? 'alice',
      aud: 'gateway',
      iat: seconds,
      exp: seconds + 300,
      nonce,
      ...made.claims,
    };
    return sign(claims, made);
  }

  async function sign(claims: JWTPayload, { signature, header }: Misbehavior): Promise<string> {
    if (signature === 'none') return new UnsecuredJWT(claims).encode();
    if (signature === 'HS256 with the public key') {
      return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(PUBLIC_PEM));
    }
    const key = signature === 'wrong key' ? wrong.privateKey : signing().privateKey;
    const protectedHeader = { ...headerOf(signing()), ...header };
    const token = await new SignJWT(claims).setProtectedHeader(protectedHeader).sign(key);
    return signature === 'cut' ? token.slice(0, token.lastIndexOf('.') + 1) : token;
  }

  function authorize(asked: URLSearchParams, response: ServerResponse): void {
    authorizationRequests.push(asked);
    const query = pushedRequests[Number(asked.get('request_uri')?.split(':').at(-1))]?.body ?? asked;
    const code = randomBytes(16).toString('hex');
    grants.set(code, { nonce: query.get('nonce') ?? '', challenge: query.get('code_challenge') ?? '' });
    const to = new URL(query.get('redirect_uri') ?? '');
    const members = { code, state: query.get('state') ?? '', iss: issuer, ...now.authorizationResponse };
    for (const [name, value] of Object.entries(members)) {
      if (value !== undefined) to.searchParams.set(name, value);
    }
    response.writeHead(302, { location: to.href }).end();
  }

  /** The form of a request, if the client's secret is accepted. */
  async function formOf(request: IncomingMessage, response: ServerResponse, seen: typeof tokenRequests) {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = new URLSearchParams(text);
    seen.push({ authorization: request.headers.authorization, body });
    const { clientSecret: secret } = now;
    const basic = `Basic ${Buffer.from(`gateway:${secret}`).toString('base64')}`;
    if (secret === undefined || request.headers.authorization === basic) return body;
    if (body.get('client_secret') === secret && body.get('client_id') === 'gateway') return body;
    if (now.challenges) response.setHeader('www-authenticate', 'Basic realm="provider"');
    json(response, { error: 'invalid_client' }, 401);
    return undefined;
  }

  async function push(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(await formOf(request, response, pushedRequests))) return;
    json(response, { request_uri: `urn:pushed:${pushedRequests.length - 1}`, expires_in: 60 }, 201);
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await formOf(request, response, tokenRequests);
    if (!body) return;
    const refresh = { refresh_token: `refresh-token-${tokenRequests.length}` };
    if (now.refreshTokens && body.has('refresh_token')) {
      const id_token = await idToken({ nonce: '' });
      json(response, { access_token: 'another', token_type: 'bearer', id_token, ...refresh });
      return;
    }
    const grant = grants.get(body.get('code') ?? '');
    grants.delete(body.get('code') ?? '');
    const verifier = createHash('sha256').update(body.get('code_verifier') ?? '');
    if (grant?.challenge !== verifier.digest('base64url')) {
      json(response, { error: 'invalid_grant' }, 400);
      return;
    }
    const instead = await now.tokenResponse?.();
    if (instead !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(instead);
      return;
    }
    json(response, {
      access_token: 'access-token-of-the-provider',
      token_type: 'bearer',
      id_token: await idToken(grant),
      ...(now.refreshTokens ? refresh : {}),
    });
  }

  const server = await listenOnLoopback(async (request, response) => {
    const url = new URL(request.url ?? '', issuer);
    if (url.pathname.endsWith('/.well-known/openid-configuration')) json(response, metadata());
    else if (url.pathname === '/jwks') {
      keyRequests++;
      if (now.keys === 'down') {
        response.writeHead(500).end();
        return;
      }
      const published = keys.map(async ({ publicKey, ...rest }) => ({
        ...(await exportJWK(publicKey)),
        ...{ ...headerOf(rest), use: 'sig' },
      }));
      json(response, { keys: await Promise.all(published) });
    } else if (url.pathname === '/authorize') authorize(url.searchParams, response);
    else if (url.pathname === '/token') await token(request, response);
    else if (url.pathname === '/par') await push(request, response);
    else if (now.userInfo === 'down') response.writeHead(500).end();
    else json(response, { sub: now.subject ?? 'alice', ...now.userInfo });
  }, 0);
  issuer = `http://localhost:${server.port}`;
  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    end_session_endpoint: 'https://sign-out.example/end',
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    ...now.metadata,
  });
  t.teardown(() => server.close(0));
  return {
    issuer,
    is: (misbehavior) => {
      now = misbehavior;
    },
    nativeToken: (misbehavior = {}) =>
      idToken(
        {},
        {
          ...misbehavior,
          claims: { aud: 'native', jti: randomBytes(16).toString('hex'), ...misbehavior.claims },
        },
      ),
    logoutToken: (subject, issuedAtEpoch, claims, how = {}) =>
      sign(
        {
          ...{ iss: issuer, sub: subject, aud: 'gateway', iat: issuedAtEpoch, exp: issuedAtEpoch + 300 },
          jti: randomBytes(16).toString('hex'),
          events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
          ...claims,
        },
        how,
      ),
    ...{ authorizationRequests, tokenRequests, pushedRequests },
    rotate(alg, kid = `key-${keys.length}`) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const made =
        alg === 'ES256' ? { privateKey, publicKey } : generateKeyPairSync('rsa', { modulusLength: 2048 });
      keys.unshift({ ...made, alg, kid });
    },
    forgetOldKeys() {
      keys.length = 1;
    },
    keyRequests: () => keyRequests,
    close: () => server.close(0),
  };
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
