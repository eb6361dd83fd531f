import t, { type Test } from 'tap';
import { inNode } from '../in-node.ts';

const { createKnownSession } = await inNode('client/known-session.ts');

const NOW_MS = Date.parse('2026-11-29T12:00:00Z');
const iso = (seconds: number) => new Date(NOW_MS + seconds * 1_000).toISOString();

/** Times are in seconds from the test's beginning. */
interface Times {
  issued?: number;
  refresh?: number;
  expires?: number;
  server?: number;
}

function sessionOf(id: string, { issued = 0, refresh = 600, expires = 900, server = issued }: Times = {}) {
  const cookies = { issuedAt: iso(issued), refreshAt: iso(refresh), expiresAt: iso(expires) };
  return { user: { id }, cookies, serverTime: iso(server) };
}

const newsOf = (session: object, more: object = {}) => ({ session, atMs: NOW_MS, isRenewal: false, ...more });

function teamOf(id: string, { issued = 0, expires = 900 }: Times = {}, userId = 'alice') {
  return {
    userId,
    id,
    opened: { team: { id }, cookies: { issuedAt: iso(issued), expiresAt: iso(expires) } },
  };
}

/** A tab whose clock and timers stand still. `delays` has the pauses that are under way, in seconds. */
function start(t: Test, { random = 0 } = {}) {
  const timers = new Map<number, { run: () => void; ms: number }>();
  const clock = { nowMs: NOW_MS };
  const heard: string[] = [];
  let last = 0;
  const replace = (of: object, name: string, value: unknown) =>
    t.intercept(of, name as never, { value, configurable: true } as never);
  replace(Date, 'now', () => clock.nowMs);
  replace(Math, 'random', () => random);
  replace(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    timers.set(++last, { run, ms });
    return last;
  });
  replace(globalThis, 'clearTimeout', (id: number) => timers.delete(id));
  const known = createKnownSession(
    (event: string, detail?: { reason?: string; id?: string; team?: { id: string } }) =>
      heard.push([event, detail?.reason ?? detail?.id ?? detail?.team?.id].filter(Boolean).join(' ')),
    () => heard.push('goOn'),
  );
  return {
    known,
    heard,
    at: (seconds: number) => {
      clock.nowMs = NOW_MS + seconds * 1_000;
    },
    delays: () => [...timers.values()].map(({ ms }) => ms / 1_000),
    ring: () => {
      for (const { run } of timers.values()) run();
    },
  };
}

t.test('cookies are good until five seconds before their end, by the clock of the server', async (t) => {
  const { known, at } = start(t);
  t.equal(known.isGood(), false, 'nobody is known');
  t.equal(known.current(), undefined);
  // The server is an hour ahead.
  known.accept(newsOf(sessionOf('alice', { issued: 3_600, refresh: 4_200, expires: 4_500 })));
  for (const [seconds, isGood] of [
    [894.999, true],
    [895, false],
    [901, false],
  ] as const) {
    at(seconds);
    t.equal(known.isGood(), isGood, `after ${seconds} seconds`);
  }
});

t.test('a renewal is due between refreshAt and a fifth of the way to the end', async (t) => {
  for (const [random, delay] of [
    [0, 600],
    [0.5, 630],
    [1, 660],
  ] as const) {
    const { known, delays, ring, heard } = start(t, { random });
    known.accept(newsOf(sessionOf('alice')));
    t.strictSame(delays(), [delay]);
    ring();
    t.strictSame(heard, ['session', 'goOn']);
  }
});

t.test('a renewal that brings the same cookies waits half of what is left, but two seconds', async (t) => {
  const { known, delays, at, heard } = start(t);
  const session = sessionOf('alice');
  known.accept(newsOf(session));
  known.accept(newsOf(session));
  t.strictSame([delays(), heard], [[600], ['session']], 'the same news once more');
  for (const [seconds, delay] of [
    [700, 100],
    [899, 2],
  ] as const) {
    at(seconds);
    const now = { ...session, serverTime: iso(seconds) };
    known.accept({ ...newsOf(now, { isRenewal: true }), atMs: NOW_MS + seconds * 1_000 });
    t.strictSame(delays(), [delay], `after ${seconds} seconds`);
  }
  t.strictSame(heard, ['session', 'session', 'session'], 'who has asked hears of it');
});

t.test('each failure doubles the pause, up to a minute, until there is news', async (t) => {
  const { known, delays, at, heard } = start(t);
  known.accept(newsOf(sessionOf('alice')));
  t.notOk(known.isOverdue());
  const pauses = Array.from({ length: 7 }, () => {
    known.fail();
    return delays();
  });
  t.strictSame(pauses.flat(), [2, 4, 8, 16, 32, 60, 60]);
  t.ok(known.isOverdue());
  t.strictSame(heard, ['session'], 'the cookies are good');
  at(895);
  known.fail();
  t.strictSame(heard, ['session', 'expired']);
  at(0);
  known.accept(newsOf(sessionOf('alice')));
  t.strictSame([heard.at(-1), delays()], ['session', [600]], 'the same cookies are news after a failure');
  t.notOk(known.isOverdue());
  known.fail();
  t.strictSame(delays(), [2], 'and the pauses begin anew');
});

t.test('cookies are overdue from refreshAt on', async (t) => {
  const { known, at } = start(t);
  t.notOk(known.isOverdue());
  known.accept(newsOf(sessionOf('alice')));
  for (const [seconds, isOverdue] of [
    [599.999, false],
    [600, true],
  ] as const) {
    at(seconds);
    t.equal(!!known.isOverdue(), isOverdue, `after ${seconds} seconds`);
  }
});

t.test('an end is told once, and nothing goes on after it', async (t) => {
  const { known, delays, heard } = start(t);
  known.signOut('ended');
  t.strictSame([heard, known.current()], [[], null], 'nobody was there');
  known.accept(newsOf(sessionOf('alice')));
  known.acceptTeam(teamOf('one'));
  known.fail();
  known.signOut('ended');
  t.strictSame([heard, delays()], [['session', 'team one', 'signedout ended'], []]);
  t.strictSame([known.current(), known.openTeams(), known.isOverdue()], [null, [], null]);
  known.signOut('elsewhere');
  t.equal(heard.length, 3);
  known.fail();
  known.signOut('ended');
  t.equal(heard.at(-1), 'signedout ended', 'the app host did not answer before');
});

t.test('another user ends the session only if the news is newer', async (t) => {
  for (const [server, who, said] of [
    [-1, 'alice', []],
    [0, 'alice', []],
    [1, undefined, ['signedout account_changed']],
  ] as const) {
    const { known, heard } = start(t);
    known.accept(newsOf(sessionOf('alice')));
    known.accept(newsOf(sessionOf('bob', { server })));
    t.strictSame([known.current()?.user.id, heard.slice(1)], [who, said], `${server} seconds later`);
  }
});

t.test('a team is open while it is one of the six that were renewed last', async (t) => {
  const { known, heard } = start(t);
  known.accept(newsOf(sessionOf('alice')));
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'a', 'g']) known.acceptTeam(teamOf(id));
  t.strictSame(known.openTeams(), ['c', 'd', 'e', 'f', 'a', 'g']);
  t.strictSame([known.isOpen('b'), known.isGood('b')], [false, false]);
  t.strictSame([known.isOpen('a'), known.isGood('a')], [true, true]);
  t.equal([...known.teamNews()].length, 7);
  known.acceptTeam(teamOf('c', { expires: 5 }));
  t.equal(known.isGood('c'), false, 'its own cookies count');
  t.equal(heard.filter((event) => event.startsWith('team')).length, 9);
});

t.test('the news of a team: what is taken in, and what is told', async (t) => {
  const gone = { userId: 'alice', id: 'one' };
  for (const [what, news, isRetold, said, isOpen] of [
    ['newer cookies', teamOf('one', { issued: 1 }), false, ['team one'], true],
    ['the same cookies', teamOf('one'), false, ['team one'], true],
    ['the same cookies, told to a new tab', teamOf('one'), true, [], true],
    ['older cookies, told to a new tab', teamOf('one', { issued: -1 }), true, [], true],
    ['newer cookies, told to a new tab', teamOf('one', { issued: 1 }), true, ['team one'], true],
    ['another team, told to a new tab', teamOf('two'), true, ['team two'], true],
    ['the team of another user', teamOf('one', { issued: 1 }, 'bob'), false, [], true],
    ['no member any more', gone, false, ['teamleft one'], false],
    ['no member any more, told to a new tab', gone, true, ['teamleft one'], false],
    ['no member of a team that was never open', { userId: 'alice', id: 'two' }, false, [], true],
  ] as const) {
    const { known, heard } = start(t);
    known.accept(newsOf(sessionOf('alice')));
    known.acceptTeam(teamOf('one'));
    heard.length = 0;
    known.acceptTeam(news, isRetold);
    t.strictSame([heard, known.isOpen('one')], [said, isOpen], what);
  }
});
