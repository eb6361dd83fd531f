import { spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { formatEntry } from '../../../../core/entry-format.ts';
import { parseLocalSettings } from '../../../../services/local/settings.ts';
import { localStackValues } from '../../../../services/local/stack-template.ts';
import { openLocalState } from '../../../../services/local/state.ts';
import { COMMANDS } from '../../../../services/operator/cli/commands.ts';
import { doctor } from '../../../../services/operator/cli/doctor.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  folderPolicy,
  NOW_EPOCH,
  ORIGIN,
  signPolicy,
} from '../../../edge/local/support/edge.ts';
import { cachedStack } from '../../../support/cached-build.ts';
import { ecKey, type TestKey } from '../../../support/local-values.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const main = fileURLToPath(new URL('../../../../services/operator/main.ts', import.meta.url));
const directory = temporaryDirectory(t);
const state = openLocalState(directory);
await cachedStack(localStackValues(parseLocalSettings({}), state.keys), join(directory, 'build'));

const [current] = state.keys;
if (!current) throw new Error('no key');
const key: TestKey = {
  keyPairId: current.keyPairId,
  privateKey: createPrivateKey(current.privatePem),
  publicPem: current.publicPem,
};
const signed = signPolicy(folderPolicy(ALICE), { key });
const own = `${ORIGIN}/users/${ALICE}/a.txt`;
const PLACE = { env: {}, localDirectory: directory };
const ask = (url: string, cookies = asCookies(signed), ...more: string[]) =>
  doctor([url, '--cookie', cookies.Cookie, ...more], PLACE, () => NOW_EPOCH * 1_000);

t.test('a request that the edge would let pass', async (t) => {
  const { text, isAdmitted } = await ask(own);
  t.ok(isAdmitted);
  t.equal(
    text,
    [
      `GET /users/${ALICE}/a.txt, signed cookies, key ${key.keyPairId}`,
      'admitted',
      '  Host, behavior, signature and function let the request pass. This does not check whether the file exists.',
    ].join('\n'),
  );
  t.ok((await ask(`${ORIGIN}/users/${ALICE}/写真.png#top`)).isAdmitted, 'a URL as people type it');
  t.ok((await ask(own, { Cookie: `Cookie: ${asCookies(signed).Cookie}` })).isAdmitted, 'a whole header line');
  t.ok((await ask(own, undefined, '--method', 'HEAD')).isAdmitted);
  t.match((await ask(`${ORIGIN}?x=1`)).text, /^GET \/,/, 'a URL without a path');
  const bare = await doctor([`${own}?${asQuery(signed)}`], PLACE, () => NOW_EPOCH * 1_000);
  t.match(bare, { isAdmitted: true, text: /a signed URL/ });
});

t.test('a cookie from standard input, which no shell history keeps', async (t) => {
  const read = (input: string) =>
    doctor(
      [own, '--cookie', '-'],
      PLACE,
      () => NOW_EPOCH * 1_000,
      () => input,
    );
  t.ok((await read(`Cookie: ${asCookies(signed).Cookie}\n`)).isAdmitted);
  t.match((await read('')).text, 'signature, missing_key (403)');
});

t.test('each refusal names the room and the clause, with both sides', async (t) => {
  const policy = (changes: object) => asCookies(signPolicy(folderPolicy(ALICE, changes), { key }));
  const { 'Hash-Algorithm': _hash, ...unmarked } = signed;
  const iso = (epoch: number) => new Date(epoch * 1_000).toISOString();
  const ended = policy({ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH - 300 } });
  const early = policy({ DateGreaterThan: { 'AWS:EpochTime': NOW_EPOCH + 5 } });
  const elsewhere = policy({ IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } });
  const milliseconds = policy({ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH * 1_000 } });
  const removed = asCookies(signPolicy(folderPolicy(ALICE), { key: ecKey('KOLD') }));
  const none = { Cookie: 'x=y' };
  const cases: [name: string, Promise<{ text: string; isAdmitted: boolean }>, ...words: string[]][] = [
    ['host', ask(own.replace('localhost', '127.0.0.1')), 'request, host (421)', 'required: localhost:8080'],
    ['scheme', ask(own.replace('http', 'https')), 'The files host is http://localhost:8080.'],
    ['method', ask(own, undefined, '--method', 'PUT'), 'behavior, method (403)', 'GET, HEAD'],
    ['no cookies', ask(own, none), 'signature, missing_key (403)', 'no credential'],
    ['a stray parameter', ask(`${own}?Expires=1`), 'missing_key', 'ignores the cookies'],
    ['key', ask(own, removed), 'signature, unknown_key (403)', 'given:    KOLD'],
    ['hash', ask(own, asCookies(unmarked)), 'hash_algorithm', 'required: SHA256', 'given:    SHA1'],
    ['encoding', ask(own, asCookies({ ...signed, Signature: 'a+b=' })), 'undecodable_signature', '- for +'],
    ['milliseconds', ask(own, milliseconds), 'malformed_policy', 'must be whole seconds'],
    ['end', ask(own, ended), 'expired', `before ${iso(NOW_EPOCH - 300)}`, `given:    ${iso(NOW_EPOCH)}`],
    ['start', ask(own, early), 'not_yet_valid', `after ${iso(NOW_EPOCH + 5)}`, iso(NOW_EPOCH)],
    ['IP', ask(own, elsewhere), 'ip_address', 'required: 192.0.2.0/24', 'given:    127.0.0.1'],
    ['path', ask(own.replace(ALICE, BOB)), 'resource_path', `required: ${ORIGIN}/users/${ALICE}/*`, BOB],
    ['function', ask(`${ORIGIN}/users/${ALICE}/a%2fb`), 'viewer-request function, bad_path (400)'],
  ];
  for (const [name, asked, ...words] of cases) {
    const { text, isAdmitted } = await asked;
    t.notOk(isAdmitted, name);
    for (const word of words) t.match(text, word, name);
    t.notMatch(text, String(signed['Signature']), `${name}: no signature`);
    t.notMatch(text, String(signed['Policy']), `${name}: no policy`);
    t.notMatch(text, 'undefined', `${name}: every clause has words`);
  }
});

t.test('revocation: the last state of the local KeyValueStore', async (t) => {
  const file = join(directory, 'key-value-store.json');
  const stored = (entry: string) =>
    writeFileSync(file, JSON.stringify({ entries: { [BOB]: 'x', [ALICE]: entry } }));
  const entry = { sessionFloor: NOW_EPOCH - 7_200, sessions: [], shareFloor: 0, shares: [] };
  stored(formatEntry(entry));
  t.match(await ask(own), { isAdmitted: true });
  stored(formatEntry({ ...entry, sessionFloor: NOW_EPOCH }));
  t.match(await ask(own), { isAdmitted: false, text: /viewer-request function, revoked \(403\)/ });
  stored('?');
  const unreadable = await ask(own);
  t.match(unreadable, { isAdmitted: false, text: /viewer-request function, revocation_unknown \(503\)/ });
  t.match(unreadable.text, `given:    an entry of another form under the key ${ALICE}`);
  t.notMatch(unreadable.text, BOB, 'the function did not read it');
  rmSync(file);
});

t.test('usage, without repeating the arguments', async (t) => {
  const secret = 'CloudFront-Signature=abc';
  for (const args of [
    [],
    ['/users/a/b'],
    [own, own],
    [own, '--cookies', secret],
    [own, '--cookie', `a=b\n${secret}`],
    [own, `--${secret}`],
    [`x${own}`],
  ]) {
    const error = await doctor(args, PLACE, Date.now).catch((reason: unknown) => reason);
    t.match(error, { name: 'UsageError' }, args.join(' '));
    t.notMatch(String(error), 'abc', args.join(' '));
  }
  await t.rejects(
    doctor([own], { ...PLACE, localDirectory: join(directory, 'none') }, Date.now),
    /run npm start once/,
  );
  await t.rejects(doctor([own], { ...PLACE, env: { EDGE_PORT: 'x' } }, Date.now), { name: 'UsageError' });
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'doctor'], { encoding: 'utf8' });
  t.strictSame(
    [status, stdout, stderr],
    [2, '', "gateway: usage: doctor <url> [--cookie '<Cookie header>' | --cookie -] [--method GET]\n"],
  );
});

t.test('the command prints it, and its status is 1 if the edge would refuse', async (t) => {
  const run = (name: string, ...args: string[]) =>
    COMMANDS.find(({ usage }) => usage.startsWith(`${name} `))?.run(args, PLACE);
  const out = t.capture(console, 'log', () => {});
  t.equal(await run('doctor', own), 1);
  t.equal(await run('sign-url', `/users/${ALICE}/a.txt`), 0);
  const [refused, url] = out.args().flat().map(String);
  t.match(refused, /^GET .+, no credential\nrefused: /);
  t.equal(await run('doctor', url ?? ''), 0);
  t.equal(await run('cookies', '--users', '2'), 0);
  t.match(out.args().flat().map(String), [/\nadmitted\n/, /^\{"id":"load-1"/, /^\{"id":"load-2"/]);
});
