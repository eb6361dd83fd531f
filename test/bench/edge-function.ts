import { scriptOf } from '../edge/function/support/built.ts';
import {
  ALICE,
  cookiesOf,
  FILES_ORIGIN,
  NOW,
  ownerPolicy,
  type PlainRequest,
  plainRequest,
  policyText,
  START,
  signedQuery,
  TEAM,
} from '../edge/function/support/events.ts';
import { instructionsOf } from './support/instructions.ts';
import { idToken, JWT_FUNCTION } from './support/jwt-function.ts';
import { type BenchResult, compare, inTurns, isOnce, type Rounds } from './support/measure.ts';

const ROUNDS = 3;
const FOLDER = `/users/${ALICE}/`;
const VERSION = 'v=0123456789abcdef0123456789abcdef';
const SHARE = `${VERSION}&share=7`;
/** As many revoked sessions as one value of the KeyValueStore holds. */
const FULL_ENTRY = `0,${Array.from({ length: 92 }, (_, index) => `${START + index + 1},`).join('')}|0,`;

/** One session revoked above a floor, and a share: 42 bytes. */
const SMALL_ENTRY = `${START - 86_400},${START + 1},|12345,12346,123456,`;
const JAPANESE = '%E5%86%99%E7%9C%9F-%E6%97%A5%E6%9C%AC.png';

interface Case {
  name: string;
  request: PlainRequest;
  entry?: string;
  /** The goal beside the JWT function. */
  atMost?: number;
  /** The goal beside the canonical URL of one's own folder. */
  atMostOfOwn?: number;
}

const ownFile = (name: string) => plainRequest(`${FOLDER}${name}`, { rawQuery: VERSION });

const OWN: Case = { name: 'canonical URL', request: ownFile('photo-1.png'), atMost: 0.5 };

/** Each image asks these two. The slow ring counts them too. */
export const USUAL: Case[] = [
  OWN,
  {
    name: "a team's file",
    request: plainRequest(`/teams/${TEAM}/photo-1.png`, {
      rawQuery: VERSION,
      cookies: cookiesOf(ownerPolicy(`teams/${TEAM}`)),
    }),
    atMostOfOwn: 1.15,
  },
];

const CASES: Case[] = [
  ...USUAL,
  {
    name: 'canonical URL, one revoked session',
    request: ownFile('photo-1.png'),
    entry: SMALL_ENTRY,
    atMost: 0.5,
  },
  { name: 'canonical URL, entry of 1 KB', request: ownFile('photo-1.png'), entry: FULL_ENTRY },
  { name: 'canonical URL, Japanese name', request: ownFile(JAPANESE), atMost: 0.5 },
  { name: 'Japanese name, one revoked session', request: ownFile(JAPANESE), entry: SMALL_ENTRY },
  {
    name: 'share',
    request: plainRequest(`${FOLDER}photo-1.png`, {
      rawQuery: `${SHARE}&${signedQuery(policyText(`${FILES_ORIGIN}${FOLDER}photo-1.png?${SHARE}`))}`,
      cookies: {},
    }),
  },
  { name: '330 × `%e5%86%99`', request: ownFile('%e5%86%99'.repeat(330)), atMost: 1 },
  { name: '990 × `!`', request: ownFile('!'.repeat(990)), atMost: 1 },
  { name: '990 × `%21`', request: ownFile('%21'.repeat(990)), atMost: 1 },
  { name: "198 × `!'()*`", request: ownFile("!'()*".repeat(198)), atMost: 1 },
  { name: '494 × `a/`', request: ownFile(`${'a/'.repeat(494)}a`), atMost: 1 },
  { name: '990 × `%61`', request: ownFile('%61'.repeat(990)), atMost: 1 },
];

const CLOCK = `Date.now = function () { return ${NOW * 1_000}; };\n`;

export const run = (): Promise<BenchResult[]> => count(isOnce ? USUAL : CASES, ROUNDS);

/** Instructions of one call of the viewer-request function, beside the JWT function and a file of one's own. */
export async function count(cases: Case[], rounds: number): Promise<BenchResult[]> {
  const withToken = plainRequest('/photo-1.png', { rawQuery: `jwt=${idToken(NOW)}`, cookies: {} });
  const [jwt = [], ...ours] = await inTurns(
    [
      () => instructionsOf(CLOCK + JWT_FUNCTION, withToken),
      ...cases.map(
        ({ request, entry = '' }) =>
          () =>
            instructionsOf(builtWith(entry), request),
      ),
    ],
    rounds,
  );
  const own = ours[cases.indexOf(OWN)] ?? [];
  return cases.map(({ name, atMost, atMostOfOwn }, index) =>
    compare(
      [name, 'instructions a call'],
      ['viewer-request', ours[index] ?? []],
      ['JWT function', jwt, atMost === undefined ? undefined : { atMost }],
      ...(atMostOfOwn === undefined ? [] : [[OWN.name, own, { atMost: atMostOfOwn }] satisfies Rounds]),
    ),
  );
}

/** The built function, with a KeyValueStore as simple as the one of the JWT function. */
function builtWith(entry: string): string {
  const store = `{
    exists: function () { return Promise.resolve(${entry !== ''}); },
    get: function () { return Promise.resolve('${entry}'); },
  }`;
  return scriptOf('viewer-request', { store });
}
