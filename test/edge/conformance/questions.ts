import { brotliDecompressSync } from 'node:zlib';
import type { Answer } from '../../../services/operator/probe/asker.ts';
import { labQuestions } from '../../../services/operator/probe/facts.ts';
import type { LabWorld } from '../../../services/operator/probe/lab-world.ts';
import type { Question, Seen } from '../../../services/operator/probe/run.ts';
import { LONG_TEXT } from './fixture.ts';

export interface EmulatorQuestion extends Question<LabWorld> {
  /** The numbers of the facts in `edge/local/CONFORMANCE.md` that the answer shows. */
  fact: string;
}

type Ask = LabWorld['ask'];

function question(
  fact: string,
  name: string,
  assumed: Seen,
  ask: (ask: Ask, lab: LabWorld) => Promise<Seen>,
): EmulatorQuestion {
  return { name, assumed, fact, otherwise: '', ask: (lab) => ask(lab.ask, lab) };
}

const read = ({ body }: Answer) => JSON.parse(body.toString());
/** What the server behind the origin says of the request. */
const toldOf = async (ask: Ask, ...asked: Parameters<Ask>) => read(await ask(...asked));
const words = ({ status, body }: Answer) => `${status} ${body}`;
/** How often the server was asked, after each of two equal requests. */
const counts = async (ask: Ask, path: string) =>
  `${(await toldOf(ask, path)).count}, ${(await toldOf(ask, path)).count}`;
/** What a preflight brings. */
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'X-Own' },
});

/** What needs more than the lab's template: a server as an origin, a cache, further functions, rules of the bucket. */
const FURTHER: readonly EmulatorQuestion[] = [
  question('4.5', 'newUriKeepsOrigin', '404 nothing here', async (ask) =>
    // The function names a path of the other origin, which the bucket does not have.
    words(await ask('/moved-elsewhere/x')),
  ),
  question('4.6', 'uriToOrigin', "/echo/a%2Fb%20c /echo/%e4 /echo/(a)'b*", async (ask) => {
    const paths = ['/echo/a%2Fb%20c', '/echo/%e4', "/echo/(a)'b*"];
    return (await Promise.all(paths.map(async (path) => (await toldOf(ask, path)).url))).join(' ');
  }),
  question('6.8', 'crypto', 'ca978112ca1bbdca, 64 digits, undefined', async (ask) => {
    const { sha256, hmac, verifies } = await toldOf(ask, '/runtime/x');
    return `${sha256.slice(0, 16)}, ${hmac.length} digits, ${verifies}`;
  }),
  question('6.9', 'helpers', 'YQ==a abc a a=b%20c', async (ask) => {
    const { base64, buffer, text, query } = await toldOf(ask, '/runtime/x');
    return [base64, buffer, text, query].join(' ');
  }),
  question('6.15', 'lacking', 'undefined undefined undefined refused refused', async (ask) => {
    const { lacking, evaluated, constructed } = await toldOf(ask, '/runtime/x');
    return [...lacking, evaluated, constructed].join(' ');
  }),
  question('6.16 6.20', 'store', '["kept text",{"a":1},"rejected",[true,false]]', async (ask) => {
    const { text, json, missing, has } = await toldOf(ask, '/store/x');
    return JSON.stringify([text, json, missing, has]);
  }),
  question(
    '6.27',
    'queryAsText',
    '/echo/query?a=1&b=2',
    async (ask) => (await toldOf(ask, '/query/x?z=0')).url,
  ),
  question('6.28', 'numbersInBuffer', '["fffe00286bee0000",-2,4000000000,[2,6]]', async (ask) =>
    JSON.stringify(await toldOf(ask, '/numbers/x')),
  ),
  question('7.1', 'signersShareCache', 'Hit', async (_ask, { origin, sign, show }) => {
    const asked = async () => await show('/private/a.txt', await sign(`${origin}/private/*`), 'cookies');
    await asked();
    return String((await asked()).headers['x-cache']).split(' ')[0] ?? '';
  }),
  question('7.3', 'minimumOutweighsNoStore', '1, 1', (ask) => counts(ask, '/kept/no-store')),
  question('7.10', 'queryInCacheKey', '/kept/list?page=1 1 /kept/list?page=2', async (ask) => {
    const first = await toldOf(ask, '/kept/list?page=1&sort=up');
    const { count } = await toldOf(ask, '/kept/list?page=1&sort=down');
    return `${first.url} ${count} ${(await toldOf(ask, '/kept/list?page=2')).url}`;
  }),
  question('7.17', 'serverErrorIsKept', '1, 1', (ask) => counts(ask, '/status/503')),
  question('7.18', 'refusalIsNotKept', '1, 2', (ask) => counts(ask, '/status/403')),
  question('7.8', 'ranges', '206 0-1/10 01 4-5/10 45, 200', async (ask) => {
    await ask('/plain.txt');
    const { status, body } = await ask('/plain.txt', { headers: { range: 'bytes=0-1,4-5' } });
    const parts = [...body.toString().matchAll(/bytes (\S+)\r\n\r\n(.*)\r\n/g)].flatMap(
      ([, ...part]) => part,
    );
    const unordered = await ask('/plain.txt', { headers: { range: 'bytes=4-5,0-1' } });
    return `${[status, ...parts].join(' ')}, ${unordered.status}`;
  }),
  question('9.1', 'brotliFirst', 'br true', async (ask) => {
    const { headers, body } = await ask('/long.txt', { headers: { 'accept-encoding': 'gzip, deflate, br' } });
    return `${headers['content-encoding']} ${brotliDecompressSync(body).toString() === LONG_TEXT}`;
  }),
  question('9.2 9.4', 'compressedFrom1000', 'gzip accept-encoding, undefined', async (ask) => {
    const headers = { 'accept-encoding': 'gzip' };
    const long = (await ask('/long.txt', { headers })).headers;
    const short = (await ask('/short.txt', { headers })).headers;
    return `${long['content-encoding']} ${long.vary?.toLowerCase()}, ${short['content-encoding']}`;
  }),
  question('9.3', 'weakEtag', 'W/ 304', async (ask) => {
    const headers = { 'accept-encoding': 'gzip' };
    const { etag = '' } = (await ask('/long.txt', { headers })).headers;
    const again = await ask('/long.txt', { headers: { ...headers, 'if-none-match': etag } });
    return `${etag.slice(0, 2)} ${again.status}`;
  }),
  question(
    '9.5',
    'rootObject',
    '200 <h1>root</h1>, 404 nothing here',
    async (ask) => `${words(await ask('/'))}, ${words(await ask('/folder/'))}`,
  ),
  question('9.7', 'errorPage', '404 nothing here', async (ask) => words(await ask('/none.txt'))),
  question('9.9', 'forwarded', '1 a=1 /echo/x?q=1, undefined undefined /kept/headers', async (ask) => {
    const given = { headers: { 'x-own': '1', cookie: 'a=1' } };
    const seen = async (path: string) => {
      const { headers, url } = await toldOf(ask, path, given);
      return `${headers['x-own']} ${headers.cookie} ${url}`;
    };
    return `${await seen('/echo/x?q=1')}, ${await seen('/kept/headers?q=1')}`;
  }),
  question(
    '9.14',
    'hostOfViewerForwarded',
    false,
    async (ask, { origin }) => (await toldOf(ask, '/echo/x')).headers.host === new URL(origin).host,
  ),
  question('9.15', 'forwardedFor', 'after 192.0.2.9, Amazon CloudFront', async (ask) => {
    const { headers } = await toldOf(ask, '/echo/x', { headers: { 'x-forwarded-for': '192.0.2.9' } });
    const isLast = /^192\.0\.2\.9, ?(?:127\.0\.0\.1|::1)$/.test(headers['x-forwarded-for']);
    const agent = (await toldOf(ask, '/kept/agent')).headers['user-agent'];
    return `${isLast ? 'after 192.0.2.9' : headers['x-forwarded-for']}, ${agent}`;
  }),
  question('9.17', 'methodsWithBodies', 'POST 1 PUT 2 PATCH 3 DELETE 4', async (ask) => {
    const seen: string[] = [];
    for (const [index, method] of ['POST', 'PUT', 'PATCH', 'DELETE'].entries()) {
      const told = await toldOf(ask, '/echo/x', { method, body: String(index + 1) });
      seen.push(`${told.method} ${told.body}`);
    }
    return seen.join(' ');
  }),
  question('9.20', 'secondOrigin', '/group/x', async (ask) => (await toldOf(ask, '/group/x')).url),
  question('9.22', 'chosenOrigin', '/selected/x', async (ask) => (await toldOf(ask, '/selected/x')).url),
  question('9.25', 'preflightOfPolicy', 'GET, PUT https://a.example', async (ask) => {
    const { headers } = await ask('/cors/a.txt', preflight('https://a.example'));
    return `${headers['access-control-allow-methods']} ${headers['access-control-allow-origin']}`;
  }),
  question('10.11', 'bucketCors', 'https://a.example *', async (ask) => {
    const allowed = async (origin: string) =>
      (await ask('/s3-cors/a.txt', { headers: { origin } })).headers['access-control-allow-origin'];
    return `${await allowed('https://a.example')} ${await allowed('https://b.example')}`;
  }),
  question('10.12 10.13', 'bucketPreflight', '200 GET, PUT, 403', async (ask) => {
    const { status, headers } = await ask('/s3-cors/a.txt', preflight('https://a.example'));
    const other = await ask('/s3-cors/a.txt', preflight('https://b.example'));
    return `${status} ${headers['access-control-allow-methods']}, ${other.status}`;
  }),
];

/** What emulators are asked: everything that the lab asks of CloudFront, and more. */
export const QUESTIONS: readonly EmulatorQuestion[] = [...labQuestions(), ...FURTHER];
