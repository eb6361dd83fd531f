import type { EdgeResponse } from '../../../../edge/function/event.ts';
import type { Call } from './built.ts';
import {
  ALICE,
  APP_ORIGIN,
  cookiesOf,
  FILES_ORIGIN,
  ownerPolicy,
  type PlainRequest,
  plainRequest,
  policyText,
  signedQuery,
  TEAM,
} from './events.ts';

const FILE = `/users/${ALICE}/a`;
const CSP = `default-src 'none'; frame-ancestors ${APP_ORIGIN}`;

export interface GoldenResponse extends Call {
  title: string;
  response: EdgeResponse;
  /** All headers of the answer. */
  expected: { statusCode: number; headers: Record<string, string> };
}

/**
 * The two ways to learn the kind of the credential: the header of the viewer-request function, and the credential of
 * the viewer.
 */
const asFile = { headers: { 'x-gateway-credential': { value: 'file' } } };
const asFolder = { headers: { 'x-gateway-credential': { value: 'folder' } } };
const bySignature = (query: string) => ({
  rawQuery: `${query}&${signedQuery(policyText(`${FILES_ORIGIN}${FILE}?${query}`))}`,
  cookies: {},
});
const query = (values: Record<string, string>) => ({
  querystring: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
});

function golden(
  title: string,
  request: Partial<PlainRequest>,
  given: Record<string, string>,
  headers: Record<string, string>,
  status = 200,
  statusCode = status,
): GoldenResponse {
  const stored = Object.entries({ etag: '"e1"', ...given }).map(([name, value]) => [name, { value }]);
  return {
    title,
    request: plainRequest(FILE, request),
    response: { statusCode: status, statusDescription: 'OK', headers: Object.fromEntries(stored) },
    expected: { statusCode, headers },
  };
}

const image = { 'content-type': 'image/png' };
const shown = (policy: string, type: string, cache = 'private, no-cache') => ({
  etag: '"e1"',
  'cache-control': cache,
  'content-type': type,
  'content-security-policy': `${CSP}${policy}`,
});
const downloaded = (disposition = 'attachment') => ({
  ...shown('; sandbox', 'application/octet-stream'),
  'content-disposition': disposition,
});
/** Everything but the type and the encoding. */
const STORED = {
  'content-disposition': 'inline; filename="invoice.exe"',
  'content-language': 'xx',
  expires: 'Thu, 01 Jan 2037 00:00:00 GMT',
  'x-amz-meta-owner': 'somebody',
  'x-amz-website-redirect-location': 'https://example.net/',
};
const OF_BYTES = { 'content-range': 'bytes 0-1/2', 'accept-ranges': 'bytes', 'last-modified': 'then' };
/** Headers that a rule of the distribution may add. */
const NOT_STORED = { 'surrogate-expires': '0', 'old-content-language': 'en', 'old-x-amz-meta-owner': 'a' };
const IMMUTABLE = 'private, max-age=900, immutable';

/** The cases of the contract that the viewer-response function decides, with whole answers. */
export const GOLDEN_RESPONSES: GoldenResponse[] = [
  golden('an image', {}, image, shown('; sandbox', 'image/png')),
  golden('its version', query({ v: 'e1' }), image, shown('; sandbox', 'image/png', IMMUTABLE)),
  golden('another version', query({ v: 'e0' }), image, shown('; sandbox', 'image/png')),
  golden(
    'its version and another one',
    { querystring: { v: { value: 'e1', multiValue: [{ value: 'e1' }, { value: 'e0' }] } } },
    image,
    shown('; sandbox', 'image/png'),
  ),
  golden(
    'its version, for a link',
    { ...asFile, ...query({ v: 'e1' }) },
    image,
    shown('; sandbox', 'image/png'),
  ),
  golden(
    'a type in capitals, with a parameter',
    {},
    { 'content-type': 'IMAGE/PNG; a="b"' },
    {
      ...shown('; sandbox', 'image/png'),
    },
  ),
  golden(
    'text',
    {},
    { 'content-type': 'text/plain; charset=utf-7' },
    {
      ...shown('; sandbox', 'text/plain; charset=utf-8'),
    },
  ),
  golden('a video', {}, { 'content-type': 'video/mp4' }, shown("; media-src 'self'", 'video/mp4')),
  golden('a PDF', {}, { 'content-type': 'application/pdf' }, shown('', 'application/pdf')),
  ...['text/html', 'image/svg+xml', 'image/png, text/html', 'constructor', '', 'image/png\n'].map((type) =>
    golden(`type ${type}`, {}, { 'content-type': type }, downloaded()),
  ),
  golden('no type', {}, {}, downloaded()),
  golden('a 304', query({ v: 'e1' }), {}, { etag: '"e1"', 'cache-control': IMMUTABLE }, 304),
  golden(
    'a stored disposition',
    {},
    { ...image, 'content-disposition': 'attachment' },
    {
      ...shown('; sandbox', 'image/png'),
    },
  ),
  golden(
    'a stored Cache-Control',
    {},
    { ...image, 'cache-control': 'public' },
    {
      ...shown('; sandbox', 'image/png'),
    },
  ),
  golden(
    'headers that S3 stores with the object',
    {},
    { ...image, ...STORED },
    shown('; sandbox', 'image/png'),
  ),
  golden(
    'headers whose names end like those of a stored one',
    {},
    { ...image, ...NOT_STORED },
    { ...shown('; sandbox', 'image/png'), ...NOT_STORED },
  ),
  golden('a 304 with such headers', {}, STORED, { etag: '"e1"', 'cache-control': 'private, no-cache' }, 304),
  ...['gzip', 'br', 'identity', ''].map((encoding) =>
    golden(`encoded with "${encoding}"`, {}, { ...image, 'content-encoding': encoding }, downloaded()),
  ),
  golden(
    'encoded, under a download name',
    { ...asFile, ...query({ download: 'a.png' }) },
    { ...image, 'content-encoding': 'gzip' },
    downloaded(`attachment; filename="a.png"; filename*=UTF-8''a.png`),
  ),
  golden(
    'a 304 of an encoded object',
    {},
    { 'content-encoding': 'gzip' },
    { etag: '"e1"', 'cache-control': 'private, no-cache' },
    304,
  ),
  ...[asFile, bySignature('v=e0&share=7')].flatMap((request) =>
    [200, 206, 304].map((status) =>
      golden(
        `a share of another version, ${status}`,
        { ...request, ...query({ v: 'e0', share: '7' }) },
        { ...image, ...STORED, ...OF_BYTES, server: 'AmazonS3' },
        { server: 'AmazonS3', 'cache-control': 'no-store', 'content-length': '0' },
        status,
        410,
      ),
    ),
  ),
  golden('a share', { ...bySignature('v=e1&share=7'), ...query({ v: 'e1', share: '7' }) }, image, {
    ...shown('; sandbox', 'image/png'),
  }),
  golden(
    'share and download under a folder',
    { ...asFolder, ...query({ share: '7', download: 'a' }) },
    image,
    {
      ...shown('; sandbox', 'image/png'),
    },
  ),
  golden('a download name', { ...asFile, ...query({ download: '%E5%86%99%27.png' }) }, image, {
    ...shown('; sandbox', 'image/png'),
    'content-disposition': `attachment; filename="_.png"; filename*=UTF-8''%E5%86%99%27.png`,
  }),
  golden(
    'a link by cookie',
    { cookies: cookiesOf(policyText(`${FILES_ORIGIN}${FILE}`)), ...query({ v: 'e1' }) },
    image,
    {
      ...shown('; sandbox', 'image/png'),
    },
  ),
  ...(
    [
      ["a member's set", ownerPolicy(`teams/${TEAM}`), 'private, max-age=900, immutable'],
      ["a user's set for a team", ownerPolicy(`users/${ALICE}`), 'private, no-cache'],
    ] as const
  ).map(([title, policy, cache]) =>
    golden(
      title,
      { uri: `/teams/${TEAM}/a`, cookies: cookiesOf(policy), rawQuery: 'v=e1', ...query({ v: 'e1' }) },
      image,
      shown('; sandbox', 'image/png', cache),
    ),
  ),
  ...['____', ''].map((value) =>
    golden(
      `a user who is none, and the policy "${value}"`,
      { uri: '/users/写/a', cookies: { 'CloudFront-Policy': { value } } },
      image,
      shown('; sandbox', 'image/png'),
    ),
  ),
];
