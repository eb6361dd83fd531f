import { pipeline } from 'node:stream';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import type { OriginAnswer } from '../origin/origin.ts';
import { appendVary, type HeaderFields, header } from '../viewer/answer.ts';

/** Statuses, sizes and types that CloudFront compresses (DG: serving compressed files). */
const STATUSES = [200, 403, 404];
const MIN_BYTES = 1_000;
const MAX_BYTES = 10_000_000;
const TYPES = new Set([
  ...typesOf(
    'application',
    `dash+xml eot font font-sfnt javascript json opentype otf pkcs7-mime protobuf rss+xml truetype ttf
    vnd.apple.mpegurl vnd.mapbox-vector-tile vnd.ms-fontobject xhtml+xml xml x-font-opentype
    x-font-truetype x-font-ttf x-httpd-cgi x-javascript x-mpegurl x-opentype x-otf x-perl x-ttf`,
  ),
  ...typesOf('font', 'eot opentype otf ttf'),
  ...typesOf(
    'text',
    `css csv html javascript js plain richtext tab-separated-values xml x-component x-java-source x-script`,
  ),
  'image/svg+xml',
  'vnd.apple.mpegurl',
]);

function typesOf(kind: string, names: string): string[] {
  return names.split(/\s+/).map((name) => `${kind}/${name}`);
}

/** Brotli's middle quality. The exact size of a compressed answer does not matter on this machine. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/**
 * The answer in an encoding that the viewer accepts, Brotli before gzip. It stays as it is if CloudFront would not
 * compress it.
 * @param accepted the normalised Accept-Encoding of the cache key
 */
export function compressed(answer: OriginAnswer, accepted: string | undefined): OriginAnswer {
  const encoding = accepted?.split(',')[0] ?? '';
  if (encoding === '' || !isCompressible(answer)) return answer;
  const encoder = encoding === 'br' ? createBrotliCompress(BROTLI) : createGzip();
  // The callback does nothing: the pipeline closes both streams after a failure, and the reader of the encoder gets the
  // error.
  pipeline(answer.body, encoder, () => {});
  const headers: HeaderFields = new Map(answer.headers);
  headers.delete('content-length');
  headers.delete('accept-ranges');
  headers.set('content-encoding', [encoding]);
  appendVary(headers, 'Accept-Encoding');
  const etag = header(headers, 'etag');
  // A strong tag becomes weak, a weak tag stays, and any other tag goes.
  if (etag?.startsWith('"')) headers.set('etag', [`W/${etag}`]);
  else if (!etag?.startsWith('W/')) headers.delete('etag');
  return { ...answer, headers, body: encoder };
}

function isCompressible({ status, headers }: OriginAnswer): boolean {
  const length = Number(header(headers, 'content-length') ?? Number.NaN);
  const type = (header(headers, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return (
    STATUSES.includes(status) &&
    !headers.has('content-encoding') &&
    length >= MIN_BYTES &&
    length <= MAX_BYTES &&
    TYPES.has(type)
  );
}
