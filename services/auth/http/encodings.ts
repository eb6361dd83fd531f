import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A smaller answer is not worth the work. */
const SMALLEST_COMPRESSED = 1_024;

/** The best encoding first. Brotli's own default level, 11, takes longer than it saves. */
export const COMPRESSORS = {
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: () => createZstdCompress(),
  gzip: () => createGzip(),
};
const ENCODINGS = ['br', 'zstd', 'gzip'] as const;

/**
 * The best encoding that a client takes (RFC 9110, 12.5.3). A weight of 0 means that the client does not take it.
 * @returns undefined also for a small answer
 */
export function encodingOf({ headers }: FastifyRequest, bytes: number): keyof typeof COMPRESSORS | undefined {
  if (bytes < SMALLEST_COMPRESSED) return undefined;
  const { 'accept-encoding': accepted = '' } = headers;
  const taken = accepted
    .toLowerCase()
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  return ENCODINGS.find((encoding) => taken.includes(encoding));
}

/** An `onSend` hook for a route with long answers: compresses the answer if the client takes that and it helps. */
export async function compressAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  if (typeof payload !== 'string') return payload;
  reply.header('vary', 'accept-encoding');
  const encoding = encodingOf(request, payload.length);
  if (!encoding) return payload;
  reply.header('content-encoding', encoding).removeHeader('content-length');
  return COMPRESSORS[encoding]().end(payload);
}
