import { createRequest, isOver, type Json, lose, nobody, type SignedIn } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Credential, IdToken, NativeOptions } from './native-types.ts';
import { once } from './once.ts';
import type { Method, RequestApi, Session, Stoppable } from './types.ts';

const OAUTH = 'urn:ietf:params:oauth';
/** The key of the access token in the storage. */
const SESSION = 'session';
/** A credential is renewed after this part of its lifetime. */
const USED = 2 / 3;

/** What `/auth/token` and `/auth/refresh` say of a folder. */
interface Files extends Omit<Credential, 'expiresAtMs'> {
  expires_in: number;
}

interface Held extends Credential {
  renewAtMs: number;
}

/**
 * The session of a client that is no browser. It begins when it is needed, by an ID token, and begins anew once it has
 * ended.
 */
export function createBearer({ appOrigin, token, storage }: NativeOptions) {
  checkOrigin(appOrigin);
  /** Empty while there is none. */
  let accessToken = '';
  const held = new Map<string, Held>();
  const renewals = new Map<string, () => Promise<Credential>>();

  const ask: RequestApi = createRequest(
    () => accessToken.split('.')[0],
    () => {},
    (path, { headers, ...init } = {}) =>
      fetch(appOrigin + path, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(headers)), authorization: `Bearer ${accessToken}` },
        credentials: 'omit',
        redirect: 'error',
      }),
  );

  function hold(team: string, atMs: number, { expires_in, ...files }: Files): Held {
    const renewAtMs = atMs + expires_in * 1_000 * USED;
    const credential = { ...files, expiresAtMs: atMs + expires_in * 1_000, renewAtMs };
    held.set(team, credential);
    return credential;
  }

  async function forget(): Promise<void> {
    accessToken = '';
    held.clear();
    await storage?.removeItem(SESSION);
  }

  /** Takes the session that was kept. @returns whether there is one */
  async function recall(): Promise<boolean> {
    if (!accessToken) accessToken = (await storage?.getItem(SESSION)) ?? '';
    return accessToken !== '';
  }

  /** Takes the session that was kept, or begins one. */
  const begin = once(async () => {
    if (await recall()) return;
    const given = await token();
    const atMs = Date.now();
    const { access_token, files } = await exchange(appOrigin, given);
    accessToken = access_token;
    await storage?.setItem(SESSION, access_token);
    hold('', atMs, files);
  });

  async function signedIn(): Promise<Pick<Session, 'user'>> {
    if (!accessToken) await begin();
    const [id] = accessToken.split('.');
    if (!id) throw nobody();
    return { user: { id } };
  }

  const request: SignedIn['request'] = async <T>(
    method: Method,
    path: string,
    body?: object,
    userId?: string,
  ) => {
    for (let isAgain = false; ; isAgain = true) {
      const { id } = (await signedIn()).user;
      if (userId && userId !== id) throw nobody();
      const used = accessToken;
      try {
        return await ask<T>(method, path, body);
      } catch (error) {
        if (!isOver(error)) throw error;
        // Another request may have begun a new session meanwhile.
        if (accessToken === used) await forget();
        if (isAgain) throw error;
      }
    }
  };

  function renew(team = ''): Promise<Credential> {
    const query = team && `?team=${encodeURIComponent(team)}`;
    const renewal =
      renewals.get(team) ??
      once(async () => {
        const atMs = Date.now();
        const { files } = await request<{ files: Files }>('POST', `/auth/refresh${query}`);
        return hold(team, atMs, files);
      });
    renewals.set(team, renewal);
    return renewal();
  }

  return {
    request,
    signedIn,
    renew,
    /** @param team by default the user's own folder */
    async credential(team = ''): Promise<Credential> {
      await signedIn();
      const known = held.get(team);
      return known && Date.now() < known.renewAtMs ? known : renew(team);
    },
    session: (options?: Stoppable) => request<Session>('GET', '/auth/session', options),
    async logout(): Promise<void> {
      if (!(await recall())) return;
      await ask('POST', '/auth/logout').catch((error) => {
        if (!isOver(error)) throw error;
      });
      await forget();
    },
  };
}

/** `POST /auth/token` (RFC 8693). @throws ApiError */
async function exchange(appOrigin: string, given: IdToken): Promise<{ access_token: string; files: Files }> {
  const TIMEOUT_MS = 15_000;
  const { idToken, nonce } = typeof given === 'string' ? { idToken: given } : given;
  const answer = await fetch(`${appOrigin}/auth/token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: `${OAUTH}:grant-type:token-exchange`,
      subject_token_type: `${OAUTH}:token-type:id_token`,
      subject_token: idToken,
      ...(nonce && { nonce }),
    }),
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(lose);
  const body: Json = await answer.json().catch(lose);
  if (!answer.ok) throw new ApiError(answer.status, body.code, body);
  return body;
}

/** An access token must not be readable on its way. */
function checkOrigin(appOrigin: string): void {
  const { origin, protocol, hostname } = new URL(appOrigin);
  const isHere = /^(?:(?:.+\.)?localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  if (origin === appOrigin && (protocol === 'https:' || (protocol === 'http:' && isHere))) return;
  throw new TypeError('appOrigin must be an https origin without a path, such as https://app.example.com');
}
