import t, { type Test } from 'tap';
import { userOwner } from '../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../core/user-id.ts';
import { SYSTEM_CLOCK } from '../../../services/auth/wiring/surroundings.ts';
import { EC, startEdge } from '../../edge/local/support/edge.ts';
import { parseJson } from '../../support/client.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { seedSession } from './support/seed-session.ts';
import { type Service, startService, startStore, tokenMacOf } from './support/service.ts';
import { UNHURRIED } from './support/sessions.ts';

/** The stores and the edge have this clock. */
let laterMs = 0;
const trueMs = () => Date.now() + laterMs;

const store = await startStore(t, trueMs);
const provider = await startMisbehavingProvider(t);
const edge = await startEdge({
  bindings: { now: trueMs, keyValueStores: { RevocationsAE845E47: store.keyValueStore.reader } },
});
t.teardown(() => edge.close());

const SETTINGS = {
  KEY_PAIR_ID: EC.keyPairId,
  SIGNING_KEY: EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  FILES_ORIGIN: 'http://localhost:8080',
};

/** A process whose clock is ahead by so many seconds. */
async function startProcess(t: Test, aheadSeconds: number) {
  const log: { msg?: string; seconds?: number; level?: number }[] = [];
  const stream = { write: (line: string) => log.push(JSON.parse(line)) };
  const skew = { ms: aheadSeconds * 1_000 };
  const clock = { ...SYSTEM_CLOCK, now: () => trueMs() + skew.ms };
  const service = await startService(t, provider.issuer, SETTINGS, { stream }, UNHURRIED, clock);
  return { ...service, skew, log };
}

const ask = (
  { origin }: Pick<Service, 'origin'>,
  method: string,
  path: string,
  token: string,
  body?: object,
) =>
  fetch(origin + path, {
    method,
    headers: {
      ...{ cookie: `__Host-session=${token}; __Host-files-somebody=1`, origin, accept: 'application/json' },
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

async function codeOf(answer: Response): Promise<[number, string | undefined]> {
  return [answer.status, (await parseJson<{ code?: string }>(answer)).code];
}

/** The CloudFront cookies of an answer, as a browser sends them. */
function filesCookies(answer: Response): string {
  const pairs = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '');
  return pairs.filter((pair) => pair.startsWith('CloudFront-')).join('; ');
}

async function opens(userId: UserId, cookie: string): Promise<boolean> {
  edge.origin.objects.set(`users/${userId}/a.txt`, { body: Buffer.from('a'), type: 'text/plain' });
  return (await edge.get(`/users/${userId}/a.txt`, { cookie })).status === 200;
}

const WRONG = [503, 'clock_wrong'];

t.test('no process signs before it has compared its clock, not even in its first request', async (t) => {
  const right = await startProcess(t, 0);
  const userId = parseUserId('first-request');
  const { token } = await seedSession(right.stores.users, userId, at(), tokenMacOf(right));
  const sha256 = '0'.repeat(64);
  await right.stores.uploads.create('upload-id', {
    ...{
      owner: userOwner(userId),
      userId,
      key: `users/${userId}/big`,
      size: 1,
      type: 'text/plain',
      replace: false,
    },
    ...{ multipartId: 'm', expiresAtEpoch: at().expiresAtEpoch },
  });
  const requests: [path: string, body?: object][] = [
    ['/auth/refresh'],
    ['/api/shares', { name: 'a.txt' }],
    ['/api/uploads', { name: 'a.txt', size: 1, type: 'text/plain', sha256 }],
    ['/api/uploads', { name: 'a.txt', size: 17_000_000, type: 'text/plain' }],
    ['/api/thumbnails', { name: 'a.txt', size: 1, sha256 }],
    ['/api/uploads/upload-id/parts', { parts: [{ number: 1, sha256 }] }],
  ];
  let wrongSeconds = 62;
  for (const [path, body] of requests) {
    wrongSeconds = -wrongSeconds;
    const wrong = await startProcess(t, wrongSeconds);
    const file = { key: 'k', size: 1, etag: 'e', lastModified: new Date() };
    wrong.deps.objects.find = async () => (body && 'type' in body ? undefined : file);
    const answer = await ask(wrong, 'POST', path, token, body);
    t.strictSame([...(await codeOf(answer)), answer.headers.getSetCookie()], [...WRONG, []], path);
    t.ok(answer.headers.get('retry-after'), path);
  }
  const { user } = await right.stores.users.read(userId);
  t.strictSame(user.shares, []);
});

t.test('a clock that is 59 seconds off does everything', async (t) => {
  for (const ahead of [59, -59]) {
    const process = await startProcess(t, ahead);
    const userId = parseUserId(`near${ahead}`);
    const { token } = await seedSession(process.stores.users, userId, at(), tokenMacOf(process));
    const cookie = filesCookies(await ask(process, 'POST', '/auth/refresh', token));
    t.ok(await opens(userId, cookie), `${ahead}`);
    t.match(await (await ask(process, 'POST', '/auth/logout', token)).json(), { edge: 'told' }, `${ahead}`);
    t.notOk(await opens(userId, cookie), `${ahead}`);
  }
});

t.test('a wrong clock signs nobody out: 503 in place of 401, and reads go on', async (t) => {
  const right = await startProcess(t, 0);
  const { token } = await seedSession(right.stores.users, parseUserId('reads'), at(), tokenMacOf(right));
  const hours = await startProcess(t, 13 * 3_600);
  for (const path of ['/auth/session', '/api/sessions']) {
    t.strictSame(await codeOf(await ask(hours, 'GET', path, token)), WRONG, path);
  }
  t.strictSame(await codeOf(await ask(hours, 'POST', '/auth/logout', token)), WRONG);
  const minutes = await startProcess(t, 600);
  for (const path of ['/auth/session', '/api/sessions']) {
    t.equal((await ask(minutes, 'GET', path, token)).status, 200, path);
  }
  const { token: other } = await seedSession(
    right.stores.users,
    parseUserId('left'),
    at(),
    tokenMacOf(right),
  );
  await ask(right, 'POST', '/auth/logout', other);
  t.strictSame(await codeOf(await ask(hours, 'GET', '/auth/session', other)), [401, 'no_session']);
});

t.test('readyz names the clock, a metric has the seconds, and the log says each change once', async (t) => {
  const process = await startProcess(t, 0);
  const { clock, limits, metrics } = process.deps;
  let readyMs = 0;
  const { monotonicMs } = clock;
  clock.monotonicMs = () => monotonicMs() + readyMs;
  const look = async () => {
    readyMs += limits.checkedMs;
    return parseJson<{ down: string[]; checked: string[] }>(await fetch(`${process.origin}/readyz`));
  };
  // There is no S3 here.
  t.match(await look(), { down: ['files'], checked: [/./, /./, /./, /./, 'signer', 'clock'] });
  process.skew.ms = 200_000;
  t.strictSame((await look()).down, ['files', 'clock']);
  t.strictSame((await look()).down, ['files', 'clock']);
  const metric = async () =>
    Number(/^clock_wrong_seconds (.*)$/m.exec((await metrics?.text(process.deps)) ?? '')?.[1]);
  const isNear = (seconds = 0) => Math.abs(seconds - 199) <= 1;
  t.ok(isNear(await metric()), `${await metric()} s`);
  process.skew.ms = 0;
  t.strictSame((await look()).down, ['files']);
  t.equal(await metric(), 0);
  const lines = process.log.filter(({ msg }) => msg?.includes('the clock of this machine'));
  t.match(lines, [
    { level: 50, msg: /wrong/ },
    { level: 30, msg: /right again/ },
  ]);
  t.ok(isNear(lines[0]?.seconds), `${lines[0]?.seconds} s`);
  t.equal(lines.length, 2);
});

/** Seconds after a sign-out. By a right clock the last cookie ends after 900, and the entry of the edge after 1,200. */
const MOMENTS = [0, 500, 890, 1_010, 1_090, 1_210, 2_250];

// These tests move the time, so they come last.
for (const [ending, signing] of [
  [-240, 240],
  [0, 1_300],
] as const) {
  t.test(`clocks at ${ending} s and ${signing} s: a signed-out cookie opens nothing`, async (t) => {
    const [a, b, right] = await Promise.all([
      startProcess(t, ending),
      startProcess(t, signing),
      startProcess(t, 0),
    ]);
    const userId = parseUserId(`skew-${signing}`);
    const { token } = await seedSession(right.stores.users, userId, at(), tokenMacOf(right));
    const stolen = filesCookies(await ask(right, 'POST', '/auth/refresh', token));
    t.ok(await opens(userId, stolen), 'before the sign-out');
    const renewed = await ask(b, 'POST', '/auth/refresh', token);
    const wrongly = filesCookies(renewed);
    t.strictSame(await codeOf(renewed), WRONG);
    t.equal(wrongly, '');
    const left = await ask(a, 'POST', '/auth/logout', token);
    if (ending !== 0) {
      t.strictSame(left.headers.getSetCookie(), [], 'the session lives, so the browser keeps its cookies');
      t.strictSame(await codeOf(left), WRONG);
      t.equal((await ask(right, 'GET', '/auth/session', token)).status, 200);
    }
    const ended = ending === 0 ? left : await ask(right, 'POST', '/auth/logout', token);
    t.match(await ended.json(), { edge: 'told' });
    const endedMs = laterMs;
    for (const seconds of MOMENTS) {
      laterMs = endedMs + seconds * 1_000;
      for (const { deps } of [b, a, right]) {
        // The KeyValueStore refuses the first signature after a jump of time. The SDK then corrects its own clock.
        const run = () => deps.schedule.run(10_000);
        await run().catch(() => run().catch(() => {}));
      }
      for (const cookie of [stolen, wrongly]) {
        t.notOk(await opens(userId, cookie), `${seconds} s after the sign-out`);
      }
    }
    t.equal(store.keyValueStore.get(userId), undefined, 'the entry is gone in the end');
  });
}

/** A session that begins now, by the clock of the stores. */
function at() {
  const now = Math.floor(trueMs() / 1_000);
  return { createdAtEpoch: now, lastUsedAtEpoch: now, expiresAtEpoch: now + 43_200 };
}
