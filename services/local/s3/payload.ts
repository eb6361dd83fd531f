import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import type { Credentials } from '../store/credentials.ts';
import { isSignatureOf, type VerifiedSignature } from '../store/signature-v4.ts';
import type { QueryPair } from '../store/uri.ts';
import { s3Error } from './errors.ts';

/** The largest body of one request, and the most that one copies. */
export const LIMIT_BYTES = 5 * 1024 ** 3;
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const HASH = 'x-amz-content-sha256';
const EMPTY_SHA256 = createHash('sha256').digest('hex');

interface Digest {
  update(bytes: Buffer): void;
  /** As the request names it. */
  value(): string;
}

/** By header. Other checksums (CRC32C, CRC64NVME) are not verified here; S3 would verify them. */
const DIGESTS: Record<string, () => Digest> = {
  'content-md5': () => hashDigest('md5'),
  'x-amz-checksum-sha1': () => hashDigest('sha1'),
  'x-amz-checksum-sha256': () => hashDigest('sha256'),
  'x-amz-checksum-crc32': crc32Digest,
  [HASH]: () => hashDigest('sha256', 'hex'),
};

/** The last line of the canonical request. For a presigned URL without this value it is UNSIGNED-PAYLOAD. */
export function payloadHashOf(request: IncomingMessage, query: readonly QueryPair[]): string {
  const header = request.headers[HASH];
  if (typeof header === 'string') return header;
  return query.find(([name]) => name === 'X-Amz-Content-Sha256')?.[1] ?? UNSIGNED;
}

/**
 * The decoded bytes of a signed request. The stream throws at its end if the bytes do not match the signature or the
 * checksums. A caller must not keep the bytes before the stream has ended.
 */
export async function* payloadOf(
  request: IncomingMessage,
  payloadHash: string,
  verified: VerifiedSignature<Credentials>,
): AsyncGenerator<Buffer> {
  const decodedLength = request.headers['x-amz-decoded-content-length'];
  const length = Number(decodedLength ?? request.headers['content-length']);
  if (Number.isNaN(length)) {
    throw s3Error('MissingContentLength');
  }
  if (length > LIMIT_BYTES) {
    throw s3Error('EntityTooLarge');
  }
  const trailers = new Map<string, string>();
  const named = new Map(Object.entries(request.headers));
  // The other kinds have shorter names than a hash in hex. A presigned URL names the hash in its query.
  if (payloadHash.length === 64) named.set(HASH, payloadHash);
  else named.delete(HASH);
  const digests = Object.entries(DIGESTS).flatMap(([name, create]) =>
    named.has(name) || named.get('x-amz-trailer') === name ? [{ name, digest: create() }] : [],
  );
  let received = 0;
  for await (const bytes of decode(request, payloadHash, verified, trailers)) {
    for (const { digest } of digests) digest.update(bytes);
    received += bytes.length;
    if (received > length) throw s3Error('IncompleteBody');
    yield bytes;
  }
  if (received !== length) throw s3Error('IncompleteBody');
  for (const { name, digest } of digests) {
    if (digest.value() === (named.get(name) ?? trailers.get(name))) continue;
    const code = name === HASH ? 'XAmzContentSHA256Mismatch' : 'BadDigest';
    throw s3Error(code);
  }
}

function decode(
  request: IncomingMessage,
  payloadHash: string,
  verified: VerifiedSignature<Credentials>,
  trailers: Map<string, string>,
): AsyncIterable<Buffer> {
  const raw: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  switch (payloadHash) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return decodeAwsChunked(raw, trailers, undefined);
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return decodeAwsChunked(raw, trailers, verified);
    case UNSIGNED:
      return raw;
    default:
      if (/^[0-9a-f]{64}$/.test(payloadHash)) return raw;
      throw s3Error('InvalidArgument', 'x-amz-content-sha256 is none of the values that are known.');
  }
}

function hashDigest(algorithm: string, encoding: 'base64' | 'hex' = 'base64'): Digest {
  const hash = createHash(algorithm);
  return { update: (bytes) => hash.update(bytes), value: () => hash.digest(encoding) };
}

function crc32Digest(): Digest {
  let crc = 0;
  return {
    update: (bytes) => {
      crc = crc32(bytes, crc);
    },
    value: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
}

/**
 * Decodes `aws-chunked` and checks the chain of signatures (Amazon S3 API Reference, "Signature calculations for the
 * Authorization header: transferring payload in multiple chunks").
 * @param trailers receives the trailing headers, lower-case
 * @param signing the state from which the chunks' signatures continue; undefined if chunks are not signed
 * @throws AwsError SignatureDoesNotMatch, IncompleteBody
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
  signing: VerifiedSignature<Credentials> | undefined,
): AsyncGenerator<Buffer> {
  const reader = createReader(source);
  let previous = signing?.signature ?? '';

  function check(kind: string, signature: string, ...hashes: string[]): void {
    if (!signing) return;
    const stringToSign = [`AWS4-HMAC-SHA256-${kind}`, signing.date, signing.scope, previous, ...hashes];
    if (!isSignatureOf(signature, signing.signingKey, stringToSign.join('\n'))) {
      throw s3Error('SignatureDoesNotMatch');
    }
    previous = signature;
  }

  for (;;) {
    const [, hexSize, signature = ''] =
      /^([0-9a-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? [];
    if (hexSize === undefined) throw s3Error('IncompleteBody');
    const size = Number.parseInt(hexSize, 16);
    const hash = createHash('sha256');
    for await (const bytes of reader.bytes(size)) {
      if (signing) hash.update(bytes);
      yield bytes;
    }
    check('PAYLOAD', signature, EMPTY_SHA256, hash.digest('hex'));
    if (size === 0) break;
    if ((await reader.line()) !== '') throw s3Error('IncompleteBody');
  }

  let signed = '';
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
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
    throw s3Error('SignatureDoesNotMatch', 'The trailing headers are not signed.');
  }
}

function createReader(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let buffered: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const { done, value } = await chunks.next();
    if (done) throw s3Error('IncompleteBody');
    buffered = buffered.length === 0 ? value : Buffer.concat([buffered, value]);
  }

  return {
    line: async (): Promise<string> => {
      let end = buffered.indexOf('\r\n');
      while (end < 0) {
        if (buffered.length > 8192) throw s3Error('IncompleteBody');
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
