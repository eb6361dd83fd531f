import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { TestStack } from './test-stack.ts';

interface StoredCookie {
  value: string;
  path: string;
}

/** The cookies of one host name, as a browser keeps them: by name and path. Ports do not matter. */
export class CookieJar {
  readonly #cookies = new Map<string, StoredCookie>();

  store(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/;\s*/);
      const name = pair.slice(0, pair.indexOf('='));
      const attribute = (wanted: string) =>
        attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const path = attribute('path') ?? '/';
      const expires = attribute('expires');
      const isGone =
        attribute('max-age') === '0' || (expires !== undefined && new Date(expires) <= new Date());
      const key = `${name};${path}`;
      if (isGone) this.#cookies.delete(key);
      else this.#cookies.set(key, { value: pair.slice(name.length + 1), path });
    }
  }

  /** A new jar with the same cookies except one. */
  without(name: string): CookieJar {
    const copy = new CookieJar();
    for (const [key, cookie] of this.#cookies)
      if (!key.startsWith(`${name};`)) copy.#cookies.set(key, cookie);
    return copy;
  }

  header(path: string): string {
    return [...this.#cookies]
      .filter(([, cookie]) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')))
      .map(([key, cookie]) => `${key.split(';')[0]}=${cookie.value}`)
      .join('; ');
  }

  names(): string[] {
    return [...this.#cookies.keys()].map((key) => key.split(';')[0] ?? '');
  }

  get(name: string): string | undefined {
    return [...this.#cookies].find(([key]) => key.startsWith(`${name};`))?.[1].value;
  }
}

export interface SignedInUser {
  id: string;
  jar: CookieJar;
  /** The answer of the callback, with its Set-Cookie lines. */
  callback: Response;
  request(url: string, init?: RequestInit): Promise<Response>;
  /** Sends a request as the app's own page does. */
  post(path: string, body?: unknown): Promise<Response>;
  delete(path: string): Promise<Response>;
  upload(file: {
    name: string;
    type: string;
    bytes: Uint8Array<ArrayBuffer>;
    /** Whether a file of this name may be overwritten. */
    replace?: boolean;
    changedAt?: string;
  }): Promise<{ url: string; name: string; status: number }>;
}

/** Sends one request with the cookies of a jar. Redirects are not followed. */
export async function send(jar: CookieJar, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const cookie = jar.header(new URL(url).pathname);
  if (cookie) headers.set('cookie', cookie);
  const response = await fetch(url, { ...init, headers, redirect: 'manual' });
  jar.store(response);
  return response;
}

/** Signs in at the provider's form. @returns the address of the callback, which nobody has requested yet */
export async function signInUpToCallback(
  stack: Pick<TestStack, 'appOrigin'>,
  login: string,
  jar: CookieJar,
  returnTo = '/',
): Promise<string> {
  let response = await send(jar, `${stack.appOrigin}/auth/login?return_to=${encodeURIComponent(returnTo)}`);
  let url = stack.appOrigin;
  for (let step = 0; step < 10; step++) {
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url).href;
      if (url.startsWith(`${stack.appOrigin}/`)) return url;
      response = await send(jar, url);
    } else {
      const html = await response.text();
      const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1] ?? url;
      url = new URL(action.replaceAll('&amp;', '&'), url).href;
      response = await send(jar, url, {
        method: 'POST',
        body: new URLSearchParams({ login, password: 'any' }),
      });
    }
  }
  throw new Error(`sign-in got stuck with ${response.status} at ${url}`);
}

/** Signs in at the provider's form, callback included. */
export async function signIn(
  stack: Pick<TestStack, 'appOrigin'>,
  login: string,
  jar = new CookieJar(),
  returnTo = '/',
): Promise<SignedInUser> {
  const response = await send(jar, await signInUpToCallback(stack, login, jar, returnTo));
  const session = await send(jar, `${stack.appOrigin}/auth/session`);
  if (session.status !== 200)
    throw new Error(`sign-in ended with ${response.status} ${await response.text()}`);
  const { user } = await parseJson<{ user: { id: string } }>(session);
  return signedIn(stack, { id: user.id, jar, callback: response });
}

/** The same user, whose requests about files go to the folder of a team. */
export function inTeam(
  stack: Pick<TestStack, 'appOrigin'>,
  { id, jar, callback }: SignedInUser,
  teamId: string,
): SignedInUser {
  return signedIn(stack, { id, jar, callback }, `/api/teams/${teamId}/`);
}

/** Opens a link in a browser of its own, where nobody is signed in. Its requests about files go through the link. */
export async function openLink(stack: Pick<TestStack, 'appOrigin'>, secret: string): Promise<SignedInUser> {
  const jar = new CookieJar();
  const answer = await send(jar, `${stack.appOrigin}/auth/links/open`, {
    method: 'POST',
    headers: { origin: stack.appOrigin, 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  });
  if (answer.status !== 200) throw new Error(`link refused: ${await answer.text()}`);
  const { link } = await parseJson<{ link: { id: string } }>(answer.clone());
  return signedIn(stack, { id: link.id, jar, callback: answer }, `/api/links/${link.id}/`);
}

function signedIn(
  stack: Pick<TestStack, 'appOrigin'>,
  { id, jar, callback }: Pick<SignedInUser, 'id' | 'jar' | 'callback'>,
  api = '/api/',
): SignedInUser {
  const inFolder = (url: string) => url.replace(`${stack.appOrigin}/api/`, stack.appOrigin + api);
  const post = (path: string, body?: unknown) =>
    send(jar, inFolder(stack.appOrigin + path), {
      method: 'POST',
      headers: {
        origin: stack.appOrigin,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    id,
    jar,
    callback,
    request: (url, init) => send(jar, inFolder(url), init),
    post,
    delete: (path) =>
      send(jar, inFolder(stack.appOrigin + path), { method: 'DELETE', headers: { origin: stack.appOrigin } }),
    async upload({ bytes, ...wanted }) {
      const asked = { ...wanted, size: bytes.length, sha256: sha256(bytes) };
      const promised = await post('/api/uploads', asked);
      const answer = await parseJson<PromisedUpload>(promised);
      if (promised.status !== 201) throw new Error(`upload refused: ${JSON.stringify(answer)}`);
      const stored = await sendPut(stack, answer.upload, bytes);
      return { url: answer.url, name: answer.name, status: stored.status };
    },
  };
}

/** The answer to `POST /api/uploads`, for a file that goes in one PUT. */
export interface PromisedUpload {
  name: string;
  url: string;
  upload: SignedPut;
}

export interface SignedPut {
  method: string;
  url: string;
  headers: Record<string, string>;
  expiresAt: string;
}

/** Sends the bytes of a file to S3, as the page does. */
export function sendPut(
  { appOrigin }: Pick<TestStack, 'appOrigin'>,
  { method, url, headers }: SignedPut,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return fetch(url, { method, body, headers: { ...headers, origin: appOrigin } });
}

/** A real PNG: one grey pixel, and a text of any length behind it. */
/** Waits for the next second of S3's clock: emptying the trash leaves what was deleted in the present one. */
export async function nextSecond(): Promise<void> {
  await setTimeout(1_000 - (Date.now() % 1_000) + 1);
}

export function png(comment = ''): Uint8Array<ArrayBuffer> {
  const pixel = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
    'base64',
  );
  return new Uint8Array(Buffer.concat([pixel, Buffer.from(comment)]));
}

export function sha256(bytes: ArrayBuffer | Uint8Array): string {
  return createHash('sha256').update(new Uint8Array(bytes)).digest('hex');
}

/** The policy of a `CloudFront-Policy` cookie, decoded. */
export function decodePolicy(cookie: string): unknown {
  const base64 = cookie.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  return JSON.parse(Buffer.from(base64, 'base64').toString());
}

/** The JSON of an answer, typed as the shape that the caller checks next. */
export async function parseJson<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

export interface FileList {
  files: { name: string; size: number; type: string; etag: string; url: string; thumbnailUrl?: string }[];
  cursor?: string;
}
