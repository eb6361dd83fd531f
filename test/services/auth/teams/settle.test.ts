import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { newTeam } from '../../../../services/auth/domain/team.ts';
import { createSetAside } from '../../../../services/auth/revocations/set-aside.ts';
import { settle } from '../../../../services/auth/teams/settle.ts';
import { settleDueTeams } from '../../../../services/auth/teams/settle-due.ts';
import { hurriedClock } from '../support/every-order.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const NOW = 1_795_600_000;
const ANN = parseUserId('ann');

t.test(
  'a member is settled by one write of the item, and a pause only where others wrote first',
  async (t) => {
    for (const refusals of [0, 2]) {
      const memory = createMemoryStores();
      const teamId = newTeamId();
      await memory.teams.write(teamId, 0, newTeam('Photos', { userId: ANN }, NOW));
      let left = refusals;
      let pauses = 0;
      const users = {
        ...memory.users,
        write: async (...given: Parameters<typeof memory.users.write>) =>
          left-- > 0 ? false : memory.users.write(...given),
      };
      const tries = {
        async again() {
          pauses++;
        },
      };
      const settled = await settle({ ...memory, users, clock: hurriedClock(NOW) }, teamId, [ANN], tries);
      t.strictSame([...settled.users.keys()], [ANN], `${refusals}`);
      t.match(memory.record(ANN).user.memberships, [{ teamId, role: 'manager' }], `${refusals}`);
      t.match(
        memory.team(teamId),
        { version: 2, team: { members: [{ dueSinceEpoch: undefined }] } },
        `${refusals}`,
      );
      t.equal(pauses, refusals, `${refusals}`);
    }
  },
);

t.test('a member who cannot be settled is set aside, and the schedule settles the others', async (t) => {
  const memory = createMemoryStores();
  const [one, other] = [newTeamId(), newTeamId()];
  const BEN = parseUserId('ben');
  await memory.teams.write(one, 0, newTeam('Photos', { userId: ANN }, NOW));
  await memory.teams.write(other, 0, newTeam('Films', { userId: BEN }, NOW));
  const users = {
    ...memory.users,
    write: async (...given: Parameters<typeof memory.users.write>) => {
      if (given[0] === ANN) throw new GatewayError('store_unavailable');
      return memory.users.write(...given);
    },
  };
  const clock = hurriedClock(NOW);
  const failed: unknown[] = [];
  const setAside = createSetAside(clock, (_error, item) => failed.push(item));
  await settleDueTeams({ ...memory, users, clock, teller: { setAside } }, 60_000);
  t.strictSame(failed, [{ step: 'settle', teamId: one }]);
  t.equal(setAside.counts().settle, 1);
  t.match(memory.record(BEN).user.memberships, [{ teamId: other }]);
});
