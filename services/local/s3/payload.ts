import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import type { Credentials } from '../store/credentials.ts';
import type { VerifiedSignature } from '../store/signature-v4.ts';
import type { QueryPair } from '../store/uri.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { S3Error } from './error.ts';

/** The largest body of one request. */
const LIMIT_BYTES = 5 * 1024 ** 3;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

interface Digest {
  update(bytes: Buffer): void;
  /** Base64. */
  value(): string;
}

/** By header. Other checksums (CRC32C, CRC64NVME) are not verified here; S3 would verify them. */
const DIGESTS: Record<string, () => Digest> = {
  'content-md5': () => hashDigest('md5'),
  'x-amz-checksum-sha1': () => hashDigest('sha1'),
  'x-amz-checksum-sha256': () => hashDigest('sha256'),
  'x-amz-checksum-crc32': crc32Digest,
};

/** The last line of the canonical request. For a presigned URL without this value it is UNSIGNED-PAYLOAD. */
export function payloadHashOf(request: IncomingMessage, query: readonly QueryPair[]): string {
  const header = request.headers['x-amz-content-sha256'];
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
  const length = Number(decodedLength ?? request.headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(length)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (length > LIMIT_BYTES) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  const trailers = new Map<string, string>();
  const sha256 = createHash('sha256');
  let received = 0;
  const decoded = decode(request, payloadHash, verified, trailers);
  for await (const bytes of withChecksums(decoded, request.headers, trailers)) {
    received += bytes.length;
    if (received > length) throw incompleteBody();
    sha256.update(bytes);
    yield bytes;
  }
  if (received !== length) throw incompleteBody();
  if (/^[0-9a-f]{64}$/.test(payloadHash) && sha256.digest('hex') !== payloadHash) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
}

/**
 * Passes bytes on. At the end compares the checksums that the headers or the trailers name.
 * @throws S3Error BadDigest
 */
async function* withChecksums(
  source: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  trailers: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer> {
  const names = Object.keys(DIGESTS).filter(
    (name) => headers[name] !== undefined || headers['x-amz-trailer'] === name,
  );
  const digests = names.flatMap((name) => {
    const create = DIGESTS[name];
    return create ? [{ name, digest: create() }] : [];
  });
  for await (const bytes of source) {
    for (const { digest } of digests) digest.update(bytes);
    yield bytes;
  }
  for (const { name, digest } of digests) {
    if (digest.value() !== (headers[name] ?? trailers.get(name))) {
      throw new S3Error('BadDigest', `The ${name} you specified did not match what we received.`);
    }
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
    default:
      if (payloadHash !== UNSIGNED && !/^[0-9a-f]{64}$/.test(payloadHash)) {
        throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is none of the values that are known.');
      }
      return raw;
  }
}

function hashDigest(algorithm: string): Digest {
  const hash = createHash(algorithm);
  return { update: (bytes) => hash.update(bytes), value: () => hash.digest('base64') };
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

function incompleteBody(): S3Error {
  return new S3Error(
    'IncompleteBody',
    'You did not provide the number of bytes that the length header says.',
  );
}
