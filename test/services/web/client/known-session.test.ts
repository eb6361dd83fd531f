import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { inNode } from '../in-node.ts';

const { createKnownSession } = await inNode('client/known-session.ts');

const START_MS = Date.parse('2026-12-01T12:00:00Z');
const at = (seconds: number) => new Date(START_MS + seconds * 1_000).toISOString();
/** Cookies of 15 minutes, which are due after 8. */
const cookies = (issued: number) => ({
  issuedAt: at(issued),
  refreshAt: at(issued + 480),
  expiresAt: at(issued + 900),
});
/** @param issued in seconds from the start, by the server's clock */
const session = (id: string, issued: number) => ({
  user: { id },
  cookies: cookies(issued),
  serverTime: at(issued),
});
const renewed = (id: string, issued: number, atS = issued) => ({
  session: session(id, issued),
  atMs: START_MS + atS * 1_000,
  isRenewal: true,
});
const found = (id: string, issued: number) => ({ ...renewed(id, issued), isRenewal: false });
const opened = (id: string, issued: number, userId = 'ann') => ({
  userId,
  id,
  opened: { team: { id }, cookies: cookies(issued) },
});

/** A session of a tab whose clock the test moves. Half of what is random is added. */
function open(t: Test) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START_MS });
  t.teardown(() => mock.timers.reset());
  t.intercept(Math, 'random', { value: () => 0.5, configurable: true });
  const told: string[] = [];
  const known = createKnownSession(
    (
      event: string,
      detail?: { reason?: string; id?: string; user?: { id: string }; team?: { id: string } },
    ) =>
      told.push(
        [event, detail?.reason ?? detail?.user?.id ?? detail?.team?.id ?? detail?.id].join(' ').trim(),
      ),
    () => told.push('go on'),
  );
  const state = () =>
    [
      known.current()?.user.id ?? String(known.current()),
      ...(known.isGood() ? ['good'] : []),
      ...(known.isOverdue() ? ['overdue'] : []),
      ...known.openTeams(),
    ].join(' ');
  const news = () => [...told.splice(0), state()].join(', ');
  /** Each row has an act, or seconds that pass; and what is told by it, with the state at the end. */
  const play = (rows: readonly (readonly [act: (() => unknown) | number, wanted: string])[]) => {
    for (const [index, [act, wanted]] of rows.entries()) {
      if (typeof act === 'number') mock.timers.tick(act * 1_000);
      else act();
      t.equal(news(), wanted, `${index} ${act}`);
    }
  };
  return { known, play };
}

t.test('news of the session, and when the app host is asked again', (t) => {
  const { known, play } = open(t);
  play([
    [() => undefined, 'undefined'],
    [() => known.accept(found('ann', 0)), 'session ann, ann good'],
    [479.999, 'ann good'],
    [0.001, 'ann good overdue'],
    // Half of a fifth of the other 420 seconds.
    [41.999, 'ann good overdue'],
    [0.001, 'go on, ann good overdue'],
    [() => known.accept(found('ann', 0)), 'ann good overdue'],
    [1.999, 'ann good overdue'],
    [0.001, 'go on, ann good overdue'],
    [() => known.accept(renewed('ann', 524)), 'session ann, ann good'],
    [521.999, 'ann good overdue'],
    [0.001, 'go on, ann good overdue'],
    [() => known.accept(renewed('ann', 1_046)), 'session ann, ann good'],
    [() => known.accept(renewed('ann', 1_046)), 'session ann, ann good'],
    // The host has no newer cookies, so it is asked at half of their time.
    [449.999, 'ann good'],
    [0.001, 'go on, ann good'],
    [445 - 0.001, 'ann good overdue'],
    [0.001, 'ann overdue'],
    [() => known.accept(found('ann', 1_941)), 'session ann, ann good'],
    [() => known.accept(found('bob', 1_941)), 'ann good'],
    [() => known.accept(found('bob', 1_942)), 'signedout account_changed, null'],
    [3_600, 'null'],
    [() => known.signOut('ended'), 'null'],
    [() => known.accept(found('bob', 5_541)), 'session bob, bob good'],
    [() => known.signOut('ended'), 'signedout ended, null'],
  ]);
  t.end();
});

t.test('a clock that is wrong', (t) => {
  const { known, play } = open(t);
  play([
    [() => known.accept(renewed('ann', -3_600, 0)), 'session ann, ann good'],
    [894.999, 'go on, ann good overdue'],
    [0.001, 'ann overdue'],
    [() => known.accept(renewed('ann', 7_200, 894)), 'session ann, ann good'],
    [521, 'go on, ann good overdue'],
  ]);
  t.end();
});

t.test('an app host that does not answer is asked again, later each time', (t) => {
  const { known, play } = open(t);
  for (const seconds of [2, 4, 8, 16, 32, 60, 60]) {
    play([
      [() => known.fail(), 'undefined overdue'],
      [seconds - 0.001, 'undefined overdue'],
      [0.001, 'go on, undefined overdue'],
    ]);
  }
  play([
    [() => known.accept(found('ann', 182)), 'session ann, ann good'],
    [() => known.fail(), 'ann good overdue'],
    [2, 'go on, ann good overdue'],
    [() => known.accept(found('ann', 182)), 'session ann, ann good'],
    [1_000, 'go on, ann overdue'],
    [() => known.fail(), 'expired, ann overdue'],
    [() => known.fail(), 'expired, ann overdue'],
    [() => known.signOut('elsewhere'), 'signedout elsewhere, null'],
    [60, 'null'],
    [() => known.fail(), 'null overdue'],
    [() => known.signOut('ended'), 'signedout ended, null'],
  ]);
  t.end();
});

t.test('the teams of a browser', (t) => {
  const { known, play } = open(t);
  play([
    [() => known.acceptTeam(opened('a', 0)), 'undefined'],
    [() => known.accept(found('ann', 0)), 'session ann, ann good'],
    [() => known.acceptTeam(opened('a', 0, 'bob')), 'ann good'],
    [() => known.acceptTeam(opened('a', 10)), 'team a, ann good a'],
    [() => known.acceptTeam(opened('b', 0)), 'team b, ann good a b'],
    [() => known.acceptTeam(opened('a', 10), true), 'ann good a b'],
    [() => known.acceptTeam(opened('a', 9), true), 'ann good a b'],
    [() => known.acceptTeam(opened('a', 11), true), 'team a, ann good b a'],
    [() => known.acceptTeam(opened('a', 10)), 'team a, ann good b a'],
    [() => known.acceptTeam(opened('c', 0), true), 'team c, ann good b a c'],
    [() => known.acceptTeam({ userId: 'ann', id: 'd' }), 'ann good b a c'],
    [() => known.acceptTeam({ userId: 'ann', id: 'c' }, true), 'teamleft c, ann good b a'],
    [
      () => ['d', 'e', 'f', 'g'].map((id) => known.acceptTeam(opened(id, 0))),
      'team d, team e, team f, team g, ann good b a d e f g',
    ],
  ]);
  const goods = () => ['a', 'b', 'h', 'none'].map((id) => `${known.isOpen(id)} ${known.isGood(id)}`).join();
  t.equal(goods(), 'true true,true true,false false,false false');
  known.acceptTeam(opened('h', -890));
  t.equal(goods(), 'true true,false false,true true,false false', 'a seventh closes the oldest');
  t.equal(known.team('b').id, 'b', 'and what is known of it stays');
  mock.timers.tick(5_000);
  t.equal(goods(), 'true true,false false,true false,false false');
  t.strictSame(
    [...known.teamNews()].map(({ id }) => id),
    ['b', 'a', 'd', 'e', 'f', 'g', 'h'],
  );
  known.signOut('ended');
  t.equal([...known.teamNews()].length, 0);
  t.end();
});
