import type { Deps } from '@cloudfront-cookie-gateway/auth/wiring/deps';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { FastifyInstance } from 'fastify';
import { type CookieJar, createCookieJar } from './cookie-jar.ts';
import type { EdgeAnswer } from './edge-request.ts';
import { signLoginHint } from './login-hint.ts';
import { listOf, parseRecord, textOf } from './record.ts';

/** The service that the demonstration runs in. */
export interface Service {
  app: FastifyInstance;
  deps: Pick<Deps, 'config'>;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What the service has answered. */
export interface Answer extends EdgeAnswer {
  body: Record<string, unknown>;
}

/** A browser that has opened the app's own page. */
export interface Browser {
  jar: CookieJar;
  /** Sends a request as the app's own page does. */
  send(method: Method, path: string, body?: object): Promise<Answer>;
  /**
   * The same for a request that must succeed.
   * @returns the body
   * @throws Error that names the request and the answer
   */
  ask(method: Method, path: string, body?: object): Promise<Record<string, unknown>>;
}

/** Somebody with a browser, who has signed in. */
export interface Person extends Browser {
  id: string;
  /** Ends this session. */
  signOut(): Promise<void>;
}

/** More redirects than a sign-in has. */
const MAX_REDIRECTS = 10;

/**
 * Begins a sign-in at the local provider, which will ask for no form.
 * @returns the address at the provider, and the cookies of the sign-in
 */
export async function beginLogin(
  { app, deps: { config } }: Service,
  login: string,
  headers: Record<string, string>,
): Promise<{ url: URL; setCookies: string[] }> {
  const begun = await app.inject({ url: '/auth/login?return_to=/', headers });
  const url = new URL(begun.headers.location ?? '');
  const state = url.searchParams.get('state') ?? '';
  const { oidcClientSecret: clientSecret = '' } = config;
  // Without this, a provider that still has a session of another person would not ask who signs in.
  url.searchParams.set('prompt', 'login');
  url.searchParams.set('login_hint', signLoginHint(login, state, clientSecret));
  return { url, setCookies: [begun.headers['set-cookie'] ?? []].flat() };
}

/** A browser in which nobody has signed in. */
export function createBrowser({ app, deps }: Service): Browser {
  const { app: origin } = deps.config.origins;
  const { host } = new URL(origin);
  const jar = createCookieJar();
  const send: Browser['send'] = async (method, path, body) => {
    const cookie = jar.header(path.split('?', 1).join());
    const answer = await app.inject({
      method,
      url: path,
      headers: { host, origin, cookie, accept: 'application/json' },
      ...defined({ payload: body }),
    });
    jar.store([answer.headers['set-cookie'] ?? []].flat());
    const answered = answer.payload === '' ? {} : parseRecord(answer.json());
    const { code } = answered;
    return { status: answer.statusCode, body: answered, ...(typeof code === 'string' ? { code } : {}) };
  };
  return {
    jar,
    send,
    async ask(method, path, body) {
      const { status, code = '', body: answered } = await send(method, path, body);
      if (status >= 400) throw new Error(`${method} ${path}: ${status} ${code}`);
      return answered;
    },
  };
}

/** Signs somebody in as a browser would, by way of the local provider. */
export async function signInAs(service: Service, login: string): Promise<Person> {
  const { app, deps } = service;
  const { app: origin } = deps.config.origins;
  const { jar, send, ask } = createBrowser(service);
  const { host } = new URL(origin);
  const { url, setCookies } = await beginLogin(service, login, { host });
  jar.store(setCookies);
  const callback = await callbackOf(url.href, origin);
  const headers = { host, cookie: jar.header('/auth/callback') };
  const done = await app.inject({ url: callback.slice(origin.length), headers });
  jar.store([done.headers['set-cookie'] ?? []].flat());
  const { user } = await ask('GET', '/auth/session');
  const { sessions } = await ask('GET', '/api/sessions');
  const own = listOf(sessions).find(({ current }) => current === true);
  return {
    id: textOf(parseRecord(user)['id']),
    jar,
    send,
    ask,
    async signOut() {
      // The stopwatch measures `/auth/logout`, and this is not the visitor's sign-out.
      await ask('DELETE', `/api/sessions/${textOf(own?.['id'])}`);
    },
  };
}

/** Follows the provider's redirects up to the address of the callback. */
async function callbackOf(start: string, appOrigin: string): Promise<string> {
  const jar = createCookieJar();
  let url = start;
  for (let count = 0; count < MAX_REDIRECTS; count++) {
    const cookie = jar.header(new URL(url).pathname);
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    jar.store(answer.headers.getSetCookie());
    url = new URL(answer.headers.get('location') ?? '', url).href;
    if (url.startsWith(`${appOrigin}/`)) return url;
  }
  throw new Error('the local identity provider does not end the sign-in');
}
