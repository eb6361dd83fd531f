import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
import { temporaryDirectory, withTeardown } from '../support/test-stack.ts';
import { idToken, JWT_FUNCTION } from './support/jwt-function.ts';
import { type BenchRun, compare, inTurns } from './support/measure.ts';

const execute = promisify(execFile);
const FEW = 50;
const MANY = 150;

/**
 * Instructions of one call under njs, counted by callgrind. The result is the difference between many calls and few, so
 * that njs's start and its reading of the script are left out.
 * @param script with a function `handler`
 * @param event the source of an expression: a new event for each call
 * @throws Error if a call fails, or answers and does not pass the request on
 */
async function instructionsPerCall(script: string, event: string): Promise<number> {
  const [few, many] = await Promise.all([FEW, MANY].map((calls) => instructions(script, event, calls)));
  return ((many ?? 0) - (few ?? 0)) / (MANY - FEW);
}

function instructions(script: string, event: string, calls: number): Promise<number> {
  return withTeardown(async (t) => {
    const file = join(temporaryDirectory(t), 'calls.js');
    await writeFile(
      file,
      `${script}
function next(left) {
  if (left > 0) return Promise.resolve(handler(${event})).then(function (result) {
    if (result.statusCode !== undefined) throw new Error('refused');
    return next(left - 1);
  });
}
next(${calls}).catch(function (error) { console.log(String(error)); });
`,
    );
    const callgrind = ['--tool=callgrind', '--callgrind-out-file=/dev/null'];
    const { stdout, stderr } = await execute('valgrind', [...callgrind, 'njs', file]);
    const count = /Collected : (\d+)/.exec(stderr)?.[1];
    if (stdout !== '' || !count) throw new Error(`njs under callgrind: ${stdout}${stderr}`);
    return Number(count);
  });
}

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
  atMost?: number;
}

const ownFile = (name: string) => plainRequest(`${FOLDER}${name}`, { rawQuery: VERSION });

const CASES: Case[] = [
  { name: 'canonical URL', request: ownFile('photo-1.png'), atMost: 0.5 },
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
  {
    name: "a team's file",
    request: plainRequest(`/teams/${TEAM}/photo-1.png`, {
      rawQuery: VERSION,
      cookies: cookiesOf(ownerPolicy(`teams/${TEAM}`)),
    }),
    atMost: 0.575,
  },
  { name: '330 × `%e5%86%99`', request: ownFile('%e5%86%99'.repeat(330)), atMost: 1 },
  { name: '990 × `!`', request: ownFile('!'.repeat(990)), atMost: 1 },
  { name: '990 × `%21`', request: ownFile('%21'.repeat(990)), atMost: 1 },
  { name: "198 × `!'()*`", request: ownFile("!'()*".repeat(198)), atMost: 1 },
  { name: '494 × `a/`', request: ownFile(`${'a/'.repeat(494)}a`), atMost: 1 },
  { name: '990 × `%61`', request: ownFile('%61'.repeat(990)), atMost: 1 },
];

const CLOCK = `Date.now = function () { return ${NOW * 1_000}; };\n`;
const NO_OP = 'function handler(event) { return event.request; }';

/** Instructions of one call of the viewer-request function, minus those of a function that does nothing. */
export async function run(): Promise<BenchRun> {
  const token = `jwt=${idToken(NOW)}`;
  const tokenEvent = eventSource(plainRequest('/photo-1.png', { rawQuery: token, cookies: {} }));
  const [jwt = [], ...ours] = await inTurns(
    [
      () => instructionsOf(CLOCK + JWT_FUNCTION, tokenEvent),
      ...CASES.map(
        ({ request, entry = '' }) =>
          () =>
            instructionsOf(builtWith(entry), eventSource(request)),
      ),
    ],
    ROUNDS,
  );
  return CASES.map(({ name, atMost }, index) =>
    compare(
      [name, 'instructions a call'],
      ['viewer-request', ours[index] ?? []],
      ['JWT function', jwt, atMost === undefined ? undefined : { atMost }],
    ),
  );
}

/** The built function, with a KeyValueStore as simple as the one of the JWT function. */
function builtWith(entry: string): string {
  const store = `{
    exists: function () { return Promise.resolve(${entry !== ''}); },
    get: function () { return Promise.resolve('${entry}'); },
  }`;
  return scriptOf('viewer-request', undefined, store);
}

async function instructionsOf(script: string, event: string): Promise<number> {
  return (await instructionsPerCall(script, event)) - (await instructionsPerCall(NO_OP, event));
}

/** An event as the source of an expression, so that every call has its own event. */
function eventSource({ rawQuery, ...request }: PlainRequest): string {
  const context = {
    eventType: 'viewer-request',
    requestId: 'r',
    distributionId: 'E',
    distributionDomainName: 'd',
  };
  const fields = JSON.stringify(request).slice(1, -1);
  const raw = `rawQueryString: function () { return ${JSON.stringify(rawQuery)}; }`;
  return `{ version: '1.0', context: ${JSON.stringify(context)}, viewer: { ip: '192.0.2.1' }, request: { ${fields}, ${raw} } }`;
}
