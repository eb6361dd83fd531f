import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { CORS_REFUSED, CORS_VARY, type CorsRule, corsHeaders } from '../template/cors.ts';
import type { FolderBinding, OriginSettings } from '../template/origins.ts';
import type { HeaderFields } from '../viewer/answer.ts';
import { isUnchanged, parsedRanges } from '../viewer/conditions.ts';
import type { Origin, OriginAnswer, OriginRequest } from './origin.ts';

/** A small file is read at once. A stream, with a thread for each of its steps, would cost more than the file. */
const MAX_SMALL_BYTES = 64 * 1_024;

/**
 * A folder that answers as a bucket does, read only. Keys are the names of files, percent-decoded once. The name of a
 * folder is not a key. A missing key is 403 unless the bucket's policy lets the distribution list it. As a website, the
 * folder gives `index.html` for a path that ends with a slash.
 */
export function createFolderOrigin(settings: OriginSettings, { folder }: FolderBinding): Origin {
  const { isS3, isListable, path: prefix, cors } = settings;

  /** Links out of the folder lead nowhere. */
  function find(uri: string): { file: string; stats: Stats } | undefined {
    try {
      const key = decodeURIComponent(`${prefix}${uri}`.replaceAll('+', ' '));
      const name = !isS3 && key.endsWith('/') ? `${key}index.html` : key;
      if (/(?:^|\/)\.{0,2}(?:\/|$)|\0/.test(name.slice(1))) return undefined;
      const root = realpathSync.native(folder);
      const file = realpathSync.native(join(root, name));
      const stats = statSync(file);
      return file.startsWith(root + sep) && stats.isFile() ? { file, stats } : undefined;
    } catch {
      return undefined;
    }
  }

  async function ask(request: OriginRequest): Promise<OriginAnswer> {
    if (request.method === 'OPTIONS') return preflight(cors, request);
    const answer = give(request);
    if (cors.length === 0 || request.headers['origin'] === undefined) return answer;
    answer.headers.set('vary', [CORS_VARY]);
    for (const [name, value] of Object.entries(corsHeaders(cors, request) ?? {}))
      answer.headers.set(name, [value]);
    return answer;
  }

  function give({ method, uri, headers }: OriginRequest): OriginAnswer {
    if (method !== 'GET' && method !== 'HEAD') return refusal(method, 405, 'MethodNotAllowed');
    const found = find(uri);
    if (!found)
      return isListable || !isS3 ? refusal(method, 404, 'NoSuchKey') : refusal(method, 403, 'AccessDenied');
    const { file, stats } = found;
    const { size, mtimeMs, mtime } = stats;
    // S3's own ETag is not always a hash of the bytes either.
    const etag = createHash('md5').update(`${mtimeMs} ${size}`).digest('hex');
    const fields: HeaderFields = new Map([
      ['content-type', [contentTypeOf(extname(file))]],
      ['etag', [`"${etag}"`]],
      ['last-modified', [mtime.toUTCString()]],
      ['accept-ranges', ['bytes']],
      ['server', ['AmazonS3']],
    ]);
    if (isUnchanged(fields, new Map(Object.entries(headers).map(([name, value]) => [name, [value]]))))
      return { status: 304, statusText: '', headers: fields, body: Readable.from([]) };
    const [range] = parsedRanges(headers['range'] ?? '', size) ?? [];
    const { start, end } = range ?? { start: 0, end: size - 1 };
    if (range && start > end) return refusal(method, 416, 'InvalidRange');
    fields.set('content-length', [String(end - start + 1)]);
    if (range) fields.set('content-range', [`bytes ${start}-${end}/${size}`]);
    const isEmpty = method === 'HEAD' || size === 0;
    const body = isEmpty ? Readable.from([]) : bytesOf(file, start, end, size);
    return { status: range ? 206 : 200, statusText: '', headers: fields, body };
  }

  return { isS3, ask, close() {} };
}

function bytesOf(file: string, start: number, end: number, size: number): Readable {
  if (size > MAX_SMALL_BYTES) return createReadStream(file, { start, end });
  const body = new Readable({ read() {} });
  body.push(readFileSync(file).subarray(start, end + 1));
  body.push(null);
  return body;
}

/** The answer to a preflight (S3 API: OPTIONS object). */
function preflight(cors: readonly CorsRule[], { method, headers: asked }: OriginRequest): OriginAnswer {
  if (asked['origin'] === undefined)
    return refusal(method, 400, 'BadRequest', 'Insufficient information. Origin request header needed.');
  const allowed = corsHeaders(cors, { method, headers: asked });
  const words = cors.length === 0 ? CORS_REFUSED.disabled : CORS_REFUSED.notAllowed;
  if (!allowed) return refusal(method, 403, 'AccessForbidden', words);
  const told = { ...allowed, vary: CORS_VARY, server: 'AmazonS3', 'content-length': '0' };
  const headers: HeaderFields = new Map(Object.entries(told).map(([name, value]) => [name, [value]]));
  return { status: 200, statusText: '', headers, body: Readable.from([]) };
}

/** The error as S3 words it. The RequestId tells it apart from CloudFront's refusals. */
function refusal(method: string, status: number, code: string, words?: string): OriginAnswer {
  const plain = code === 'NoSuchKey' ? 'The specified key does not exist.' : code.replace(/\B[A-Z]/g, ' $&');
  const message = words ?? plain;
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>LOCAL</RequestId></Error>`;
  const headers: HeaderFields = new Map([
    ['content-type', ['application/xml']],
    ['server', ['AmazonS3']],
  ]);
  return {
    status,
    statusText: '',
    headers,
    body: Readable.from(method === 'HEAD' ? [] : [Buffer.from(xml)]),
  };
}

/**
 * The type that `aws s3 sync` and the CDK's deployment give a file by its suffix. Any other file has S3's own default.
 */
const TYPES = new Map(
  `.html text/html, .htm text/html, .css text/css, .txt text/plain, .csv text/csv, .js text/javascript,
  .mjs text/javascript, .xml text/xml, .md text/markdown, .json application/json, .map application/json,
  .pdf application/pdf, .zip application/zip, .webmanifest application/manifest+json,
  .wasm application/wasm, .svg image/svg+xml, .png image/png, .jpg image/jpeg, .jpeg image/jpeg,
  .gif image/gif, .webp image/webp, .avif image/avif, .ico image/vnd.microsoft.icon, .mp4 video/mp4,
  .webm video/webm, .mp3 audio/mpeg, .ogg audio/ogg, .wav audio/wav, .m3u8 application/vnd.apple.mpegurl,
  .ts video/mp2t, .mpd application/dash+xml, .woff font/woff, .woff2 font/woff2, .ttf font/ttf,
  .otf font/otf`
    .split(/,\s+/)
    .map((pair): [string, string] => {
      const [suffix = '', type = ''] = pair.split(' ');
      return [suffix, type];
    }),
);

/** @param suffix with its dot */
function contentTypeOf(suffix: string): string {
  return TYPES.get(suffix.toLowerCase()) ?? 'binary/octet-stream';
}
