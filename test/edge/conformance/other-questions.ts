import { deepEqual, equal, match } from 'node:assert/strict';
import { brotliDecompressSync } from 'node:zlib';
import { LONG_TEXT } from './fixture.ts';
import { type Feature, type Given, type Question, question, type Viewer } from './question.ts';

const FUNCTIONS: readonly Feature[] = ['behaviors', 'functions'];
const SERVER: readonly Feature[] = ['behaviors', 'serverOrigins'];
const KEPT: readonly Feature[] = [...SERVER, 'cache'];

const told = ({ body }: Given) => JSON.parse(body);
const countOf = async (viewer: Viewer, path: string) => told(await viewer.ask(path)).count;

export const OTHER_QUESTIONS: readonly Question[] = [
  question('Cache and origin take the URI that', FUNCTIONS, async (viewer) => {
    equal((await viewer.ask('/moved/anything')).body, '0123456789');
  }),
  question('A new URI from the function', [...FUNCTIONS, 'serverOrigins'], async (viewer) => {
    // The function of this behavior names a path of the other origin, which the bucket does not have.
    match((await viewer.ask('/echo/elsewhere')).body, /"method"/);
    equal((await viewer.ask('/moved-elsewhere/x')).status, 404);
  }),
  question('A URI that no function changed', SERVER, async (viewer) => {
    for (const path of ['/echo/a%2Fb%20c', '/echo/%e4', "/echo/(a)'b*"])
      equal(told(await viewer.ask(path)).url, path);
  }),
  question('A method that the behavior does not allow', ['methods'], async (viewer) => {
    equal((await viewer.ask('/plain.txt', { method: 'DELETE' })).status, 403);
  }),
  question('CloudFront answers a method that is not allowed', ['methods'], async (viewer) => {
    const { headers, body } = await viewer.ask('/plain.txt', { method: 'POST', body: 'x' });
    match(String(headers['content-type']), /^text\/html/);
    match(body, /not configured to allow the HTTP request method/);
  }),
  question('An execution error gives 503', FUNCTIONS, async (viewer) => {
    equal((await viewer.ask('/throws/x')).status, 503);
    equal((await viewer.ask('/invalid/x')).status, 502);
  }),
  question('An event has version, context, viewer.ip', FUNCTIONS, async (viewer) => {
    const { event } = told(await viewer.ask('/event/x?q=1'));
    deepEqual(Object.keys(event).sort(), ['context', 'request', 'version', 'viewer']);
    equal(event.version, '1.0');
    match(event.viewer.ip, /^127\.|^::1$/);
    equal(event.context.eventType, 'viewer-request');
    const keys = Object.keys(event.request).filter((key) => key !== 'rawQueryString');
    deepEqual(keys.sort(), ['cookies', 'headers', 'method', 'querystring', 'uri']);
  }),
  question('Header names are in lower case', FUNCTIONS, async (viewer) => {
    const headers = { 'X-Own': '1', cookie: 'a=1; a=2; b=3' };
    const { event } = told(await viewer.ask('/event/x?q=1&q=2', { headers }));
    equal(event.request.headers['x-own'].value, '1');
    equal(event.request.headers.cookie, undefined);
    deepEqual(
      event.request.querystring.q.multiValue.map(({ value }: { value: string }) => value),
      ['1', '2'],
    );
    equal(event.request.cookies.b.value, '3');
    equal(event.request.cookies.a.multiValue.length, 2);
  }),
  question('uri keeps the percent-escapes', FUNCTIONS, async (viewer) => {
    equal(told(await viewer.ask('/event/%e5%86%99?q=%20')).event.request.uri, '/event/%e5%86%99');
  }),
  question('The crypto module has hashes and HMAC only', FUNCTIONS, async (viewer) => {
    const { sha256, hmac, verifies } = told(await viewer.ask('/runtime/x'));
    match(sha256, /^ca978112ca1bbdcafac231b39a23dc4d/);
    match(hmac, /^[0-9a-f]{64}$/);
    equal(verifies, 'undefined');
  }),
  question('There are Buffer, atob, btoa', FUNCTIONS, async (viewer) => {
    const { base64, buffer, text, query } = told(await viewer.ask('/runtime/x'));
    deepEqual([base64, buffer, text, query], ['YQ==a', 'abc', 'a', 'a=b%20c']);
  }),
  question('There is no network, no timer', FUNCTIONS, async (viewer) => {
    const { lacking, evaluated, constructed } = told(await viewer.ask('/runtime/x'));
    // CloudFront's own runtime has an object `process`.
    deepEqual([lacking[0], lacking[1], lacking[3]], ['undefined', 'undefined', 'undefined']);
    deepEqual([evaluated, constructed], ['refused', 'refused']);
  }),
  question('rawQueryString() gives the whole query', FUNCTIONS, async (viewer) => {
    equal(told(await viewer.ask('/event/x?a=1&b&a=%20')).raw, 'a=1&b&a=%20');
    equal(told(await viewer.ask('/event/x')).raw, undefined);
  }),
  question('A viewer-response function may replace', FUNCTIONS, async (viewer) => {
    const { status, body } = await viewer.ask('/response/a.txt?replace=1');
    equal(`${status} ${body}`, '201 replaced');
    equal((await viewer.ask('/response/a.txt')).body, 'response');
  }),
  question("import cf from 'cloudfront' gives", [...FUNCTIONS, 'store'], async (viewer) => {
    const { text, json, missing } = told(await viewer.ask('/store/x'));
    deepEqual([text, json, missing], ['kept text', { a: 1 }, 'rejected']);
  }),
  question('exists() tells a missing key', [...FUNCTIONS, 'store'], async (viewer) => {
    deepEqual(told(await viewer.ask('/store/x')).has, [true, false]);
  }),
  question('A function that adds X-Edge-*', FUNCTIONS, async (viewer) => {
    equal((await viewer.ask('/forbidden/x')).status, 502);
  }),
  question('No viewer-response function runs', [...FUNCTIONS, 'serverOrigins'], async (viewer) => {
    const { status, headers } = await viewer.ask('/status/500');
    deepEqual([status, headers['x-seen']], [500, undefined]);
    equal((await viewer.ask('/status/200')).headers['x-seen'], 'nothing');
  }),
  question('The response headers policy comes before', [...FUNCTIONS, 'headersPolicies'], async (viewer) => {
    equal((await viewer.ask('/response/a.txt')).headers['x-seen'], 'nosniff');
  }),
  question('A minimum above 0 outweighs', KEPT, async (viewer) => {
    equal(await countOf(viewer, '/kept/no-store'), 1);
    equal(await countOf(viewer, '/kept/no-store'), 1);
  }),
  question('A query parameter in the cache key', KEPT, async (viewer) => {
    const first = told(await viewer.ask('/kept/list?page=1&sort=up'));
    equal(first.url, '/kept/list?page=1');
    equal(told(await viewer.ask('/kept/list?page=1&sort=down')).count, 1);
    equal(told(await viewer.ask('/kept/list?page=2')).url, '/kept/list?page=2');
  }),
  question('CloudFront keeps 404, 414 and 5xx', KEPT, async (viewer) => {
    equal(told(await viewer.ask('/status/503')).count, 1);
    equal(told(await viewer.ask('/status/503')).count, 1);
  }),
  question('CloudFront keeps 403, 400 and 405', KEPT, async (viewer) => {
    equal(told(await viewer.ask('/status/403')).count, 1);
    equal(told(await viewer.ask('/status/403')).count, 2);
  }),
  question('Several ranges in ascending order', ['cache', 'conditions'], async (viewer) => {
    await viewer.ask('/plain.txt');
    const { status, headers, body } = await viewer.ask('/plain.txt', { headers: { range: 'bytes=0-1,4-5' } });
    equal(status, 206);
    match(String(headers['content-type']), /^multipart\/byteranges; ?boundary=/);
    match(body, /bytes 0-1\/10\r\n[\s\S]*\r\n01\r\n[\s\S]*bytes 4-5\/10\r\n[\s\S]*\r\n45\r\n/);
    equal((await viewer.ask('/plain.txt', { headers: { range: 'bytes=4-5,0-1' } })).status, 200);
  }),
  question('CloudFront prefers Brotli', ['compression'], async (viewer) => {
    const headers = { 'accept-encoding': 'gzip, deflate, br' };
    const given = await viewer.ask('/long.txt', { headers });
    equal(given.headers['content-encoding'], 'br');
    equal(brotliDecompressSync(given.bytes).toString(), LONG_TEXT);
  }),
  question('CloudFront compresses an answer', ['compression'], async (viewer) => {
    const headers = { 'accept-encoding': 'gzip' };
    equal((await viewer.ask('/long.txt', { headers })).headers['content-encoding'], 'gzip');
    equal((await viewer.ask('/short.txt', { headers })).headers['content-encoding'], undefined);
  }),
  question('Compression makes a strong ETag weak', ['compression', 'conditions'], async (viewer) => {
    const headers = { 'accept-encoding': 'gzip' };
    const { etag } = (await viewer.ask('/long.txt', { headers })).headers;
    match(String(etag), /^W\/"/);
    const again = { ...headers, 'if-none-match': String(etag) };
    equal((await viewer.ask('/long.txt', { headers: again })).status, 304);
  }),
  question('A compressed answer has Vary', ['compression'], async (viewer) => {
    const given = await viewer.ask('/long.txt', { headers: { 'accept-encoding': 'gzip' } });
    match(String(given.headers['vary']), /accept-encoding/i);
  }),
  question('The default root object stands for the root alone', ['rootObject'], async (viewer) => {
    equal((await viewer.ask('/')).body, '<h1>root</h1>');
    equal((await viewer.ask('/folder/')).body.includes('of the folder'), false);
  }),
  question('An error page replaces an error', ['errorPages'], async (viewer) => {
    const { status, body } = await viewer.ask('/none.txt');
    equal(`${status} ${body}`, '404 nothing here');
  }),
  question('The origin gets the headers, cookies and query strings', SERVER, async (viewer) => {
    const headers = { 'x-own': '1', cookie: 'a=1' };
    const { headers: seen, url } = told(await viewer.ask('/echo/x?q=1', { headers }));
    deepEqual([seen['x-own'], seen.cookie, url], ['1', 'a=1', '/echo/x?q=1']);
    const kept = told(await viewer.ask('/kept/headers?q=1', { headers }));
    deepEqual(
      [kept.headers['x-own'], kept.headers.cookie, kept.url],
      [undefined, undefined, '/kept/headers'],
    );
  }),
  question('The origin gets its own Host', SERVER, async (viewer) => {
    const { host } = told(await viewer.ask('/echo/x')).headers;
    equal(host === new URL(viewer.origin).host, false);
  }),
  question('X-Forwarded-For gets', SERVER, async (viewer) => {
    const headers = { 'x-forwarded-for': '192.0.2.9' };
    const { headers: seen } = told(await viewer.ask('/echo/x', { headers }));
    match(seen['x-forwarded-for'], /^192\.0\.2\.9, ?(?:127\.0\.0\.1|::1)$/);
    equal(told(await viewer.ask('/kept/agent')).headers['user-agent'], 'Amazon CloudFront');
  }),
  question('All methods go to the origin', [...SERVER, 'methods'], async (viewer) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const given = told(await viewer.ask('/echo/x', { method, body: 'of the viewer' }));
      deepEqual([given.method, given.body], [method, 'of the viewer']);
    }
  }),
  question('CloudFront asks the second origin', [...SERVER, 'originGroups'], async (viewer) => {
    const { status, body } = await viewer.ask('/group/x');
    equal(status, 200);
    equal(JSON.parse(body).url, '/group/x');
  }),
  question('The answer to a preflight has', ['behaviors', 'cors'], async (viewer) => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    const { headers: said } = await viewer.ask('/cors/a.txt', { method: 'OPTIONS', headers });
    match(String(said['access-control-allow-methods']), /PUT/);
    match(String(said['access-control-allow-origin']), /^(?:\*|https:\/\/a\.example)$/);
  }),
];
