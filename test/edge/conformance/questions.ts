import { deepEqual, equal, match } from 'node:assert/strict';
import { brotliDecompressSync } from 'node:zlib';
import { secondsFromNow } from '../../../services/operator/probe/credentials.ts';
import { LONG_TEXT } from './fixture.ts';
import {
  asCookies,
  byCookies,
  byUrl,
  FILE,
  type Given,
  opened,
  opens,
  policyFor,
  refused,
  spelled,
  type Viewer,
} from './viewer.ts';

/** The features that an emulator may claim. The suite asks nothing about other features. */
export const FEATURES = [
  ...(['behaviors', 'bucketCors', 'cache', 'compression', 'conditions', 'cors', 'errorPages'] as const),
  ...(['functions', 'headersPolicies', 'limits', 'methods', 'originGroups'] as const),
  ...(['originHelpers', 'rootObject', 'serverOrigins', 'signatures', 'store'] as const),
];
export type Feature = (typeof FEATURES)[number];

export interface Question {
  /** The beginning of the fact in `edge/local/CONFORMANCE.md`. No other fact begins like this. */
  fact: string;
  needs: readonly Feature[];
  /** @throws AssertionError if the answer differs from CloudFront's */
  ask(viewer: Viewer): Promise<void>;
}

function question(fact: string, needs: readonly Feature[], ask: (viewer: Viewer) => Promise<void>): Question {
  return { fact, needs, ask };
}

const SIGNED: readonly Feature[] = ['behaviors', 'signatures'];
/** Emulators may call such a policy either. */
const MALFORMED = '(?:MalformedPolicy|AccessDenied)';
const FUNCTIONS: readonly Feature[] = ['behaviors', 'functions'];
const SERVER: readonly Feature[] = ['behaviors', 'serverOrigins'];
const KEPT: readonly Feature[] = [...SERVER, 'cache'];
const BUCKET_CORS: readonly Feature[] = ['behaviors', 'bucketCors'];
/** What a preflight brings. */
const preflight = (origin: string, method = 'PUT') => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'X-Own' },
});

const told = ({ body }: Given) => JSON.parse(body);
const countOf = async (viewer: Viewer, path: string) => told(await viewer.ask(path)).count;

/** What emulators are asked. Each question is of one fact. */
export const QUESTIONS: readonly Question[] = [
  question('A custom policy comes in CloudFront-Policy', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, {}));
    opened(await byUrl(viewer, { path: FILE }));
    refused(await viewer.ask(FILE), 'MissingKey');
  }),
  question('CloudFront-Hash-Algorithm is SHA1 or SHA256', SIGNED, async (viewer) => {
    for (const key of ['KRSA', 'KEC'] as const) {
      opened(await byCookies(viewer, { key, hash: 'sha256' }));
      opened(await byCookies(viewer, { key, hash: 'sha1' }));
      refused(await byCookies(viewer, { key, hash: 'sha256', isMarked: false }));
    }
  }),
  question('The names of the cookies are case-sensitive.', SIGNED, async (viewer) => {
    const { headers } = asCookies(viewer.sign({}));
    const cookie = headers?.['cookie']?.replaceAll('CloudFront-', 'cloudfront-') ?? '';
    refused(await viewer.ask(FILE, { headers: { cookie } }), 'MissingKey');
  }),
  question('A canned policy has CloudFront-Expires', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, { isCanned: true, path: FILE }));
    opened(await byUrl(viewer, { isCanned: true, path: FILE }));
  }),
  question('CloudFront builds a canned policy anew', SIGNED, async (viewer) => {
    refused(await byCookies(viewer, { isCanned: true, path: '/private/*' }));
    refused(await byCookies(viewer, { isCanned: true, path: FILE }, '/private/ab/c.txt'));
  }),
  question('Public keys are RSA of 2,048 bits or ECDSA', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, { key: 'KRSA' }));
    opened(await byCookies(viewer, { key: 'KEC' }));
  }),
  question('CloudFront uses SHA-1 to verify an ECDSA', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, { key: 'KEC', hash: 'sha1' }));
  }),
  question('Base64 has - for +', SIGNED, async (viewer) => {
    const fields = viewer.sign({});
    const urlSafe = Buffer.from('?'.repeat(30)).toString('base64').replaceAll('/', '_').replaceAll('+', '-');
    refused(await viewer.ask(FILE, asCookies({ ...fields, Signature: urlSafe })), 'MalformedSignature');
  }),
  question('The signature covers exactly the bytes', SIGNED, async (viewer) => {
    const spaced = JSON.stringify(policyFor(`${viewer.origin}/private/*`)).replaceAll(':{', ': {');
    const fields = viewer.sign({ policy: spaced });
    opened(await viewer.ask(FILE, asCookies(fields)));
    const other = spelled(Buffer.from(`${spaced} `));
    refused(await viewer.ask(FILE, asCookies({ ...fields, Policy: other })));
  }),
  question('A URL with Expires, Policy, Signature', SIGNED, async (viewer) => {
    const withCookies = asCookies(viewer.sign({}));
    refused(await viewer.ask(`${FILE}?Expires=1`, withCookies), 'MissingKey');
    opened(await viewer.ask(`${FILE}?expires=1`, withCookies));
  }),
  question('A request has at most', ['limits'], async (viewer) => {
    equal((await viewer.ask(`/plain.txt?${'x'.repeat(8_300)}`)).status, 414);
    equal((await viewer.ask('/plain.txt', { headers: { 'x-long': 'x'.repeat(25_000) } })).status, 413);
  }),
  question('Behavior and origin are chosen by the normalised path.', SIGNED, async (viewer) => {
    refused(await viewer.ask('/x/../private/a.txt'), 'MissingKey');
    refused(await viewer.ask('//private/a.txt'), 'MissingKey');
  }),
  question('CloudFront checks the signature after the method', [...SIGNED, 'functions'], async (viewer) => {
    refused(await viewer.ask('/signed-function/x'), 'MissingKey');
    equal((await byCookies(viewer, { path: '/signed-function/*' }, '/signed-function/x')).status, 200);
  }),
  question('Key-Pair-Id absent or empty', SIGNED, async (viewer) => {
    const { 'Key-Pair-Id': _id, ...fields } = viewer.sign({});
    for (const given of [fields, { ...fields, 'Key-Pair-Id': '' }])
      refused(await viewer.ask(FILE, asCookies(given)), 'MissingKey', 'Missing Key-Pair-Id query');
  }),
  question('A key outside the key groups', SIGNED, async (viewer) => {
    const fields = { ...viewer.sign({}), 'Key-Pair-Id': 'KOTHER' };
    refused(await viewer.ask(FILE, asCookies(fields)), 'InvalidKey', 'Unknown Key<');
  }),
  question('A signature that cannot be decoded', SIGNED, async (viewer) => {
    const fields = { ...viewer.sign({}), Signature: '!!' };
    refused(await viewer.ask(FILE, asCookies(fields)), 'MalformedSignature', 'Could not unencode Signature<');
  }),
  question('A policy that is not JSON', SIGNED, async (viewer) => {
    for (const policy of ['no JSON', '{"Statement":[]}'])
      refused(await byCookies(viewer, { policy }), 'MalformedPolicy', 'Malformed Policy<');
  }),
  question('A wrong signature, another hash', SIGNED, async (viewer) => {
    const { Signature = '' } = viewer.sign({ path: '/' });
    const wrong = await viewer.ask(FILE, asCookies({ ...viewer.sign({}), Signature }));
    refused(wrong, 'AccessDenied', 'Access denied<');
    refused(await byCookies(viewer, { path: '/other/*' }));
  }),
  question('Each refusal of a signature is 403', SIGNED, async (viewer) => {
    const { status, body, headers } = await viewer.ask(FILE);
    equal(status, 403);
    match(String(headers['content-type']), /^text\/xml/);
    match(body, /^<\?xml version="1\.0" encoding="UTF-8"\?><Error><Code>[^\n]*<\/Error>$/);
    equal(body.includes('RequestId'), false);
  }),
  question('A refusal of a signature carries Server', SIGNED, async (viewer) => {
    const { headers } = await viewer.ask(FILE, { headers: { origin: 'https://a.example' } });
    equal(headers['server'], 'CloudFront');
    equal(headers['x-cache'], 'Error from cloudfront');
    match(String(headers['via']), /\(CloudFront\)$/);
    equal(headers['access-control-allow-origin'], undefined);
  }),
  question('Signing cookies are not in the cache key', [...SIGNED, 'cache'], async (viewer) => {
    opened(await byCookies(viewer, { key: 'KEC' }));
    const second = await byCookies(viewer, { key: 'KRSA' });
    opened(second);
    match(String(second.headers['x-cache']), /^Hit/);
  }),
  question('RSA signatures are PKCS #1 v1.5', SIGNED, async (viewer) => {
    const { Signature: _signature, ...fields } = viewer.sign({});
    const halves = Buffer.alloc(64, 1);
    refused(await viewer.ask(FILE, asCookies({ ...fields, Signature: spelled(halves) })));
    opened(await byCookies(viewer, { key: 'KRSA', hash: 'sha1' }));
    opened(await byCookies(viewer, { key: 'KEC', hash: 'sha256' }));
  }),
  question('A policy has exactly one statement', SIGNED, async (viewer) => {
    const [statement] = Object.values(policyFor(`${viewer.origin}/private/*`))[0];
    for (const Statement of [[statement, statement], statement])
      refused(await byCookies(viewer, { policy: { Statement } }), MALFORMED);
  }),
  question('DateLessThan is required', SIGNED, async (viewer) => {
    const until = (at: number) => ({ condition: { DateLessThan: { 'AWS:EpochTime': at } } });
    const Resource = `${viewer.origin}/private/*`;
    const endless = { policy: { Statement: [{ Resource, Condition: {} }] } };
    refused(await byCookies(viewer, endless), MALFORMED);
    refused(await byCookies(viewer, until(secondsFromNow(60) * 1_000)), MALFORMED);
    refused(await byCookies(viewer, until(secondsFromNow(-60))));
  }),
  question('DateGreaterThan is optional', SIGNED, async (viewer) => {
    const from = (at: number) => ({ condition: { DateGreaterThan: { 'AWS:EpochTime': at } } });
    opened(await byCookies(viewer, from(secondsFromNow(-60))));
    refused(await byCookies(viewer, from(secondsFromNow(3_000))));
  }),
  question('IpAddress is optional', SIGNED, async (viewer) => {
    const at = (range: string) => ({ condition: { IpAddress: { 'AWS:SourceIp': range } } });
    opened(await byCookies(viewer, at('127.0.0.0/8')));
    refused(await byCookies(viewer, at('192.0.2.0/24')));
  }),
  question('A policy without Resource covers', SIGNED, async (viewer) => {
    const condition = { DateLessThan: { 'AWS:EpochTime': secondsFromNow(600) } };
    opened(await byCookies(viewer, { policy: { Statement: [{ Condition: condition }] } }));
  }),
  question('* stands for any number of characters', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/*', '/private/ab/c.txt'), true);
    equal(await opens(viewer, '/priv*.txt', FILE), true);
    equal(await opens(viewer, '/private/?.txt', FILE), true);
    equal(await opens(viewer, '/private/??.txt', FILE), false);
  }),
  question('A policy without a slash before its *', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/a*', '/private/ab/c.txt'), true);
    equal(await opens(viewer, '/private/a/*', '/private/ab/c.txt'), false);
  }),
  question('CloudFront matches protocol, domain, path and query', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/?.txt?x=*', `${FILE}?x=1`), true);
    equal(await opens(viewer, '/private/*?x=1', `${FILE}?x=2`), false);
  }),
  question('A * at the end of the path covers every query', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/*', `${FILE}?x=1`), true);
    equal(await opens(viewer, '/private/b*', `${FILE}?x=1`), false);
  }),
  question('A path without a * at its end covers no query.', SIGNED, async (viewer) => {
    equal(await opens(viewer, FILE, `${FILE}?x=1`), false);
  }),
  question('Resource in a cookie begins with', SIGNED, async (viewer) => {
    refused(await byCookies(viewer, { policy: policyFor('*') }));
    opened(await byUrl(viewer, { policy: policyFor('*') }));
  }),
  question('CloudFront compares the URL as the viewer sent it', SIGNED, async (viewer) => {
    equal(await opens(viewer, '/private/b%20c.txt'), true);
    equal(await opens(viewer, '/private/b c.txt', '/private/b%20c.txt'), false);
  }),
  question('A policy has no condition on the method.', SIGNED, async (viewer) => {
    const { headers = {} } = asCookies(viewer.sign({}));
    equal((await viewer.ask(FILE, { method: 'HEAD', headers })).status, 200);
    equal((await viewer.ask(FILE, { method: 'HEAD' })).status, 403);
  }),
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
  question('A function may return the query as text.', [...FUNCTIONS, 'serverOrigins'], async (viewer) => {
    equal(told(await viewer.ask('/query/x?z=0')).url, '/echo/query?a=1&b=2');
  }),
  question('A Buffer reads and writes numbers', FUNCTIONS, async (viewer) => {
    deepEqual(told(await viewer.ask('/numbers/x')), ['fffe00286bee0000', -2, 4_000_000_000, [2, 6]]);
  }),
  question(
    'A viewer-request function sends a request to another origin.',
    [...SERVER, 'functions', 'originHelpers'],
    async (viewer) => {
      equal(told(await viewer.ask('/selected/x')).url, '/selected/x');
    },
  ),
  question('S3 gives the CORS headers of the first rule', BUCKET_CORS, async (viewer) => {
    const allowed = async (origin: string) =>
      (await viewer.ask('/s3-cors/a.txt', { headers: { origin } })).headers['access-control-allow-origin'];
    deepEqual(
      [await allowed('https://a.example'), await allowed('https://b.example')],
      ['https://a.example', '*'],
    );
  }),
  question('S3 answers a preflight that a rule allows', BUCKET_CORS, async (viewer) => {
    const { status, headers } = await viewer.ask('/s3-cors/a.txt', preflight('https://a.example'));
    equal(status, 200);
    match(String(headers['access-control-allow-methods']), /PUT/);
  }),
  question('S3 refuses any other preflight', BUCKET_CORS, async (viewer) => {
    equal((await viewer.ask('/s3-cors/a.txt', preflight('https://b.example'))).status, 403);
  }),
];
