import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGateway, type IdToken, type NativeGateway } from '@cloudfront-cookie-gateway/client/native';
import * as oidc from 'openid-client';
import { NotSignedInError, UsageError } from './errors.ts';
import type { Keep } from './keep.ts';

const LOGIN = 'login';

/** Where the person has signed in. */
export interface Login {
  app: string;
  issuer: string;
  clientId: string;
  /** If the provider gives one, a session that has ended begins anew without the person. */
  refreshToken?: string | undefined;
}

interface Asking {
  signal: AbortSignal;
  show: (text: string) => void;
}

/**
 * The person signs in at the identity provider: by the device flow (RFC 8628) if the provider has it, else by a redirect
 * to this machine (RFC 8252).
 */
export async function signIn(login: Login, keep: Keep, asking: Asking): Promise<NativeGateway> {
  let idToken = (): IdToken => {
    throw new NotSignedInError();
  };
  const gateway = gatewayAt(login.app, () => idToken(), keep);
  const config = await providerOf(login);
  const { device_authorization_endpoint, scopes_supported } = config.serverMetadata();
  const refreshes = scopes_supported?.includes('offline_access') ? ' offline_access' : '';
  const scope = `openid profile email${refreshes}`;
  const flow = device_authorization_endpoint === undefined ? byRedirect : byDevice;
  const tokens = await flow(config, scope, asking);
  // A former session ends here, not by its age. The network may fail, and the new session begins anyway.
  await signOut(keep).catch(() => {});
  idToken = () => idTokenOf(tokens);
  await gateway.session();
  keep.setItem(LOGIN, JSON.stringify({ ...login, refreshToken: tokens.refresh_token }));
  return gateway;
}

/** @throws UsageError if the app host cannot be one */
function gatewayAt(appOrigin: string, token: () => IdToken, storage: Keep): NativeGateway {
  try {
    return createGateway({ appOrigin, token, storage });
  } catch (cause) {
    throw new UsageError('--app must be an https origin, such as https://app.example.com', { cause });
  }
}

/** Ends the session, and forgets everything. Without a session, it only forgets. */
export async function signOut(keep: Keep): Promise<void> {
  try {
    if (keep.getItem(LOGIN) !== null) await gatewayOf(keep).logout();
  } finally {
    // A command that gets a new token would keep it after this.
    await keep.alone(LOGIN, async () => keep.clear());
  }
}

/** The gateway where the person has signed in. Its methods throw NotSignedInError if the person has to sign in again. */
export function gatewayOf(keep: Keep): NativeGateway {
  const { app: appOrigin } = keptLogin(keep);
  return createGateway({ appOrigin, token: () => freshToken(keep), storage: keep });
}

/** A refresh token may be good for one use only, so two commands use it one after the other. */
function freshToken(keep: Keep): Promise<IdToken> {
  return keep.alone(LOGIN, async () => {
    const login = keptLogin(keep);
    if (login.refreshToken === undefined) throw new NotSignedInError();
    try {
      const tokens = await oidc.refreshTokenGrant(await providerOf(login), login.refreshToken);
      const { refresh_token: refreshToken = login.refreshToken } = tokens;
      keep.setItem(LOGIN, JSON.stringify({ ...login, refreshToken }));
      return idTokenOf(tokens);
    } catch (cause) {
      // It is of a status below 500: the provider refuses the token.
      throw cause instanceof oidc.ResponseBodyError ? new NotSignedInError({ cause }) : cause;
    }
  });
}

function keptLogin(keep: Keep): Login {
  const kept = keep.getItem(LOGIN);
  if (kept === null) throw new NotSignedInError();
  return JSON.parse(kept);
}

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** The nonce was compared already, if the provider was sent one. The app host wants it as well. */
function idTokenOf(tokens: Tokens): IdToken {
  const { id_token: idToken } = tokens;
  const nonce = tokens.claims()?.nonce;
  if (idToken === undefined) throw new NotSignedInError();
  return { idToken, ...(nonce !== undefined && { nonce }) };
}

/** @throws UsageError */
function providerOf({ issuer, clientId }: Login): Promise<oidc.Configuration> {
  if (!URL.canParse(issuer))
    throw new UsageError('--issuer must be an address, such as https://login.example.com');
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(issuer).hostname);
  return oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), {
    execute: isHere ? [oidc.allowInsecureRequests] : [],
  });
}

async function byDevice(
  config: oidc.Configuration,
  scope: string,
  { show, signal }: Asking,
): Promise<Tokens> {
  const begun = await oidc.initiateDeviceAuthorization(config, { scope });
  show(`Open ${begun.verification_uri} in any browser, and type this code:\n${begun.user_code}`);
  return oidc.pollDeviceAuthorizationGrant(config, begun, undefined, { signal });
}

async function byRedirect(
  config: oidc.Configuration,
  scope: string,
  { show, signal }: Asking,
): Promise<Tokens> {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const code_challenge = await oidc.calculatePKCECodeChallenge(pkceCodeVerifier);
  const back = await waitForRedirect(expectedState, signal, (redirect_uri) => {
    // A provider gives `offline_access` with a person's consent only (OpenID Connect Core, section 11).
    const consent = scope.includes('offline_access') ? { prompt: 'consent' } : {};
    const asked = { redirect_uri, scope, state: expectedState, nonce: expectedNonce, ...consent };
    const url = oidc.buildAuthorizationUrl(config, {
      ...asked,
      code_challenge,
      code_challenge_method: 'S256',
    });
    show(`Open this address in a browser of this machine:\n${url.href}`);
  });
  return oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce });
}

/** The address to which the provider has sent the browser. Other requests, without the state, count for nothing. */
async function waitForRedirect(
  state: string,
  signal: AbortSignal,
  onListening: (redirectUri: string) => void,
): Promise<URL> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const redirectUri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/callback`;
  const back = new Promise<URL>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    server.on('request', (request, response) => {
      // Any program of this machine can send a target that is no URL.
      const url = URL.parse(request.url ?? '/', redirectUri);
      const isOurs = url?.pathname === '/callback' && url.searchParams.get('state') === state;
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' });
      response.end(isOurs ? 'Go back to the terminal.\n' : '');
      if (url && isOurs) resolve(url);
    });
  });
  onListening(redirectUri);
  return back.finally(() => server.close());
}
