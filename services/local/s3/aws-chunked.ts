import { createHash } from 'node:crypto';
import { isSignatureOf } from '../store/signature-v4.ts';
import { S3Error } from './error.ts';

const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** The state from which the chunks' signatures continue; undefined if chunks are not signed. */
export interface ChunkSigning {
  signingKey: Buffer;
  signature: string;
  date: string;
  scope: string;
}

/**
 * Decodes `aws-chunked` and checks the chain of signatures (Amazon S3 API Reference, "Signature calculations for the
 * Authorization header: transferring payload in multiple chunks").
 * @param trailers receives the trailing headers, lower-case
 * @throws S3Error SignatureDoesNotMatch, IncompleteBody
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
  signing: ChunkSigning | undefined,
): AsyncGenerator<Buffer> {
  const reader = createReader(source);
  let previous = signing?.signature ?? '';

  function check(kind: string, signature: string, ...hashes: string[]): void {
    if (!signing) return;
    const stringToSign = [`AWS4-HMAC-SHA256-${kind}`, signing.date, signing.scope, previous, ...hashes];
    if (!isSignatureOf(signature, signing.signingKey, stringToSign.join('\n'))) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'The signature of a chunk does not match what we calculated.',
      );
    }
    previous = signature;
  }

  for (;;) {
    const [, hexSize, signature = ''] =
      /^([0-9a-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? [];
    if (hexSize === undefined) throw incomplete();
    const size = Number.parseInt(hexSize, 16);
    const hash = createHash('sha256');
    for await (const bytes of reader.bytes(size)) {
      if (signing) hash.update(bytes);
      yield bytes;
    }
    check('PAYLOAD', signature, EMPTY_SHA256, hash.digest('hex'));
    if (size === 0) break;
    if ((await reader.line()) !== '') throw incomplete();
  }

  let signed = '';
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      check('TRAILER', value, createHash('sha256').update(signed).digest('hex'));
      signed = '';
    } else {
      trailers.set(name, value);
      signed += `${name}:${value}\n`;
    }
  }
  if (signing && signed !== '') {
    throw new S3Error('SignatureDoesNotMatch', 'The trailing headers are not signed.');
  }
}

function createReader(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let buffered: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const { done, value } = await chunks.next();
    if (done) throw incomplete();
    buffered = buffered.length === 0 ? value : Buffer.concat([buffered, value]);
  }

  return {
    line: async (): Promise<string> => {
      let end = buffered.indexOf('\r\n');
      while (end < 0) {
        if (buffered.length > 8192) throw incomplete();
        await more();
        end = buffered.indexOf('\r\n');
      }
      const line = buffered.toString('latin1', 0, end);
      buffered = buffered.subarray(end + 2);
      return line;
    },
    bytes: async function* (size: number): AsyncGenerator<Buffer> {
      for (let left = size; left > 0; ) {
        if (buffered.length === 0) await more();
        const bytes = buffered.subarray(0, left);
        buffered = buffered.subarray(bytes.length);
        left -= bytes.length;
        yield bytes;
      }
    },
  };
}

function incomplete(): S3Error {
  return new S3Error('IncompleteBody', 'The aws-chunked body is malformed, or ended early.');
}
