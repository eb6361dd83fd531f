import { sign as signBytes } from 'node:crypto';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Fixture } from './fixture.ts';
import type { KeyName } from './template.ts';

/** The features that an emulator may claim. The suite asks nothing about other features. */
export type Feature =
  | 'behaviors'
  | 'cache'
  | 'compression'
  | 'conditions'
  | 'cors'
  | 'errorPages'
  | 'functions'
  | 'headersPolicies'
  | 'limits'
  | 'methods'
  | 'originGroups'
  | 'rootObject'
  | 'serverOrigins'
  | 'signatures'
  | 'store';

export interface Question {
  /** The beginning of the fact in `test/edge/local/conformance/`. No other fact begins like this. */
  fact: string;
  needs: readonly Feature[];
  /** @throws AssertionError if the answer differs from CloudFront's */
  ask(viewer: Viewer): Promise<void>;
}

export function question(
  fact: string,
  needs: readonly Feature[],
  ask: (viewer: Viewer) => Promise<void>,
): Question {
  return { fact, needs, ask };
}

export interface Given {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  bytes: Buffer;
}

export interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The content of a signature, and its form. */
export interface Wish {
  /** The path that Resource names, unless `policy` is given. It may contain `*`. */
  path?: string;
  /** A whole policy, or its text. */
  policy?: object | string;
  key?: KeyName;
  hash?: 'sha1' | 'sha256';
  /** Whether Hash-Algorithm is sent. By default it is sent if the hash needs it. */
  isMarked?: boolean;
  /** True for a canned policy for the URL of `path`. */
  isCanned?: boolean;
}

export interface Viewer {
  /** The address as viewers type it. */
  origin: string;
  ask(rawTarget: string, options?: AskOptions): Promise<Given>;
  /** Policy or Expires, Signature, Key-Pair-Id and, if it is sent, Hash-Algorithm. */
  sign(wish: Wish): Record<string, string>;
}

/** The most milliseconds for one answer. */
const PATIENCE_MS = 30_000;

export function epochIn(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

export function policyFor(resource: string, condition: object = {}): object {
  const lasting = { DateLessThan: { 'AWS:EpochTime': epochIn(3_600) } };
  return { Statement: [{ Resource: resource, Condition: { ...lasting, ...condition } }] };
}

export function spelled(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

export function asCookies(fields: Record<string, string>): AskOptions {
  const cookie = Object.entries(fields).map(([name, value]) => `CloudFront-${name}=${value}`);
  return { headers: { cookie: cookie.join('; ') } };
}

export function asQuery(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export function createViewer(origin: string, keys: Fixture['keys']): Viewer {
  const { hostname, port, host } = new URL(origin);
  return {
    origin,
    ask(rawTarget, { method = 'GET', headers = {}, body } = {}) {
      // Node sends no length for DELETE by itself.
      const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
      return new Promise((resolve, reject) => {
        const asked = request(
          // The path goes out byte for byte.
          {
            ...{ hostname, port, path: rawTarget, method, agent: false },
            headers: { host, ...length, ...headers },
          },
          async (response) => {
            const bytes = await buffer(response);
            const { statusCode: status = 0 } = response;
            resolve({ status, headers: response.headers, body: bytes.toString(), bytes });
          },
        );
        asked.setTimeout(PATIENCE_MS, () => asked.destroy(new Error('no answer')));
        asked.on('error', reject);
        asked.end(body);
      });
    },
    sign({ path = '/private/*', policy, key = 'KEC', hash = 'sha256', isMarked, isCanned = false }) {
      const expires = epochIn(3_600);
      const canned = JSON.stringify({
        Statement: [
          { Resource: `${origin}${path}`, Condition: { DateLessThan: { 'AWS:EpochTime': expires } } },
        ],
      });
      const custom = policy ?? policyFor(`${origin}${path}`);
      const text = typeof custom === 'string' ? custom : JSON.stringify(custom);
      const bytes = Buffer.from(isCanned ? canned : text);
      return {
        ...(isCanned ? { Expires: String(expires) } : { Policy: spelled(bytes) }),
        Signature: spelled(signBytes(hash, bytes, keys[key])),
        'Key-Pair-Id': key,
        ...((isMarked ?? hash === 'sha256') ? { 'Hash-Algorithm': hash.toUpperCase() } : {}),
      };
    },
  };
}
