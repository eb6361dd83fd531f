import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { newTeam } from '../../../../services/auth/domain/team.ts';
import { settle } from '../../../../services/auth/teams/settle.ts';
import { hurriedClock } from '../support/every-order.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const NOW = 1_795_600_000;
const ANN = parseUserId('ann');

t.test('a member is settled by one write of the item, and a pause only where others wrote first', async (t) => {
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
    t.match(memory.team(teamId), { version: 2, team: { members: [{ dueSinceEpoch: undefined }] } }, `${refusals}`);
    t.equal(pauses, refusals, `${refusals}`);
  }
});
