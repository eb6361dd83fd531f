import { deriveUserId } from '../../core/user-id.ts';

export interface StrangerRequest {
  /** The operation, and for a second request of it what is special. */
  name: string;
  path: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

interface OpenApi {
  paths: Record<string, Record<string, { operationId: string }>>;
}

/** Cookies up to this length pass the service's limit of 16 KB for all headers. */
const BOMB_BYTES = 15_500;
const MADE_UP = 'A'.repeat(43);
const UNSIGNED = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;

/**
 * For each operation of the OpenAPI document, a request that a stranger can send without any effort, and that gets as
 * far as possible: from the app's own page, with a made-up session of a user whose id is known, and a body that fits.
 */
export function strangerRequests(document: OpenApi, origin: string): StrangerRequest[] {
  const victim = deriveUserId('https://provider.example', 'victim');
  const common = { host: new URL(origin).host, origin, cookie: `__Host-session=${victim}.${MADE_UP}` };
  const json = { ...common, 'content-type': 'application/json' };
  const form = { ...common, 'content-type': 'application/x-www-form-urlencoded' };
  const bomb = (name: (number: number) => string, value: string) => {
    const cookies: string[] = [];
    for (let bytes = 0, number = 0; ; number++) {
      const cookie = `${name(number)}=${value}`;
      bytes += cookie.length + 2;
      if (bytes > BOMB_BYTES) return cookies.join('; ');
      cookies.push(cookie);
    }
  };
  const requests = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]): StrangerRequest => {
      const request = {
        name: operationId,
        path: path.replace(/\{\w+\}/g, 'AAAAAAAAAAAAAAAAAAAAAA'),
        method: method.toUpperCase(),
      };
      if (operationId === 'callback') return { ...request, path: `${path}?code=x&state=x`, headers: common };
      if (operationId === 'end_session') {
        return { ...request, path: `${path}?ticket=${'A'.repeat(22)}.${MADE_UP}`, headers: common };
      }
      if (operationId === 'backchannel_logout') {
        return { ...request, headers: form, body: `logout_token=${UNSIGNED}` };
      }
      if (method === 'get') return { ...request, headers: common };
      return { ...request, headers: json, body: '{}' };
    }),
  );
  const number = (text: number, length: number) => String(text).padStart(length, 'x');
  const files = bomb((index) => `__Host-files-${number(index, 26)}`, '1');
  const logins = bomb((index) => `__Host-login-${number(index, 22)}`, 'a.b.c.d.e');
  return [
    ...requests,
    {
      name: 'logout, 15 KB of cookies',
      path: '/auth/logout',
      method: 'POST',
      headers: { ...common, cookie: files },
    },
    {
      name: 'login, 15 KB of cookies',
      path: '/auth/login',
      method: 'GET',
      headers: { ...common, cookie: logins },
    },
  ];
}
