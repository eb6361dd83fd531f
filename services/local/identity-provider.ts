import { type JsonWebKey, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { Provider, type ProviderContext } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { readLoginHint } from './demo/login-hint.ts';
import {
  codePage,
  confirmPage,
  loginPage,
  logoutPage,
  messagePage,
  type Page,
} from './identity-provider-pages.ts';
import { type LocalServer, readBody, refuse, refuseForeignHost } from './store/http.ts';

export interface IdentityProviderOptions {
  /** The provider's origin, such as `http://localhost:9000`. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Public clients that are no browser. */
  nativeClientIds?: string[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  backchannelLogoutUri?: string;
  /** Private keys; the first one signs. */
  jwks: { keys: JsonWebKey[] };
  /** Keys that sign the provider's cookies. The first one signs. */
  cookieKeys: string[];
}

const SCOPES = 'openid profile email';
/** The port is free (RFC 8252, section 7.3). */
const LOOPBACK_REDIRECTS = ['127.0.0.1', '[::1]', 'localhost'].map((host) => `http://${host}/callback`);
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const INTERACTION_PATH = '/interaction/';
const SESSION_TTL_SECONDS = 12 * 3600;
/** The groups of a login for which the form has named none yet. */
const USUAL_GROUPS = ['everyone'];

/** The groups of each login, as the form named them last. */
type Groups = Map<string, string[]>;

/**
 * An OpenID provider for development. Any login signs in as that subject, and consent is implied. The form names the
 * subject's groups, which are the claim `groups`. The provider has the authorization code flow with PKCE, the device flow
 * (RFC 8628) for native clients, RP-initiated logout and back-channel logout. Everything that it says of a subject is in
 * the ID token too. It keeps everything in memory except the keys.
 */
export function createIdentityProvider(options: IdentityProviderOptions): LocalServer {
  const groups: Groups = new Map();
  const provider: Provider = new Provider(options.issuer, {
    ...configuration(options, groups),
    loadExistingGrant: (context: ProviderContext) => grantOf(provider, context),
  });
  provider.on('server_error', (_context, error) => console.error('identity provider:', error));
  provider.on('backchannel.error', (_context, error) => console.error('identity provider:', error));
  const answer = provider.callback();
  const host = new URL(options.issuer).host;
  let server: LoopbackServer | undefined;

  return {
    listen: async (port) => {
      server = await listenOnLoopback((request, response) => {
        if (refuseForeignHost(request, response, [host])) return;
        if (!request.url?.startsWith(INTERACTION_PATH)) {
          answer(request, response);
          return;
        }
        login({ provider, groups, ...options }, request, response).catch((error: unknown) => {
          console.error('identity provider:', error);
          refuse(response, 500, 'The sign-in failed.');
        });
      }, port);
      return { port: server.port };
    },
    close: async () => {
      await server?.close();
    },
  };
}

async function grantOf(provider: Provider, { oidc: { client, session } }: ProviderContext) {
  const known = session.grantIdFor(client.clientId);
  const existing = known === undefined ? undefined : await provider.Grant.find(known);
  if (existing) return existing;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(`${SCOPES} offline_access`);
  await grant.save();
  return grant;
}

async function login(
  parts: { provider: Provider; groups: Groups; issuer: string; clientSecret: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { provider, groups, issuer, clientSecret } = parts;
  const params = (await provider.interactionDetails(request, response).catch(() => undefined))?.params;
  if (!params) {
    send(response, 400, messagePage('Sign in again', 'This sign-in has expired. Start again at the app.'));
    return;
  }
  const hinted = readLoginHint(params['login_hint'], params['state'], clientSecret);
  if (hinted !== undefined) {
    return provider.interactionFinished(request, response, signedIn(hinted));
  }
  if (request.method !== 'POST') {
    send(response, 200, loginPage({ login: '', groups: USUAL_GROUPS.join(', ') }));
    return;
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== issuer) {
    refuse(response, 403, 'The form of another site cannot sign in here.');
    return;
  }
  const body = await readBody(request, 16_384);
  if (!body) {
    refuse(response, 413, 'The sign-in failed.');
    return;
  }
  const form = new URLSearchParams(body.toString('utf8'));
  const accountId = (form.get('login') ?? '').trim();
  const rawGroups = form.get('groups');
  const fault = loginFault(accountId);
  if (fault !== undefined) {
    send(response, 400, loginPage({ login: accountId, groups: rawGroups ?? '' }, fault));
    return;
  }
  if (rawGroups !== null) {
    groups.set(
      accountId,
      rawGroups.split(',').flatMap((name) => name.trim() || []),
    );
  }
  await provider.interactionFinished(request, response, signedIn(accountId));
}

/** A native client always needs the consent of a person, even of one who is signed in. */
function signedIn(accountId: string) {
  return { login: { accountId }, consent: {} };
}

/** The settings of `oidc-provider`. */
function configuration({ backchannelLogoutUri, ...options }: IdentityProviderOptions, groups: Groups) {
  const backchannel = {
    backchannel_logout_uri: backchannelLogoutUri,
    backchannel_logout_session_required: true,
  };
  return {
    adapter: createMemoryAdapter(),
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: options.redirectUris,
        post_logout_redirect_uris: options.postLogoutRedirectUris,
        ...(backchannelLogoutUri === undefined ? {} : backchannel),
      },
      ...(options.nativeClientIds ?? []).map((client_id) => ({
        client_id,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', DEVICE_CODE, 'refresh_token'],
        redirect_uris: LOOPBACK_REDIRECTS,
      })),
    ],
    // A copy, because the provider writes into it.
    jwks: structuredClone(options.jwks),
    cookies: { keys: options.cookieKeys },
    claims: { openid: ['sub', 'jti'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: (use: string) => ({
        ...{ sub, name: sub, groups: groups.get(sub) ?? USUAL_GROUPS },
        ...{ email: `${sub}@example.test`, email_verified: true },
        // Without it, the ID tokens that one second makes for a user are one token, which is taken once.
        ...(use === 'id_token' ? { jti: randomUUID() } : {}),
      }),
    }),
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `${INTERACTION_PATH}${uid}` },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context: ProviderContext, form: string, _out: unknown, fault?: Error) =>
          show(context, codePage(form, fault && 'This code is wrong, has expired or was already used.')),
        userCodeConfirmSource: (
          context: ProviderContext,
          form: string,
          ...[, , code]: [unknown, unknown, string]
        ) => show(context, confirmPage(form, code)),
        successSource: (context: ProviderContext) =>
          show(
            context,
            messagePage('Signed in', 'Go back to your device or program. You can close this page.'),
          ),
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: ProviderContext, form: string) => show(context, logoutPage(form)),
        postLogoutSuccessSource: (context: ProviderContext) =>
          show(context, messagePage('Signed out', 'You are signed out at the identity provider.')),
      },
    },
    renderError: (context: ProviderContext, { error, error_description = '' }: Record<string, string>) =>
      show(context, messagePage('The sign-in failed', `${error}: ${error_description}`)),
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: SESSION_TTL_SECONDS,
      IdToken: 3600,
      Interaction: 3600,
      Session: SESSION_TTL_SECONDS,
    },
    fetch: fetchFromLoopback,
  };
}

/** Replaces the provider's guard against requests to inner networks. That guard would refuse this machine. */
async function fetchFromLoopback(url: URL | string, options: RequestInit): Promise<Response> {
  const { hostname } = new URL(url);
  if (!['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    throw new Error(`the local identity provider calls this machine only, not ${hostname}`);
  }
  const { dispatcher: _guarded, ...rest } = options;
  return fetch(url, { ...rest, redirect: 'error' });
}

/** OpenID Connect Core 1.0, section 2: `sub` has at most 255 ASCII characters. */
function loginFault(login: string): string | undefined {
  if (login === '') return 'Enter a login: any name will do.';
  if (!/^[\x20-\x7e]*$/.test(login))
    return 'A login has ASCII characters only: OpenID Connect allows no others.';
  return login.length > 255 ? 'A login has at most 255 characters.' : undefined;
}

function show(context: ProviderContext, { html, headers }: Page): void {
  context.body = html;
  context.set(headers);
}

function send(response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, page.headers);
  response.end(page.html);
}
