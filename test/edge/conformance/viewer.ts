import { equal, match } from 'node:assert/strict';
import { sign as signBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type AskOptions, createAsker } from '../../../services/operator/probe/asker.ts';
import { secondsFromNow } from '../../../services/operator/probe/credentials.ts';
import type { Fixture, KeyName } from './fixture.ts';

export interface Given {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  bytes: Buffer;
}

/** The content of a signature, and its form. */
export interface Wish {
  /** The path that Resource names, unless `policy` is given. It may contain `*`. */
  path?: string;
  /** Further conditions of the policy. */
  condition?: object;
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
  close(): void;
}

/** The most milliseconds for one answer. */
const PATIENCE_MS = 30_000;

export function policyFor(resource: string, condition: object = {}): object {
  const lasting = { DateLessThan: { 'AWS:EpochTime': secondsFromNow(3_600) } };
  return { Statement: [{ Resource: resource, Condition: { ...lasting, ...condition } }] };
}

export function spelled(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

export function asCookies(fields: Record<string, string>): { headers: { cookie: string } } {
  const cookie = Object.entries(fields).map(([name, value]) => `CloudFront-${name}=${value}`);
  return { headers: { cookie: cookie.join('; ') } };
}

function asQuery(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** A viewer at this address. The path goes out byte for byte. */
export function createViewer(origin: string, keys: Fixture['keys']): Viewer {
  const asker = createAsker(origin, new AbortController().signal);
  return {
    origin,
    async ask(rawTarget, options) {
      const { body, ...answer } = await asker.ask(rawTarget, { timeoutMs: PATIENCE_MS, ...options });
      return { ...answer, body: body.toString(), bytes: body };
    },
    close: asker.close,
    sign({
      path = '/private/*',
      condition,
      policy,
      key = 'KEC',
      hash = 'sha256',
      isMarked,
      isCanned = false,
    }) {
      const expires = secondsFromNow(3_600);
      const canned = JSON.stringify({
        Statement: [
          { Resource: `${origin}${path}`, Condition: { DateLessThan: { 'AWS:EpochTime': expires } } },
        ],
      });
      const custom = policy ?? policyFor(`${origin}${path}`, condition);
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

export const FILE = '/private/a.txt';

export function opened({ status, body }: Given, content = 'private a'): void {
  equal(`${status} ${body}`, `200 ${content}`);
}

export function refused({ status, body }: Given, code = 'AccessDenied', message = ''): void {
  equal(status, 403);
  match(body, new RegExp(`<Code>${code}</Code><Message>${message}`));
}

export const byCookies = (viewer: Viewer, wish: Wish, path = FILE) =>
  viewer.ask(path, asCookies(viewer.sign(wish)));
export const byUrl = (viewer: Viewer, wish: Wish, path = FILE) =>
  viewer.ask(`${path}${path.includes('?') ? '&' : '?'}${asQuery(viewer.sign(wish))}`);

export const opens = async (viewer: Viewer, path: string, asked = path) =>
  (await byCookies(viewer, { path }, asked)).status === 200;
