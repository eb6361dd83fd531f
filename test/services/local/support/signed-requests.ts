import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SourceData } from '@smithy/types';
import { BUCKET, OPERATOR, REGION, raw, startS3 } from './local-s3.ts';

export const PATH = `/${BUCKET}/k`;
export const UNSIGNED = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
export const NOW = Date.parse('2026-11-25T12:00:00Z');

/** The interface of a hash that the signer demands. */
export class Sha256 {
  readonly #hash;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: SourceData): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: SourceData): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}

const signer = new SignatureV4({
  credentials: OPERATOR,
  region: REGION,
  service: 's3',
  sha256: Sha256,
  uriEscapePath: false,
});

function toSign(port: number, method: string, headers: Record<string, string> = {}, query = {}) {
  return {
    method,
    protocol: 'http:',
    hostname: 'localhost',
    port,
    path: PATH,
    query,
    headers: { host: `localhost:${port}`, ...headers },
  };
}

export async function signed(
  port: number,
  method: string,
  headers: Record<string, string> = UNSIGNED,
  date = NOW,
): Promise<Record<string, string>> {
  return (await signer.sign(toSign(port, method, headers), { signingDate: new Date(date) })).headers;
}

export async function presigned(
  port: number,
  method: string,
  changes: {
    expiresIn?: number;
    date?: number;
    headers?: Record<string, string>;
    /** The headers are parameters of the query. */
    isHoisted?: boolean;
    query?: object;
  } = {},
): Promise<string> {
  const { expiresIn = 60, date = NOW, headers, isHoisted = false, query = {} } = changes;
  const request = await signer.presign(toSign(port, method, headers ?? UNSIGNED, query), {
    signingDate: new Date(date),
    expiresIn,
    unhoistableHeaders: new Set(isHoisted ? [] : Object.keys(headers ?? {})),
  });
  const pairs = Object.entries(request.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${PATH}?${pairs.join('&')}`;
}

export async function start() {
  let nowMs = NOW;
  const { store, port } = await startS3({ now: () => nowMs });
  const put = await raw(port, 'PUT', PATH, await signed(port, 'PUT'), 'hello');
  if (put.status !== 200) throw new Error(`the put was answered with ${put.status}`);
  return {
    store,
    port,
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}
