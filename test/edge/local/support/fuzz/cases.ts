import { BEHIND_THE_PREFIX, FROM_THE_START } from '../../../function/support/isolation-paths.ts';
import { ALICE, asCookies, BOB } from '../edge.ts';
import {
  COOKIE_OF_BOB,
  COOKIE_OF_TEAM,
  carried,
  forged,
  GOOD_COOKIE,
  mixed,
  mutatedCookie,
  nestedPolicy,
  signedPolicy,
  spelledOtherwise,
} from './credentials.ts';
import {
  ABSOLUTE_FORMS,
  BROKEN_LINES,
  brokenChunks,
  FOREIGN,
  goodChunks,
  HEADERS,
  OTHER_PROTOCOLS,
  OWN,
  REQUEST_LINES,
  SMUGGLED,
} from './framing.ts';
import { createRandom, mutated, type Random } from './random.ts';

/** Bytes for a socket, one for each character. */
export interface FuzzCase {
  number: number;
  kind: string;
  bytes: string;
  /** True if the answer is known: these are the good requests in between. */
  control?: 'alice' | 'bob' | 'team';
  /** The request has a set of the team, which opens no file of alice. The others have none, and open none of the team. */
  isOfTeam?: true;
  /** True if the edge decides where the request ends. Nothing follows such a request on its connection. */
  isLast: boolean;
}

type Made = Omit<FuzzCase, 'number' | 'kind' | 'isLast'>;

const PATH_TOKENS = [
  ...BEHIND_THE_PREFIX.tokens.map((token) => token.replace('*', '%2A')),
  ...['..;', '%u002e', '%', '%zz', '+', ':', '~', '%09', '%ff', '"', '<', '|', '^', '`', '{', 'a.txt'],
  ...['b.txt', `/../${BOB}/b.txt`, `%2e%2e/${BOB}/b.txt`, `..%2f${BOB}%2fb.txt`],
  ...['/users/', '/teams/'],
];
const QUERIES = [
  ...['v=1', 'v=%22', 'share=1', 'download=a', 'clear', '?', '&&&', '=', '%', 'Expires=1', 'Policy='],
  ...['Signature', '__proto__=1', 'versionId=1', 'response-content-type=text/html', 'uploads', 'policy=x'],
  ...['%50olicy=x', 'a'.repeat(8_000), '\x5c', "'"],
];

function get(target: string, lines: readonly string[] = [], requestLine = 'GET @ HTTP/1.1'): string {
  return [requestLine.replace('@', () => target), 'Host: localhost:8080', ...lines, '', ''].join('\r\n');
}

function withCredential(random: Random, { cookie, query }: { cookie?: string; query?: string }): Made {
  const path = random.pick([OWN, OWN, FOREIGN, `/users/${ALICE}/../${BOB}/b.txt`, `/users/${ALICE}/none`]);
  const lines = cookie === undefined ? [] : [`Cookie: ${cookie}`];
  return { bytes: get(query === undefined ? path : `${path}?${query.replace(/\s/g, '')}`, lines) };
}

function hostilePath(random: Random, own = `/users/${ALICE}`): string {
  const start = random.pick([
    ...[`${own}/`, `${own}/`, own, '/', `/users/${BOB}/`],
    ...[`/teams/${BOB}/`, `${own}/../../users/${BOB}/`, `${own}/../../teams/${BOB}/`],
  ]);
  const tokens = random.some(random.chance(0.8) ? PATH_TOKENS : FROM_THE_START.tokens, 8);
  const query = random.chance(0.3) ? `?${random.some(QUERIES, 3).join('&')}` : '';
  return `${start}${tokens.join('')}${query}`;
}

const cookieLine = (random: Random) => (random.chance(0.9) ? [`Cookie: ${GOOD_COOKIE}`] : []);
const good = [`Cookie: ${GOOD_COOKIE}`];

/** Requests that end according to HTTP/1.1, so others may follow. */
const WHOLE: Record<string, (random: Random) => Made> = {
  'good, of alice': () => ({ bytes: get(OWN, good), control: 'alice' }),
  'good, of bob': () => ({ bytes: get(FOREIGN, [`Cookie: ${COOKIE_OF_BOB}`]), control: 'bob' }),
  path: (random) => ({ bytes: get(hostilePath(random), cookieLine(random)) }),
  'path, with a set of a team': (random) => ({
    bytes: get(hostilePath(random, `/teams/${ALICE}`), [`Cookie: ${COOKIE_OF_TEAM}`]),
    isOfTeam: true,
  }),
  'good, of the team': () => ({
    bytes: get(`/teams/${ALICE}/a.txt`, [`Cookie: ${COOKIE_OF_TEAM}`]),
    control: 'team',
    isOfTeam: true,
  }),
  'absolute form': (random) => ({
    bytes: get(random.pick(ABSOLUTE_FORMS.slice(0, 3)) + random.pick([OWN, FOREIGN, '', '/']), good),
  }),
  cookie: (random) => withCredential(random, { cookie: mutatedCookie(random) }),
  'cookies of two': (random) =>
    withCredential(random, {
      cookie: mixed(random)
        .map((part) => `CloudFront-${part}`)
        .join('; '),
    }),
  'parameters of two': (random) => withCredential(random, { query: mixed(random).join('&') }),
  'forged policy': (random) => withCredential(random, carried(random, forged(random))),
  'signed policy': (random) => withCredential(random, carried(random, signedPolicy(random))),
  'nested policy': (random) => withCredential(random, { cookie: asCookies(nestedPolicy(random)).Cookie }),
  base64: (random) => withCredential(random, carried(random, spelledOtherwise(random))),
  headers: (random) => ({
    bytes: get(
      random.pick([OWN, FOREIGN]),
      [...good, ...random.some(HEADERS, 5)],
      random.pick(['GET @ HTTP/1.1', 'HEAD @ HTTP/1.1']),
    ),
  }),
  size: (random) => {
    const long = 'a'.repeat(random.below(20_000));
    const lines = [...good, random.pick(['Cookie: a=', 'X-Long: ', 'Range: bytes=']) + long];
    if (random.chance(0.5)) return { bytes: get(`${OWN}?v=${long}`, good) };
    return { bytes: get(OWN, [...lines, `X-Other: ${'b'.repeat(random.below(20_000))}`]) };
  },
  body: (random) => ({
    bytes: `${get(OWN, [...good, `Content-Length: ${SMUGGLED.length}`], random.pick(['GET @ HTTP/1.1', 'POST @ HTTP/1.1']))}${SMUGGLED}`,
  }),
  'chunked body': (random) => ({
    bytes: `${get(OWN, [...good, 'Transfer-Encoding: chunked'], random.pick(['GET @ HTTP/1.1', 'PUT @ HTTP/1.1']))}${goodChunks(random)}`,
  }),
};

/** Requests that need not end, or that break the connection. */
const LAST: Record<string, (random: Random) => Made> = {
  'request line': (random) => ({ bytes: get(random.pick([OWN, FOREIGN]), good, random.pick(REQUEST_LINES)) }),
  'other form': (random) => ({
    bytes: get(random.pick(ABSOLUTE_FORMS) + random.pick([OWN, FOREIGN, '']), good),
  }),
  'raw target': (random) => ({
    bytes: get(mutated(random, OWN, [...PATH_TOKENS, ' ', '\t', '#', '\x00', '\r\n']), good),
  }),
  'broken lines': (random) => ({
    bytes: get(random.pick([OWN, FOREIGN]), [
      ...good,
      ...random.some(BROKEN_LINES, 2),
      random.pick(BROKEN_LINES),
    ]),
  }),
  'broken chunks': (random) => ({
    bytes: `${get(OWN, [...good, 'Transfer-Encoding: chunked'])}${brokenChunks(random)}`,
  }),
  'short body': (random) => ({
    bytes: `${get(OWN, [...good, `Content-Length: ${1 + random.below(9_999)}`])}${random.bytes(20)}`,
  }),
  'changed request': (random) => ({
    bytes: mutated(random, get(random.pick([OWN, FOREIGN]), good), [
      ...HEADERS,
      ...BROKEN_LINES,
      '\r\n',
      SMUGGLED,
    ]),
  }),
  'other protocol': (random) => ({ bytes: random.pick(OTHER_PROTOCOLS) + random.bytes(20) }),
  'any bytes': (random) => ({ bytes: `x${random.bytes(400)}` }),
};

/** Whole requests, and then the last request of the connection. */
export const CASES_A_CONNECTION = 13;

export function caseAt(seed: number, number: number): FuzzCase {
  const random = createRandom(seed, number);
  const isLast = number % CASES_A_CONNECTION === CASES_A_CONNECTION - 1;
  const kinds = isLast ? LAST : WHOLE;
  const kind = random.pick(Object.keys(kinds));
  const make = kinds[kind];
  if (!make) throw new Error(`no kind ${kind}`);
  return { number, kind, isLast, ...make(random) };
}
