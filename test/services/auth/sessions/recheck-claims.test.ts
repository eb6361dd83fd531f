import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import type { Session } from '../../../../services/auth/domain/session.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createRecheckClaims } from '../../../../services/auth/sessions/recheck-claims.ts';

function start() {
  let nowMs = 1_790_000_000_000;
  let monotonicMs = 0;
  const claims = createRecheckClaims({ now: () => nowMs, monotonicMs: () => monotonicMs });
  const sinceEpoch = nowMs / 1_000;
  const session = (id: string, number: string | undefined): Session => ({
    ...{ id, tokenHash: '', start: 0, subjectHash: '', createdAtEpoch: 0, issuedAtEpoch: 0 },
    ...{ expiresAtEpoch: 0, lastUsedAtEpoch: 0 },
    recheck: { answeredAtEpoch: 0, ...(number === undefined ? {} : { asking: { number, sinceEpoch } }) },
  });
  return {
    wait(milliseconds: number) {
      monotonicMs += milliseconds;
      nowMs += milliseconds;
    },
    /** Somebody sets the clock of this machine. */
    set(seconds: number) {
      nowMs += seconds * 1_000;
    },
    /** Whether the first of a user's sessions is held. */
    isHeld(name: string, ...numbers: (string | undefined)[]): boolean {
      const sessions = numbers.map((number, index) => session(`${name}-${index}`, number));
      const [first = session('none', undefined)] = sessions;
      return claims.isHeld(parseUserId(name), { ...NEW_USER, sessions }, first);
    },
  };
}

t.test('a claim is held until this process has seen it for 30 seconds', async (t) => {
  const { isHeld, wait } = start();
  t.notOk(isHeld('alice', undefined));
  t.ok(isHeld('alice', 'one'));
  wait(29_999);
  t.ok(isHeld('alice', 'one'));
  wait(1);
  t.notOk(isHeld('alice', 'one'));
  t.ok(isHeld('alice', 'two'), 'a new claim counts from its own first sight');
  wait(30_000);
  t.ok(isHeld('alice', 'three'));
  t.ok(isHeld('alice', 'two'), 'a claim that was gone meanwhile is another claim');
});

t.test('a clock that is set changes nothing within its bounds', async (t) => {
  for (const seconds of [60, -3_600]) {
    const { isHeld, wait, set } = start();
    t.ok(isHeld('alice', 'one'), `${seconds}`);
    set(seconds);
    wait(29_000);
    t.ok(isHeld('alice', 'one'), `${seconds}`);
    wait(1_000);
    t.notOk(isHeld('alice', 'one'), `${seconds}`);
  }
});

t.test(
  'after five minutes by the time of the claim it is over, although this process sees it first',
  async (t) => {
    const { isHeld, set } = start();
    set(299);
    t.ok(isHeld('alice', 'one'));
    set(1);
    t.notOk(isHeld('bob', 'one'));
  },
);

t.test('ten thousand users fill the memory, and one user does not', async (t) => {
  const { isHeld, wait } = start();
  t.ok(isHeld('victim', 'one'));
  for (let round = 0; round < 20_000; round++) isHeld('attacker', `claim-${round}`);
  for (let user = 0; user < 9_998; user++) isHeld(`user-${user}`, 'one', 'two');
  wait(30_000);
  t.notOk(isHeld('victim', 'one'), 'the victim is remembered');
  for (let user = 0; user < 2; user++) isHeld(`more-${user}`, 'one');
  t.ok(isHeld('attacker', 'claim-19999'), 'the user that was seen first after the victim is forgotten');
});
