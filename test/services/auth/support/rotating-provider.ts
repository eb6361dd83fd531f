import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Provider, type ProviderContext } from 'oidc-provider';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { generateIdentityProviderKeys } from '../../../../services/local/state.ts';

interface Options {
  redirectUris: string[];
  /** Members of the provider's configuration. */
  configuration?: Record<string, unknown>;
}

/** The fault that a recheck meets, in place of an answer. */
type Fault = 'status 500' | 'no answer' | 'a cut connection' | 'invalid_client';

/** `oidc-provider` with single-use refresh tokens. The second use of one ends every token that came of it. */
export async function startRotatingProvider(
  t: { teardown(fn: () => Promise<void>): void },
  options: Options,
) {
  const stored = new Map<string, Stored>();
  const disabled = new Set<string>();
  const claims = new Map<string, Record<string, unknown>>();
  const asked: string[] = [];
  let fault: Fault | undefined;
  let delayMs = 0;
  let refreshLivesSeconds: number | undefined;
  let answer: RequestListener = () => {};
  let issuer = '';
  let refusals = 0;

  const server = await listenOnLoopback(async (request, response) => {
    if (request.url?.startsWith('/interaction/')) return login(request, response);
    const isToken = request.url === '/token';
    const body = isToken ? await readForm(request) : undefined;
    const isRefresh = body?.get('grant_type') === 'refresh_token';
    if (isRefresh) {
      asked.push(body?.get('refresh_token') ?? '');
      if (fault === 'status 500') return void response.writeHead(500).end();
      if (fault === 'a cut connection') return void request.socket.destroy();
      if (fault === 'no answer') return;
      if (fault === 'invalid_client') {
        response.writeHead(401, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ error: 'invalid_client' }));
      }
    }
    Object.assign(request, { body: body && Object.fromEntries(body) });
    if (isRefresh && delayMs > 0) delayEnd(response, delayMs);
    answer(request, response);
  }, 0);
  t.teardown(() => server.close(0));
  issuer = `http://localhost:${server.port}`;

  let provider: Provider;
  function serveWith(jwks: { keys: object[] }): void {
    provider = new Provider(issuer, {
      adapter: (model: string) => adapterOf(stored, model),
      clients: [
        {
          client_id: 'gateway',
          client_secret: 'a-secret-of-the-client',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: options.redirectUris,
          post_logout_redirect_uris: options.redirectUris.map((uri) => uri.replace('callback', 'signed-out')),
        },
      ],
      jwks: structuredClone(jwks),
      cookies: { keys: ['a cookie key of this test'] },
      claims: { openid: ['sub', 'groups', 'employee'], email: ['email', 'email_verified'] },
      // Like Keycloak and most others.
      conformIdTokenClaims: false,
      findAccount: (_context: unknown, accountId: string) =>
        disabled.has(accountId)
          ? undefined
          : { accountId, claims: () => ({ sub: accountId, ...claims.get(accountId) }) },
      loadExistingGrant: async ({ oidc: { client, session } }: ProviderContext) => {
        const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
      interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      issueRefreshToken: () => true,
      rotateRefreshToken: true,
      clientBasedCORS: () => false,
      features: {
        devInteractions: { enabled: false },
        dPoP: { enabled: false },
        resourceIndicators: { enabled: false },
        revocation: { enabled: true },
      },
      fetch: (url: string, { dispatcher: _guarded, ...init }: { dispatcher: unknown }) => fetch(url, init),
      ttl: { Interaction: 600, Session: 43_200, Grant: 43_200, RefreshToken: 43_200, AccessToken: 600 },
      ...options.configuration,
    });
    provider.on('grant.error', () => refusals++);
    provider.use(async (context, next) => {
      await next();
      if (context.path !== '/token' || refreshLivesSeconds === undefined) return;
      Object.assign(context.body, { refresh_expires_in: refreshLivesSeconds });
    });
    answer = provider.callback();
  }

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return void response.writeHead(200).end();
    const accountId = (await readForm(request)).get('login') ?? '';
    await provider.interactionFinished(request, response, { login: { accountId } });
  }

  serveWith(generateIdentityProviderKeys());
  return {
    issuer,
    disabled,
    /** The claims of people, beside `sub`. */
    claims,
    /** The refresh tokens that arrived, one for each request. */
    asked,
    /** The number of refused token requests. */
    refusals: () => refusals,
    meets(next: Fault | undefined): void {
      fault = next;
    },
    /** Delays each answer to a refresh token by this time. */
    delays(milliseconds: number): void {
      delayMs = milliseconds;
    },
    saysRefreshLives(seconds: number): void {
      refreshLivesSeconds = seconds;
    },
    /** Ends all sessions as an administrator does: nobody is told. */
    logOutAll(): void {
      for (const name of stored.keys()) if (name.startsWith('Session:')) stored.delete(name);
    },
    close: () => server.close(0),
  };
}

interface Stored extends Record<string, unknown> {
  uid?: string;
  grantId?: string;
}

/** Unbounded storage in memory. The library's own storage forgets after a thousand requests. */
function adapterOf(stored: Map<string, Stored>, model: string) {
  const key = (id: string) => `${model}:${id}`;
  const find = async (id: string) => stored.get(key(id));
  return {
    find,
    upsert: async (id: string, payload: Stored) => void stored.set(key(id), payload),
    destroy: async (id: string) => void stored.delete(key(id)),
    consume: async (id: string) =>
      void Object.assign(stored.get(key(id)) ?? {}, { consumed: Math.floor(Date.now() / 1_000) }),
    findByUid: async (uid: string) =>
      [...stored].find(([name, payload]) => name.startsWith(`${model}:`) && payload.uid === uid)?.[1],
    async revokeByGrantId(grantId: string) {
      for (const [name, payload] of stored) if (payload.grantId === grantId) stored.delete(name);
    },
  };
}

/** Holds an answer back. */
function delayEnd(response: ServerResponse, milliseconds: number): void {
  const end = response.end.bind(response);
  Object.assign(response, {
    end: (body: unknown) => setTimeout(() => end(body), milliseconds),
  });
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}
