import t from 'tap';
import type { EdgeResponse, EdgeValue } from '../../../edge/function/event.ts';
import { createBuilt } from './support/built.ts';
import {
  ALICE,
  APP_ORIGIN,
  cookiesOf,
  FILES_ORIGIN,
  type PlainRequest,
  plainRequest,
  policyText,
  signedQuery,
  VALUES,
} from './support/events.ts';
import { GOLDEN_RESPONSES } from './support/golden-responses.ts';

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

/** The answer of the built file. */
async function respond(given: Given = {}): Promise<EdgeResponse & { told: Record<string, string> }> {
  const { type, query = {}, status = 200 } = given;
  const querystring = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, { value }]));
  const request = { ...plainRequest(FILE), querystring, ...given.request };
  const headers: Record<string, EdgeValue> = { etag: { value: '"e1"' } };
  if (type !== undefined) headers['content-type'] = { value: type };
  for (const [name, value] of Object.entries(given.headers ?? {})) headers[name] = { value };
  const response = { statusCode: status, statusDescription: 'OK', headers };
  const result = (await built({ request, response })) as EdgeResponse;
  const told = Object.entries(result.headers).map(([name, value]) => [name, value?.value ?? '']);
  return { ...result, told: Object.fromEntries(told) };
}

/** The request as the viewer-request function passes it on. */
const asFile = { headers: { 'x-gateway-credential': { value: 'file' } } };
t.test('the built file answers every golden response as the contract says', async (t) => {
  for (const { title, request, response, expected } of GOLDEN_RESPONSES) {
    const answer = (await built({ request, response })) as EdgeResponse;
    const { statusCode, headers } = answer;
    const told = Object.entries(headers).map(([name, value]) => [name, value?.value]);
    t.strictSame({ statusCode, headers: Object.fromEntries(told) }, expected, title);
    const gone = { statusDescription: 'share_stale', body: { encoding: 'text', data: '' } };
    if (statusCode === 410) t.match(answer, gone, title);
  }
});

t.test('with browserCache revalidate, no file is immutable', async (t) => {
  const revalidating = createBuilt('viewer-response', { ...VALUES, browserCache: 'revalidate' });
  for (const { title, request, response, expected } of GOLDEN_RESPONSES) {
    const { statusCode, headers } = (await revalidating({ request, response })) as EdgeResponse;
    t.equal(statusCode, expected.statusCode, title);
    const otherwise = expected.headers['cache-control'];
    const wanted = otherwise === 'no-store' ? otherwise : 'private, no-cache';
    t.equal(headers['cache-control']?.value, wanted, title);
  }
});

t.test('a download name follows RFC 8187, and needs a credential of one URL', async (t) => {
  const disposition = async (download: string, request: Partial<PlainRequest> = asFile) =>
    (await respond({ query: { download }, request, type: 'image/png' })).told['content-disposition'];
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
  const { told } = await respond({ query: { download: 'a.txt' }, request: asFile, type: 'video/mp4' });
  t.equal(told['content-security-policy'], `${CSP}; sandbox`);
});
