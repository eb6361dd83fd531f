import process from 'node:process';
import t from 'tap';
import { formatEntry } from '../../../../core/entry-format.ts';
import { teamStart } from '../../../../core/team-start.ts';
import { buildEdgeFunction } from '../../../../edge/function/build.ts';
import { createKeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { doctor } from '../../../../services/operator/cli/doctor.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  EC,
  NOW_EPOCH,
  policyText,
  signPolicy,
} from '../../../edge/local/support/edge.ts';
import { ecKey, type TestKey } from '../../../support/local-values.ts';
import { answersOf, environmentOf, list, startAccount } from './support/stand-in-account.ts';

const ORIGIN = 'https://files.example.com';
const DISTRIBUTION = '/2020-05-31/distribution/E1';
const FUNCTION = '/2020-05-31/function/on-request?Stage=LIVE';
const CONFIG = '/2020-05-31/function/on-request/describe?Stage=LIVE';
const ARN = 'arn:aws:cloudfront::123456789012:key-value-store/d1e2';
/** It refuses a path with `%2f`, and a user whom its store names. */
const CODE = `import cf from 'cloudfront';
async function handler(event) {
  const { uri } = event.request;
  if (/%2f/i.test(uri)) return { statusCode: 400, headers: { 'content-type': { value: 'application/json' } }, body: '{"code":"bad_path"}' };
  const user = uri.split('/')[2];
  if (await cf.kvs().exists(user)) return { statusCode: 403, headers: { 'content-type': { value: 'application/json' } }, body: '{"code":"revoked"}' };
  return event.request;
}`;

const key: TestKey = { ...EC, keyPairId: 'K1' };
const answers = answersOf(CODE, key.publicPem);
answers[CONFIG] = (answers[CONFIG] ?? '').replace(
  list('KeyValueStoreAssociation'),
  list('KeyValueStoreAssociation', `<KeyValueStoreARN>${ARN}</KeyValueStoreARN>`),
);
const account = await startAccount(t, answers);
const store = createKeyValueStore({});
const api = createKeyValueStoreApi({
  stores: { [ARN]: store },
  credentials: [{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'made-up' }],
});
const { port } = await api.listen(0);
t.teardown(() => api.close());
const env = {
  ...environmentOf(account),
  AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: `http://localhost:${port}`,
};
Object.assign(process.env, env);
const PLACE = { env, localDirectory: '/nonexistent' };

const cookie = (changes?: object, by = key) =>
  asCookies(signPolicy(policyText(`${ORIGIN}/users/${ALICE}/*`, changes), { key: by })).Cookie;
const own = `${ORIGIN}/users/${ALICE}/a.txt`;
const ask = (url: string, cookies = cookie(), ...more: string[]) =>
  doctor([url, '--cookie', cookies, '--distribution', 'E1', ...more], PLACE, () => NOW_EPOCH * 1_000);

t.test('what the deployed distribution would let in', async (t) => {
  t.strictSame(await ask(own), {
    text: [
      `GET /users/${ALICE}/a.txt, signed cookies, key K1`,
      'admitted',
      '  Host, behavior, signature and function let the request pass. This does not check whether the file exists.',
    ].join('\n'),
    isAdmitted: true,
  });
});

t.test('each refusal, in the same words as on a laptop', async (t) => {
  const iso = new Date((NOW_EPOCH - 300) * 1_000).toISOString();
  for (const [asked, ...words] of [
    [
      ask(own.replace('files.', 'other.')),
      'request, host (421)',
      'required: files.example.com or d111.cloudfront.net',
    ],
    [ask(own.replace('https', 'http')), 'behavior, https (403)'],
    [ask(own, 'a=b'), 'signature, missing_key (403)'],
    [ask(own, cookie({}, ecKey('K2'))), 'signature, unknown_key (403)', 'required: K1', 'given:    K2'],
    [
      ask(own, cookie({ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH - 300 } })),
      'signature, expired (403)',
      iso,
    ],
    [ask(own.replace(ALICE, BOB)), 'signature, resource_path (403)', `required: ${ORIGIN}/users/${ALICE}/*`],
    [ask(`${ORIGIN}/users/${ALICE}/a%2Fb`), 'viewer-request function, bad_path (400)'],
    [ask(own, undefined, '--method', 'PUT'), 'behavior, method (403)', 'HEAD, GET'],
    [
      ask(own, cookie({ IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } })),
      'signature, ip_address (403)',
      'not checked: the address of the viewer; 127.0.0.1 stands in for it',
    ],
  ] as const) {
    const { text, isAdmitted } = await asked;
    t.notOk(isAdmitted, words.join(' '));
    for (const word of words) t.ok(text.includes(word), `${word}\n${text}`);
  }
});

t.test('a redirect to HTTPS is no file yet', async (t) => {
  const before = account.answers[DISTRIBUTION] ?? '';
  account.answers[DISTRIBUTION] = before.replaceAll('>https-only<', '>redirect-to-https<');
  const { text, isAdmitted } = await ask(own.replace('https', 'http'));
  account.answers[DISTRIBUTION] = before;
  t.notOk(isAdmitted);
  t.match(text, 'refused: behavior, https (301)');
});

t.test('a revocation is read from the live KeyValueStore', async (t) => {
  const entry = { sessionFloor: NOW_EPOCH, sessions: [], shareFloor: 0, shares: [] };
  store.update({ puts: [{ key: ALICE, value: formatEntry(entry) }], deletes: [] }, store.describe().etag);
  t.match(await ask(own), { isAdmitted: false, text: /viewer-request function, revoked \(403\)/ });
  store.update({ puts: [], deletes: [ALICE] }, store.describe().etag);
  t.match(await ask(own), { isAdmitted: true });
});

t.test('the entries of a team: those that the function asks for', async (t) => {
  const before = account.answers[FUNCTION];
  t.teardown(() => {
    account.answers[FUNCTION] = before ?? '';
  });
  account.answers[FUNCTION] = buildEdgeFunction('viewer-request', {
    appOrigin: 'https://example.com',
    filesOrigin: ORIGIN,
    cookieLifetimeSeconds: 900,
  });
  const teamId = 'teamteamteamteamteamteam23';
  const folder = `${ORIGIN}/teams/${teamId}`;
  const start = teamStart(7, 3);
  const changes = { DateGreaterThan: { 'AWS:EpochTime': start } };
  const set = asCookies(signPolicy(policyText(`${folder}/*`, changes), { key })).Cookie;
  const share = `${folder}/a.txt?share=5`;
  const shared = `${share}&${asQuery(signPolicy(policyText(share), { key }))}`;
  const entry = { sessionFloor: 0, sessions: [], shareFloor: 0, shares: [] };
  const nothing = formatEntry(entry);
  const withEntry = async (name: string, value: string, asking: () => ReturnType<typeof ask>) => {
    store.update({ puts: [{ key: name, value }], deletes: [] }, store.describe().etag);
    const answer = await asking();
    store.update({ puts: [], deletes: [name] }, store.describe().etag);
    return answer;
  };
  const askSet = () => ask(`${folder}/a.txt`, set);
  const askShare = () => ask(shared, 'a=b');
  t.strictSame((await askSet()).text.split('\n').slice(1, 2), ['admitted']);
  t.notMatch((await askSet()).text, 'not checked');
  const ended = formatEntry({ ...entry, sessions: [start] });
  for (const name of ['.7', `${teamId}.7`]) {
    t.match(await withEntry(name, ended, askSet), { isAdmitted: false, text: /revoked \(403\)/ }, name);
    t.match(await withEntry(name, nothing, askSet), { isAdmitted: true }, name);
    const { text } = await withEntry(name, 'x', askSet);
    t.match(text, `revocation_unknown (503)`, name);
    t.match(text, `an entry of another form under the key ${name}`, name);
  }
  for (const name of ['.8', `${teamId}.8`, teamId]) {
    t.match(await withEntry(name, ended, askSet), { isAdmitted: true }, name);
  }
  t.match(await askShare(), { isAdmitted: true });
  const withdrawn = formatEntry({ ...entry, shares: [5] });
  t.match(await withEntry(`${teamId}.shares`, withdrawn, askShare), { text: /revoked \(403\)/ });
});

t.test('a function that asks for ever more keys is asked no longer than that makes sense', async (t) => {
  const before = account.answers[FUNCTION];
  t.teardown(() => {
    account.answers[FUNCTION] = before ?? '';
  });
  account.answers[FUNCTION] = `import cf from 'cloudfront';
async function handler(event) {
  await cf.kvs().exists('k' + Math.random());
  return event.request;
}`;
  t.match((await ask(own)).text, 'not checked: KeyValueStore d1e2: its function asks for more than 20 keys');
});

t.test('what cannot be read is said', async (t) => {
  process.env['AWS_SECRET_ACCESS_KEY'] = 'another';
  const { text } = await ask(own);
  t.match(text, /\nnot checked: KeyValueStore d1e2: \w+; a revocation would not be seen$/);
  process.env['AWS_SECRET_ACCESS_KEY'] = 'made-up';
  await t.rejects(doctor([own, '--distribution', 'E9'], PLACE, Date.now), {
    name: 'UsageError',
    message: /^E9: /,
  });
  const before = account.answers[DISTRIBUTION] ?? '';
  t.teardown(() => {
    account.answers[DISTRIBUTION] = before;
  });
  account.answers[DISTRIBUTION] = before
    .replace(
      '<WebACLId></WebACLId>',
      '<WebACLId>arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b</WebACLId>',
    )
    .replace('<CNAME>files.example.com', '<CNAME>*.example.com');
  t.match(await ask(own), {
    isAdmitted: true,
    text: /\nnot checked: E1: Distribution\.WebACLId: its rules are not run$/,
  });
  const typed = own.replace('files.example.com', 'Files.example.com');
  t.match(await ask(typed), { isAdmitted: true }, 'a host has no case');
});
