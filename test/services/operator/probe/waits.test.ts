import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import {
  askAppHost,
  isolation,
  logout,
  logoutsAtOnce,
  replacedInTime,
  scanFirst,
  uploadPastExpiry,
} from '../../../../services/operator/probe/deployment.ts';
import { keySeen, type LabWorld } from '../../../../services/operator/probe/lab-world.ts';
import {
  type Operator,
  ProbeError,
  untilServed,
  type World,
  withWorld,
} from '../../../../services/operator/probe/world.ts';

const BEGAN_MS = Date.parse('2026-11-01T12:00:00Z');

/** A clock that only `wait` moves. `waits` has the pauses in milliseconds, `figures` what was measured. */
function start(t: Test) {
  mock.timers.enable({ apis: ['Date'], now: BEGAN_MS });
  t.teardown(() => mock.timers.reset());
  const waits: number[] = [];
  const figures: string[] = [];
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    mock.timers.tick(milliseconds);
  };
  const figure = (name: string, text: string) => figures.push(`${name}: ${text}`);
  const pastMs = () => Date.now() - BEGAN_MS;
  return { wait, figure, waits, figures, pastMs };
}

const answer = (status: number, body = '', headers = {}) => ({ status, headers, body: Buffer.from(body) });
const ALICE = { id: 'alice', marker: 'm', path: '/users/alice/a.txt', credential: [] };
const worldOf = (parts: object) => parts as unknown as World;

t.test('a replaced file is new within six seconds, or late, or never', async (t) => {
  for (const [newAfterMs, seen, told, waits] of [
    [0, true, ['a replaced file is new after: 0 ms'], 0],
    [6_000, true, ['a replaced file is new after: 6000 ms'], 24],
    [6_001, false, ['a replaced file is new after: 6250 ms'], 25],
    [1e9, false, [], 61],
  ] as const) {
    const { pastMs, ...clock } = start(t);
    let isReplaced = false;
    const show = async () => answer(200, '', { etag: isReplaced && pastMs() >= newAfterMs ? 'new' : 'old' });
    const put = async () => {
      isReplaced = true;
    };
    const world = worldOf({ ...clock, alice: ALICE, credential: [], file: ALICE.path, show, put });
    t.equal(await replacedInTime(world), seen, `${newAfterMs}`);
    t.strictSame([clock.figures, clock.waits.length], [told, waits], `${newAfterMs}`);
    mock.timers.reset();
  }
});

t.test('a logout is seen within thirty seconds, or late, or never', async (t) => {
  for (const [refusedAfterMs, seen, told, waits] of [
    [0, true, '0 ms', 0],
    [30_000, true, '30000 ms', 150],
    [30_001, false, '30200 ms', 151],
    [1e9, false, undefined, 1_501],
  ] as const) {
    const { pastMs, ...clock } = start(t);
    let isRevoked = false;
    const show = async () =>
      isRevoked && pastMs() >= refusedAfterMs ? answer(403, '{"code":"revoked"}') : answer(200);
    const revoke = async () => {
      isRevoked = true;
    };
    const isHidden = async () => false;
    const world = worldOf({ ...clock, alice: ALICE, credential: [], show, isHidden, operator: { revoke } });
    t.equal(await logout(world), seen, `${refusedAfterMs}`);
    t.strictSame(
      [clock.figures, clock.waits.length],
      [
        [
          'a logout is told to the KeyValueStore after: 0 ms',
          ...(told === undefined ? [] : [`the first refusal after a logout came after: ${told}`]),
        ],
        waits,
      ],
      `${refusedAfterMs}`,
    );
    mock.timers.reset();
  }
});

t.test('a key is seen within a minute, or late, or never', async (t) => {
  for (const [seenAfterMs, seen, waits] of [
    [0, true, 0],
    [60_000, true, 300],
    [60_001, false, 301],
    [1e9, false, 1_501],
  ] as const) {
    const { pastMs, ...clock } = start(t);
    let value = '';
    const keyValues = {
      arn: 'arn',
      client: {
        send: async ({ input }: { input: { Value?: string } }) => {
          value = input.Value ?? value;
          return { ETag: 'e' };
        },
      },
    };
    const event = async () => ({ value: pastMs() >= seenAfterMs ? value : 'old' });
    const world = { ...clock, credential: [], file: '/x', keyValues, event } as unknown as LabWorld;
    t.equal(await keySeen(world), seen, `${seenAfterMs}`);
    t.strictSame(clock.waits.length, waits, `${seenAfterMs}`);
    t.match(value, /^[0-9a-f]{16}$/);
    mock.timers.reset();
  }
});

t.test('a file is waited for until its scan, for ten minutes', async (t) => {
  for (const [servedAfterMs, waits] of [
    [0, 0],
    [600_000, 600],
    [1e9, 601],
  ] as const) {
    const { pastMs, ...clock } = start(t);
    const ask = async () =>
      pastMs() >= servedAfterMs ? answer(200) : answer(403, '<Code>AccessDenied</Code><RequestId>1');
    const ends = await untilServed(ALICE, { ...clock, ask } as Pick<World, 'ask' | 'wait'>).catch(
      (error: unknown) => error,
    );
    if (servedAfterMs === 1e9) t.match(ends, new ProbeError('its files were not scanned within ten minutes'));
    else t.equal(ends, undefined);
    t.equal(clock.waits.length, waits, `${servedAfterMs}`);
    mock.timers.reset();
  }
});

t.test('an upload that ends late: each byte in its time, and the last one past the expiry', async (t) => {
  const { pastMs, ...clock } = start(t);
  const sentAtMs: number[] = [];
  let asked = {};
  const send = async (
    put: object,
    { parts, timeoutMs }: { parts: AsyncIterable<string>; timeoutMs: number },
  ) => {
    asked = { ...put, timeoutMs };
    for await (const _byte of parts) sentAtMs.push(pastMs());
    return answer(200);
  };
  const presign = async () => ({ url: 'u', headers: { a: '1' }, expiresAt: new Date(BEGAN_MS + 60_000) });
  t.equal(await uploadPastExpiry(worldOf({ ...clock, alice: ALICE, presign, send })), '200');
  t.match(asked, { headers: { a: '1', 'content-length': `${sentAtMs.length}` }, timeoutMs: 78_000 });
  t.ok((sentAtMs.at(-1) ?? 0) > 60_000, 'the last byte');
  t.equal(pastMs(), 63_000, 'and no longer');
  t.ok(
    clock.waits.every((ms) => ms <= 5_000),
    'S3 ends a connection that is silent',
  );
});

t.test('fifty sign-outs at once, of whom nothing is left', async (t) => {
  const { figure, figures } = start(t);
  const made: string[][] = [];
  const removed: string[][] = [];
  let isDown = false;
  const operator = {
    signOutAtOnce: async (ids: string[]) => {
      made.push(ids);
      if (isDown) throw new Error('down');
      return { told: 49, words: 'words' };
    },
    removeRecords: async (ids: string[]) => void removed.push(ids),
  };
  t.equal(await logoutsAtOnce(worldOf({ figure, operator })), '49 told');
  t.strictSame([figures, new Set(made[0]).size], [['of 50 sign-outs at once: words'], 50]);
  isDown = true;
  await t.rejects(logoutsAtOnce(worldOf({ figure, operator })), { message: 'down' });
  t.strictSame(removed, made);
});

t.test('another user’s file is asked for in every spelling, and each that opens it is named', async (t) => {
  const shared = { alice: ALICE, bob: { ...ALICE, id: 'bob', path: '/users/bob/a.txt' }, credential: [] };
  const seen = async (show: (target: string, kind: string) => number) =>
    isolation(
      worldOf({
        ...{ ...shared, folder: '/users/alice' },
        show: async (target: string, _pairs: [], kind: string) => answer(show(target, kind)),
      }),
    );
  t.equal(await seen(() => 400), 'refused');
  const opens = (target: string, kind: string) => target.includes('..;') && kind === 'query';
  t.equal(await seen((...asked) => (opens(...asked) ? 399 : 403)), '399 for /users/A/..;/B/a.txt');
  const [first, ...others] = String(await seen(() => 200)).split(', ');
  t.equal(first, '200 for /users/B/a.txt');
  t.equal(others.length, 29, 'fifteen spellings, by cookies and by parameters');
});

t.test('an upload is waited for where files are scanned, and only if S3 has taken it', async (t) => {
  const asked: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    asked.push(String(request.method));
    response.writeHead(request.method === 'PUT' ? status : 200).end();
  });
  // A connection stays until its client closes it.
  server.keepAliveTimeout = 0;
  const closed: Promise<unknown>[] = [];
  server.on('connection', (socket) => closed.push(once(socket, 'close')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const filesOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signed = { policy: 'p', signature: 's', keyPairId: 'k' };
  const put = (isScanned: boolean) => {
    asked.length = 0;
    const operator = {
      ...{ filesOrigin, isScanned, signer: { sign: async () => signed }, remove: async () => {} },
      presignUpload: async ({ key }: { key: string }) => ({ url: `${filesOrigin}/${key}`, headers: {} }),
    } as unknown as Operator;
    const signal = new AbortController().signal;
    const options = { figure: () => {}, say: () => {}, isWatching: false, signal };
    return withWorld(operator, options, async () => 'used');
  };
  t.match(await put(false), { seen: 'used' });
  t.strictSame(asked, ['PUT', 'PUT']);
  t.match(await put(true), { seen: 'used' });
  t.strictSame(asked, ['PUT', 'GET', 'GET', 'PUT', 'GET', 'GET'], 'by cookies and by parameters');
  status = 403;
  await t.rejects(put(true), { name: 'ProbeError', message: 'the bucket does not take an upload (403)' });
  t.strictSame(asked, ['PUT']);
  await Promise.all(closed);
});

t.test('a logout is not asked where the answer would show nothing', async (t) => {
  for (const [isHidden, shown] of [
    [true, answer(200)],
    [undefined, answer(200)],
    [false, answer(403, '{"code":"no_credential"}')],
  ] as const) {
    const world = worldOf({
      ...{ alice: ALICE, credential: [], isHidden: async () => isHidden, show: async () => shown },
      operator: { revoke: async () => t.fail('nobody is signed out') },
    });
    t.equal(await logout(world), undefined, `${isHidden} ${shown.status}`);
  }
});

const AT_S3 = answer(403, '<Code>AccessDenied</Code><RequestId>1');
const BY_FUNCTION = answer(400, '{"code":"bad_path"}');

t.test('a new file before and after its scan', async (t) => {
  for (const [what, sent, shown, refusals, seen, waits] of [
    [
      'S3 takes no upload',
      answer(412, '<Code>PreconditionFailed</Code>'),
      [],
      0,
      '412 PreconditionFailed',
      0,
    ],
    ['no credential reaches S3', answer(200), [BY_FUNCTION, BY_FUNCTION], 0, undefined, 0],
    ['it is refused until then', answer(200), [AT_S3], 3, '403 AccessDenied, then served', 3],
    [
      'only a signed URL reaches S3',
      answer(200),
      [BY_FUNCTION, AT_S3],
      1,
      '403 AccessDenied, then served',
      1,
    ],
    ['it is served at once', answer(200), [answer(200)], 0, '200, then served', 0],
  ] as const) {
    const { pastMs, ...clock } = start(t);
    const keys: string[] = [];
    const left = [...shown];
    let asked = 0;
    const world = worldOf({
      ...{ ...clock, alice: ALICE, credential: [], folder: '/users/alice', send: async () => sent },
      presign: async (key: string) => void keys.push(key),
      show: async () => left.shift(),
      ask: async () => (asked++ < refusals ? AT_S3 : answer(200)),
    });
    t.equal(await scanFirst(world), seen, what);
    t.strictSame([keys, left, clock.waits.length], [['users/alice/unscanned.txt'], [], waits], what);
    const told = seen?.endsWith('served') ? [`a new file is served after: ${pastMs()} ms`] : [];
    t.strictSame(clock.figures, told, what);
    mock.timers.reset();
  }
});

t.test('the app host is asked over a connection that is closed then', async (t) => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/a?b' ? 404 : 200).end(request.headers['x-own']);
  });
  // A connection stays until its client closes it.
  server.keepAliveTimeout = 0;
  const closed: Promise<unknown>[] = [];
  server.on('connection', (socket) => closed.push(once(socket, 'close')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const appOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bodies: string[] = [];
  const looked = (found: { body: Buffer }) => {
    bodies.push(String(found.body));
    return found;
  };
  const world = worldOf({ looked, operator: { appOrigin }, signal: new AbortController().signal });
  t.equal(await askAppHost(world, '/a?b', { 'x-own': 'own' }), '404');
  t.strictSame(bodies, ['own'], 'it is looked at');
  t.equal(closed.length, 1);
  await Promise.all(closed);
});
