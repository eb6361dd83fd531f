import t, { type Test } from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { newTeam } from '../../../../services/auth/domain/team.ts';
import { changeTeam, createTries } from '../../../../services/auth/records/change-team.ts';

/** A clock that only pauses move, and which notes them. */
function createClock() {
  const pauses: number[] = [];
  let ms = 5;
  const clock = {
    now: () => 0,
    monotonicMs: () => ms,
    async sleep(milliseconds: number) {
      pauses.push(milliseconds);
      ms += milliseconds;
    },
  };
  return { clock, pauses, wait: (milliseconds: number) => (ms += milliseconds) };
}

/** The longest pauses that may be. */
function withoutChance(t: Test): void {
  const { random } = Math;
  Math.random = () => 1;
  t.teardown(() => {
    Math.random = random;
  });
}

t.test('whoever has tried for longer waits for longer, at most half a second, and six in all', async (t) => {
  withoutChance(t);
  const { clock, pauses, wait } = createClock();
  const tries = createTries(clock);
  for (let i = 0; i < 3; i++) await tries.again();
  wait(200);
  await tries.again();
  wait(5_999 - 480);
  await tries.again();
  t.strictSame(pauses, [10, 10, 20, 240, 500]);
  const late = createTries(clock);
  wait(6_000);
  await t.rejects(late.again(), { code: 'store_unavailable' });
  t.equal(pauses.length, 5);
});

t.test('a change whose writes are always refused pauses between them, and gives up', async (t) => {
  const { clock } = createClock();
  const team = newTeam('Photos', { userId: parseUserId('ann') }, 0);
  let writes = 0;
  const teams = {
    read: async () => ({ team, version: 1 }),
    async write() {
      if (writes++ === 5) throw new Error('no pause');
      return false;
    },
    due: async () => [],
    toSweep: async () => [],
  };
  const tries = createTries({ ...clock, sleep: () => clock.sleep(1_500) });
  const changing = changeTeam(
    { teams, clock },
    { teamId: newTeamId() },
    (old) => ({ ...old, name: 'Films' }),
    tries,
  );
  await t.rejects(changing, { code: 'store_unavailable' });
  t.equal(writes, 5);
});
