import t, { type Test } from 'tap';
import { buildEdgeFunction } from '../../../edge/function/build.ts';
import type { EdgeResponse, EdgeValue } from '../../../edge/function/event.ts';
import { createBuilt } from './support/built.ts';
import {
  ALICE,
  APP_ORIGIN,
  atNow,
  cookiesOf,
  FILES_ORIGIN,
  NOW,
  ownerPolicy,
  type PlainRequest,
  plainRequest,
  policyText,
  signedQuery,
  TEAM,
  VALUES,
} from './support/events.ts';
import { GOLDEN_RESPONSES } from './support/golden-responses.ts';

const { handler } = await import('../../../edge/function/viewer-response.ts');

const FILE = `/users/${ALICE}/a`;
const CSP = `default-src 'none'; frame-ancestors ${APP_ORIGIN}`;
const built = createBuilt('viewer-response');

interface Given {
  type?: string;
  query?: Record<string, string>;
  status?: number;
  headers?: Record<string, string>;
  request?: Partial<PlainRequest>;
}

/** The answer of the built file. Checks first that the source gives the same answer. */
async function respond(t: Test, given: Given = {}): Promise<EdgeResponse & { told: Record<string, string> }> {
  const { type, query = {}, status = 200 } = given;
  const querystring = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, { value }]));
  const request = { ...plainRequest(FILE), querystring, ...given.request };
  const headers: Record<string, EdgeValue> = { etag: { value: '"e1"' } };
  if (type !== undefined) headers['content-type'] = { value: type };
  for (const [name, value] of Object.entries(given.headers ?? {})) headers[name] = { value };
  const response = { statusCode: status, statusDescription: 'OK', headers };
  const result = (await built({ request, response })) as EdgeResponse;
  const { rawQuery, ...plain } = structuredClone(request);
  const source = atNow(() =>
    handler({
      request: { ...plain, rawQueryString: () => rawQuery },
      response: structuredClone(response),
    }),
  );
  t.strictSame(result, JSON.parse(JSON.stringify(source)), 'source and built file agree');
  const told = Object.entries(result.headers).map(([name, value]) => [name, value?.value ?? '']);
  return { ...result, told: Object.fromEntries(told) };
}

/** The request as the viewer-request function passes it on. */
const asFile = { headers: { 'x-gateway-credential': { value: 'file' } } };
const asFolder = { headers: { 'x-gateway-credential': { value: 'folder' } } };
/** The request as the viewer sent it. */
const shareUrl = (query: string) => {
  const policy = policyText(`${FILES_ORIGIN}${FILE}?${query}`);
  return { rawQuery: `${query}&${signedQuery(policy)}`, cookies: {} };
};

t.test('the built file answers every golden response as the contract says', async (t) => {
  for (const { title, request, response, expected } of GOLDEN_RESPONSES) {
    const { statusCode, headers } = (await built({ request, response })) as EdgeResponse;
    const told = Object.entries(headers).map(([name, value]) => [name, value?.value]);
    t.strictSame({ statusCode, headers: Object.fromEntries(told) }, expected, title);
  }
});

t.test(
  'immutable only if the version that came back is the asked one, for a folder credential',
  async (t) => {
    const cacheControl = async (given: Given) => (await respond(t, given)).told['cache-control'];
    const immutable = 'private, max-age=900, immutable';
    t.equal(await cacheControl({ query: { v: 'e1' } }), immutable);
    t.equal(await cacheControl({ query: { v: 'e1' }, request: asFolder }), immutable);
    t.equal(await cacheControl({ query: { v: 'e1' }, status: 304 }), immutable);
    t.equal(await cacheControl({ query: { v: 'e1' }, status: 206 }), immutable);
    t.equal(await cacheControl({ query: { v: 'e1' }, headers: { 'cache-control': 'public' } }), immutable);
    for (const query of [{}, { v: 'e2' }, { v: '' }, { v: '"e1"' }]) {
      t.equal(await cacheControl({ query }), 'private, no-cache', JSON.stringify(query));
    }
    t.equal(await cacheControl({ query: { v: 'e1' }, request: asFile }), 'private, no-cache', 'a link');
    t.equal(await cacheControl({ query: { v: 'e1' }, headers: { etag: 'W/"e1"' } }), 'private, no-cache');
    const twice = { v: { value: 'e1', multiValue: [{ value: 'e1' }, { value: 'e2' }] } };
    t.equal(await cacheControl({ request: { querystring: twice } }), 'private, no-cache');
    const once = { v: { value: 'e1', multiValue: [{ value: 'e1' }] } };
    t.equal(await cacheControl({ request: { querystring: once } }), immutable, 'a list of one');
  },
);

t.test('with browserCache revalidate, no file is immutable', async (t) => {
  const code = buildEdgeFunction('viewer-response', { ...VALUES, browserCache: 'revalidate' });
  const revalidating = createBuilt('viewer-response', code);
  for (const { title, request, response, expected } of GOLDEN_RESPONSES) {
    const { statusCode, headers } = (await revalidating({ request, response })) as EdgeResponse;
    t.equal(statusCode, expected.statusCode, title);
    const otherwise = expected.headers['cache-control'];
    const wanted = otherwise === 'no-store' ? otherwise : 'private, no-cache';
    t.equal(headers['cache-control']?.value, wanted, title);
  }
});

t.test('which types are shown, and how they are confined', async (t) => {
  for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']) {
    const { told } = await respond(t, { type, headers: { 'content-disposition': 'attachment' } });
    t.match(told, { 'content-type': type, 'content-security-policy': `${CSP}; sandbox` }, type);
    t.equal(told['content-disposition'], undefined, type);
  }
  const told = async (type: string) => (await respond(t, { type })).told;
  t.equal((await told('IMAGE/PNG; x=y'))['content-type'], 'image/png');
  t.equal((await told('text/plain; charset=utf-7'))['content-type'], 'text/plain; charset=utf-8');
  for (const type of ['video/mp4', 'video/webm', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/wav'])
    t.equal((await told(type))['content-security-policy'], `${CSP}; media-src 'self'`, type);
  t.equal((await told('application/pdf'))['content-security-policy'], CSP);
});

t.test('everything else is downloaded', async (t) => {
  for (const type of [
    'text/html',
    'image/svg+xml',
    'application/xml',
    'text/html;charset=utf-8',
    'application/javascript',
    'audio/mpegurl',
    'constructor',
    '__proto__',
    'image/png/x',
    'image/png, text/html',
    '',
    undefined,
  ]) {
    const { told } = await respond(t, type === undefined ? {} : { type });
    t.match(
      told,
      {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'content-security-policy': `${CSP}; sandbox`,
      },
      String(type),
    );
  }
  const { told } = await respond(t, { status: 304, query: { v: 'e1' } });
  t.strictSame(
    [told['content-type'], told['content-disposition']],
    [undefined, undefined],
    'a 304 keeps the headers of the object that it describes',
  );
});

t.test('an answer in parts is a download, whatever its parts are', async (t) => {
  const { told } = await respond(t, { status: 206, type: 'multipart/byteranges; boundary="x"' });
  t.strictSame(
    [told['content-type'], told['content-disposition']],
    ['application/octet-stream', 'attachment'],
  );
});

t.test('a share is gone if another version came back, and none of its bytes are sent', async (t) => {
  for (const request of [
    { ...asFile, querystring: { v: { value: 'e2' }, share: { value: '7' } } },
    { ...shareUrl('v=e2&share=7'), querystring: { v: { value: 'e2' }, share: { value: '7' } } },
    { ...asFile, querystring: { share: { value: '7' } } },
  ]) {
    for (const status of [200, 206, 304]) {
      const headers = {
        'content-range': 'bytes 0-1/2',
        'content-length': '2',
        'last-modified': 'x',
        'cache-control': 'public',
        server: 'AmazonS3',
      };
      const { statusCode, body, told } = await respond(t, { request, status, type: 'image/png', headers });
      t.equal(statusCode, 410, `${status}`);
      t.strictSame(body, { encoding: 'text', data: '' }, `${status}`);
      t.strictSame(
        told,
        { server: 'AmazonS3', 'cache-control': 'no-store', 'content-length': '0' },
        `${status}`,
      );
    }
  }
  const current = { v: { value: 'e1' }, share: { value: '7' } };
  for (const request of [
    { ...asFile, querystring: current },
    { ...shareUrl('v=e1&share=7'), querystring: current },
  ]) {
    const { statusCode, told } = await respond(t, { request, type: 'image/png' });
    t.match(
      { statusCode, told },
      { statusCode: 200, told: { 'cache-control': 'private, no-cache' } },
      JSON.stringify(request),
    );
  }
});

t.test('a folder credential ignores share and download', async (t) => {
  const query = { v: 'e2', share: '7', download: 'invoice.exe' };
  const rawQuery = 'v=e2&share=7&download=invoice.exe';
  for (const request of [asFolder, { rawQuery }]) {
    const { statusCode, told } = await respond(t, { query, request, type: 'image/png' });
    t.equal(statusCode, 200, JSON.stringify(request));
    t.equal(told['content-disposition'], undefined, JSON.stringify(request));
  }
  const { told } = await respond(t, { query, request: asFolder, type: 'text/html' });
  t.equal(told['content-disposition'], 'attachment');
});

t.test('if the kind of credential is unknown, a share is closed and a download has no name', async (t) => {
  const unknown = { rawQuery: 'v=e2&share=7', cookies: {} };
  const stale = await respond(t, { query: { v: 'e2', share: '7' }, request: unknown, type: 'image/png' });
  t.equal(stale.statusCode, 410);
  const query = { v: 'e1', download: 'invoice.exe' };
  const { told } = await respond(t, { query, request: { ...unknown, rawQuery: 'v=e1' }, type: 'image/png' });
  t.equal(told['cache-control'], 'private, no-cache');
  t.equal(told['content-disposition'], undefined);
});

t.test('the credential in the request of the viewer counts as at the first function', async (t) => {
  const team = `teams/${TEAM}`;
  const spelled = (owner: string, start: number) => cookiesOf(` ${ownerPolicy(owner, start)}`);
  for (const [owner, cookies, cacheControl] of [
    [team, cookiesOf(ownerPolicy(team)), 'private, max-age=900, immutable'],
    [team, spelled(team, 999_999_999), 'private, no-cache'],
    [`users/${ALICE}`, spelled(`users/${ALICE}`, 999_999_999), 'private, max-age=900, immutable'],
    [`users/${ALICE}`, spelled(`users/${ALICE}`, NOW), 'private, no-cache'],
  ] as const) {
    const { told } = await respond(t, { query: { v: 'e1' }, request: { uri: `/${owner}/a`, cookies } });
    t.equal(told['cache-control'], cacheControl, JSON.stringify([owner, cookies]));
  }
});

t.test('a download name follows RFC 8187, and needs a credential of one URL', async (t) => {
  const disposition = async (download: string, request: Partial<PlainRequest> = asFile) =>
    (await respond(t, { query: { download }, request, type: 'image/png' })).told['content-disposition'];
  t.equal(await disposition('a.png'), `attachment; filename="a.png"; filename*=UTF-8''a.png`);
  t.equal(
    await disposition('%E5%86%99%E7%9C%9F%20(1).png'),
    `attachment; filename="_ _1_.png"; filename*=UTF-8''%E5%86%99%E7%9C%9F%20%281%29.png`,
  );
  t.equal(
    await disposition("a%22%3B'%2A.png"),
    `attachment; filename="a_.png"; filename*=UTF-8''a%22%3B%27%2A.png`,
  );
  t.equal(
    await disposition('%F0%9F%98%80.png'),
    `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`,
  );
  t.equal(await disposition('a...'), `attachment; filename="a..."; filename*=UTF-8''a...`);
  for (const bad of [
    'a%0D%0Ab',
    'a%00',
    'a%2Fb',
    'a%5Cb',
    '..',
    '.',
    '%',
    '%c0%af',
    '%E2%80%AEgpj.exe',
    '%C2%85',
  ])
    t.equal(await disposition(bad), 'attachment', bad);
  const signed = `download=a.png&${signedQuery(policyText(`${FILES_ORIGIN}${FILE}?download=a.png`))}`;
  t.match(await disposition('a.png', { rawQuery: signed, cookies: {} }), 'filename="a.png"');
  t.equal(await disposition('a.png', { rawQuery: 'download=a.png', cookies: cookiesOf('{}') }), undefined);
  const { told } = await respond(t, { query: { download: 'a.txt' }, request: asFile, type: 'video/mp4' });
  t.equal(told['content-security-policy'], `${CSP}; sandbox`);
});
