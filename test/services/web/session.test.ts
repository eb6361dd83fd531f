import t from 'tap';
import { createSessionKeeper, type SessionState } from '../../../services/web/client/session.ts';

const START_MS = Date.parse('2026-11-25T12:00:00Z');
const ID = 'abcdefghijklmnopqrstuvwxyz';

interface Sent {
  method: string | undefined;
  path: string;
  body: unknown;
  userId: string | null;
  atMs: number;
}

/** A device whose clock is `deviceAheadMs` ahead of the server's, and an app host that answers as told. */
function createWorld({ deviceAheadMs = 0, lifetimeMs = 900_000 } = {}) {
  let nowMs = START_MS;
  let timer: { atMs: number; run: () => void } | undefined;
  const sent: Sent[] = [];
  const states: SessionState[] = [];
  const failures: (Response | Error)[] = [];
  let issuedAtMs = START_MS;
  let held = Promise.resolve();
  const normal = (issuedAtMs: number) =>
    Response.json({
      user: { id: ID, name: 'Alice' },
      files: { origin: 'http://localhost:8080', prefix: `/users/${ID}/` },
      cookies: {
        issuedAt: iso(issuedAtMs),
        expiresAt: iso(issuedAtMs + lifetimeMs),
        refreshAt: iso(issuedAtMs + lifetimeMs * 0.6),
      },
      session: { expiresAt: iso(START_MS + 43_200_000) },
      serverTime: iso(nowMs),
    });
  return {
    sent,
    states,
    /** Answers that come before the normal ones. */
    failures,
    normal,
    kinds: () => states.map(({ kind }) => kind),
    timerInMs: () => (timer ? timer.atMs - nowMs : undefined),
    /** Lets answers wait for something. */
    hold: (until: Promise<void>) => {
      held = until;
    },
    advance: (ms: number) => {
      nowMs += ms;
    },
    /** Lets time pass up to the timer, and runs it. */
    async runTimer() {
      const due = timer;
      if (!due) throw new Error('no timer');
      timer = undefined;
      nowMs = Math.max(nowMs, due.atMs);
      due.run();
      await settle();
    },
    keeper: createSessionKeeper({
      now: () => nowMs + deviceAheadMs,
      setTimer: (run, delayMs) => {
        const own = { atMs: nowMs + delayMs, run };
        timer = own;
        return () => {
          if (timer === own) timer = undefined;
        };
      },
      onState: (state) => states.push(state),
      fetch: async (path, init) => {
        const { method, body } = init;
        sent.push({
          method,
          path,
          body: typeof body === 'string' ? JSON.parse(body) : undefined,
          userId: new Headers(init.headers).get('gateway-user'),
          atMs: nowMs,
        });
        await held;
        const failure = failures.shift();
        if (failure instanceof Error) throw failure;
        if (failure) return failure;
        if (method === 'POST') issuedAtMs = nowMs;
        return normal(issuedAtMs);
      },
    }),
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
const settle = () => new Promise((resolve) => setImmediate(resolve));
const problem = (status: number, code: string, headers = {}) =>
  new Response(JSON.stringify({ code }), { status, headers });

t.test('renews at refreshAt, as the user, in the background unless somebody did something', async (t) => {
  const world = createWorld();
  await world.keeper.start();
  t.match(world.sent, [{ method: 'GET', path: '/auth/session' }]);
  t.same(world.kinds(), ['signed-in']);
  t.equal(world.timerInMs(), 540_000);

  await world.runTimer();
  t.match(world.sent[1], { method: 'POST', path: '/auth/refresh', body: { background: true }, userId: ID });
  world.keeper.noteInteraction();
  await world.runTimer();
  t.same(world.sent[2]?.body, {}, 'an interaction counts');
  await world.runTimer();
  t.same(world.sent[3]?.body, { background: true }, 'once');
  t.equal(world.timerInMs(), 540_000);
});

t.test('goes by the clock of the server', async (t) => {
  for (const deviceAheadMs of [-7_200_000, 7_200_000]) {
    const world = createWorld({ deviceAheadMs });
    await world.keeper.start();
    t.equal(world.sent.length, 1, 'the cookies are good');
    t.equal(world.timerInMs(), 540_000, `${deviceAheadMs} ms ahead`);
  }
});

t.test('renews before it shows anything where the cookies have expired or nearly so', async (t) => {
  for (const leftMs of [-60_000, 4_000]) {
    const world = createWorld();
    world.advance(900_000 - leftMs);
    await world.keeper.start();
    t.match(world.sent, [{ path: '/auth/session' }, { path: '/auth/refresh', body: { background: true } }]);
    t.same(world.kinds(), ['signed-in']);
  }
  const world = createWorld();
  world.advance(900_000 - 6_000);
  await world.keeper.start();
  t.equal(world.sent.length, 1, '6 s are enough');
});

t.test('a server that fails is asked again, later and later, and is no sign-out', async (t) => {
  const world = createWorld();
  await world.keeper.start();
  world.keeper.noteInteraction();
  world.failures.push(
    problem(503, 'store_unavailable'),
    new TypeError('fetch failed'),
    new Response('<html>', { status: 502 }),
    new Response('<html>', { status: 200 }),
    problem(429, 'too_many_requests', { 'retry-after': '40' }),
    problem(503, 'store_unavailable'),
  );
  const waits = [];
  for (let i = 0; i < 6; i++) {
    await world.runTimer();
    waits.push(world.timerInMs());
  }
  t.same(waits, [2_000, 4_000, 8_000, 16_000, 40_000, 60_000]);
  t.same(world.kinds(), ['signed-in', ...Array(6).fill('unreachable')]);
  await world.runTimer();
  t.equal(world.states.at(-1)?.kind, 'signed-in');
  t.same(world.sent.at(-1)?.body, {}, 'the interaction is not forgotten by a failure');
  t.equal(world.timerInMs(), 540_000);
});

t.test('is out at load without a session, and at the first 401 later', async (t) => {
  const world = createWorld();
  world.failures.push(problem(401, 'no_session'));
  await world.keeper.start();
  t.same(world.states, [{ kind: 'signed-out', ended: false }]);
  t.equal(world.timerInMs(), undefined);
  await world.keeper.renewIfDue();
  t.equal(world.sent.length, 1, 'nothing more is asked');

  const later = createWorld();
  await later.keeper.start();
  later.failures.push(problem(401, 'no_session'));
  await later.runTimer();
  t.same(later.states.at(-1), { kind: 'signed-out', ended: true });
  t.equal(later.timerInMs(), undefined);
});

t.test('tells of another account, and of a session that a request found gone', async (t) => {
  const world = createWorld();
  await world.keeper.start();
  world.failures.push(problem(409, 'account_changed'));
  await world.runTimer();
  t.equal(world.states.at(-1)?.kind, 'account-changed');
  t.equal(world.timerInMs(), undefined);

  const other = createWorld();
  await other.keeper.start();
  other.failures.push(problem(401, 'no_session'));
  await t.rejects(other.keeper.request('POST', '/api/uploads', { name: 'x' }), {
    status: 401,
    code: 'no_session',
  });
  t.match(other.sent[1], { body: { name: 'x' }, userId: ID });
  t.same(other.states.at(-1), { kind: 'signed-out', ended: true });
  t.equal(other.timerInMs(), undefined, 'and the renewal ends');

  const third = createWorld();
  await third.keeper.start();
  third.failures.push(problem(422, 'invalid_name'));
  await t.rejects(third.keeper.request('POST', '/api/uploads', {}), { code: 'invalid_name' });
  t.same(third.kinds(), ['signed-in'], 'any other refusal is the business of who asked');
});

t.test('a device that wakes up renews what is overdue, in one request', async (t) => {
  const world = createWorld();
  await world.keeper.start();
  world.advance(539_000);
  await world.keeper.renewIfDue();
  t.equal(world.sent.length, 1);
  world.advance(1_000);
  await Promise.all([world.keeper.renewIfDue(), world.keeper.renewIfDue()]);
  t.equal(world.sent.length, 2);
  t.equal(world.timerInMs(), 540_000, 'and the timer starts anew');
});

t.test('files that fail to load share one renewal, and wait for it through an outage', async (t) => {
  const world = createWorld();
  await world.keeper.start();
  await world.keeper.renew();
  t.equal(world.sent.length, 1, 'cookies that have just been issued are not the reason');

  world.advance(60_000);
  world.failures.push(problem(503, 'store_unavailable'));
  let renewed = 0;
  for (let i = 0; i < 3; i++) void world.keeper.renew().then(() => renewed++);
  await settle();
  t.equal(world.sent.length, 2);
  void world.keeper.renew().then(() => renewed++);
  await settle();
  t.equal(world.sent.length, 2, 'no storm while the server fails');
  t.equal(renewed, 0);
  await world.runTimer();
  t.equal(renewed, 4);
  t.equal(world.sent.length, 3);
});

t.test('cookies that are due at once do not make a storm', async (t) => {
  const world = createWorld({ lifetimeMs: 0 });
  await world.keeper.start();
  t.equal(world.sent.length, 2);
  t.equal(world.timerInMs(), 2_000);
});

t.test('once stopped, nothing is renewed, and an answer on its way is waited for', async (t) => {
  const world = createWorld();
  await world.keeper.start();
  world.advance(600_000);
  const answer = Promise.withResolvers<void>();
  world.hold(answer.promise);
  const renewal = world.keeper.renewIfDue();
  let isStopped = false;
  const stopping = world.keeper.stop().then(() => {
    isStopped = true;
  });
  await settle();
  t.equal(isStopped, false);
  answer.resolve();
  await stopping;
  t.equal(world.sent.length, 2);
  await renewal;
  t.equal(world.timerInMs(), undefined);
  t.same(world.kinds(), ['signed-in']);
  await world.keeper.renewIfDue();
  t.equal(world.sent.length, 2);
});

t.test('an answer that is no session is a failure, not a session', async (t) => {
  for (const answer of [{}, [], null, { user: { id: 1 } }, { user: { id: ID }, files: {}, cookies: {} }]) {
    const world = createWorld();
    world.failures.push(Response.json(answer));
    await world.keeper.start();
    t.same(world.kinds(), ['unreachable'], JSON.stringify(answer));
  }
  const world = createWorld();
  const broken = { ...(await parsed(world.normal(START_MS))), serverTime: 'soon' };
  world.failures.push(Response.json(broken));
  await world.keeper.start();
  t.same(world.kinds(), ['unreachable']);
});

async function parsed(response: Response): Promise<object> {
  const answer: unknown = await response.json();
  if (typeof answer !== 'object' || answer === null) throw new Error('no object');
  return answer;
}
