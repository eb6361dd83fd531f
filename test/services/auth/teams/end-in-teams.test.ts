import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, teamOwner } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { withEdgeTold } from '../../../../services/auth/edge/entry.ts';
import { createFailures } from '../../../../services/auth/edge/failures.ts';
import { endAllSessions } from '../../../../services/auth/sessions/end.ts';
import type { CurrentSession } from '../../../../services/auth/sessions/session-deps.ts';
import { createShares } from '../../../../services/auth/shares/shares.ts';
import type { Role, TeamKind } from '../../../../services/auth/teams/membership.ts';
import { settleDueTeams } from '../../../../services/auth/teams/settle.ts';
import { withMembership } from '../../../../services/auth/teams/starts.ts';
import { newTeam } from '../../../../services/auth/teams/team.ts';
import { createTeams } from '../../../../services/auth/teams/teams.ts';
import { gated, hurriedClock, inEveryOrder, withEveryFault } from '../support/every-order.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { change, nowEpoch, seedSession } from '../support/seed-session.ts';

const NOW = nowEpoch();
const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
const SHARE = { name: 'a.png', etag: 'e', expiresAtEpoch: NOW + 600 };
const WANTED = { role: 'viewer' as const, uses: 1, seconds: 600 };
const PEOPLE: [UserId, Role][] = [
  [ANN, 'manager'],
  [BEN, 'manager'],
];

/** A team with Ann and Ben as managers, both signed in, and what they do there. */
async function createWorld(kind: TeamKind = 'made') {
  const memory = createMemoryStores();
  const clock = hurriedClock(NOW);
  const teamId = newTeamId();
  const members = PEOPLE.map(([userId, role]) => ({ userId, role, joinedAtEpoch: NOW }));
  if (kind === 'made')
    await memory.teams.write(teamId, 0, { ...newTeam('Photos', { userId: ANN }, NOW), members });
  for (const [userId, role] of PEOPLE)
    await change(memory.users, userId, (user) => withMembership(user, { teamId, role, kind }, NOW));

  async function signIn(userId: UserId): Promise<CurrentSession> {
    const { token: _token, ...session } = await seedSession(memory.users, userId);
    return { userId, session, known: memory.record(userId), readAtEpoch: NOW };
  }

  type Gated = Pick<typeof memory, 'users' | 'teams'>;
  const teller = { tell: async () => 'told' as const, tellTeam: async () => 'told' as const };
  const deps = (stores: Gated) => ({ ...stores, clock, teller });
  return {
    ...{ memory, teamId, clock, signIn },
    share: (current: CurrentSession, stores: Gated = memory) =>
      createShares(deps(stores)).create({ ...current, owner: teamOwner(teamId) }, SHARE, async () => 'url'),
    invite: (current: CurrentSession, stores: Gated = memory) =>
      createTeams(deps(stores)).invite(current, teamId, WANTED),
    /** Both steps. */
    async signOutEverywhere(userId: UserId, stores: Gated = memory): Promise<void> {
      const tokens = { ...memory.tokens };
      const whole = { ...memory, ...deps(stores), tokens };
      const { edge, endInTeams: second } = await endAllSessions(
        { ...whole, teller: { ...NO_TELLER, ...teller } },
        userId,
      );
      await edge;
      await second(true);
    },
    open() {
      const { shares = [], invitations = [] } = memory.team(teamId)?.team ?? {};
      const makers = (made: readonly { maker?: { userId: UserId } }[]) =>
        made.map(({ maker }) => maker?.userId);
      return { shares: makers(shares), invitations: makers(invitations) };
    },
    due: (userId: UserId) => memory.record(userId).user.dueInTeams,
    /** The schedule, after the edge was told of what the records say. */
    async runSchedule(stores: Gated, onFailure: (error: unknown) => void) {
      for (const [userId] of PEOPLE)
        await change(memory.users, userId, (user) => withEdgeTold(user, user, NOW, NOW));
      const teller = { failures: createFailures(onFailure) };
      await settleDueTeams({ ...stores, due: memory.due, clock, teller }, 60_000);
    },
  };
}

const NO_TELLER = {
  drain: async () => 0,
  failures: createFailures(() => {}),
  seen: () => ({ isFailing: false }),
};

for (const kind of ['made', 'provider'] as const) {
  t.test(
    `a thief makes something in a team (${kind}) meanwhile, in every order: nothing of it stays`,
    async (t) => {
      const faults = new Set<string>();
      const seen = new Set<string>();
      const worlds = await Promise.all(
        Array.from({ length: 3_000 }, async () => {
          const world = await createWorld(kind);
          return { world, ann: await world.signIn(ANN) };
        }),
      );
      for (const doing of kind === 'made' ? (['share', 'invite'] as const) : (['share'] as const)) {
        const orders = await inEveryOrder(() => {
          const next = worlds.pop();
          if (!next) throw new Error('there are more orders than worlds');
          const { world, ann } = next;
          const { users, teams } = world.memory;
          let outcome = '';
          return {
            processes: [
              async (gate) => {
                try {
                  await world[doing](ann, gated({ users, teams }, gate));
                  outcome = 'made';
                } catch (error) {
                  if (!(error instanceof GatewayError)) throw error;
                  outcome = error.code;
                }
              },
              async (gate) => world.signOutEverywhere(ANN, gated({ users, teams }, gate)),
            ],
            check() {},
            async end() {
              seen.add(`${doing}: ${outcome}`);
              const { shares, invitations } = world.open();
              if (shares.length + invitations.length > 0) faults.add(`${doing}: ${outcome}, and it is open`);
              if (world.due(ANN).length > 0) faults.add(`${doing}: something is left to do`);
            },
          };
        });
        t.ok(orders > 50, `${orders} orders`);
      }
      t.strictSame([...faults], []);
      for (const doing of new Set([...seen].map((each) => each.split(':')[0])))
        t.ok(seen.has(`${doing}: made`) && seen.has(`${doing}: no_session`), [...seen].join());
    },
  );
}

t.test(
  'the second step fails, loses an answer or dies at any call: the schedule does the rest',
  async (t) => {
    const faults = new Set<string>();
    const worlds = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const world = await createWorld();
        const ann = await world.signIn(ANN);
        await world.share(ann);
        await world.invite(ann);
        return world;
      }),
    );
    const runs = await withEveryFault((what) => {
      const world = worlds.pop();
      if (!world) throw new Error('there are more runs than worlds');
      const { users, teams } = world.memory;
      return {
        process: (gate) => world.signOutEverywhere(ANN, gated({ users, teams }, gate)).catch(() => {}),
        check() {},
        async end() {
          const isOut = world.memory.record(ANN).user.sessions.length === 0;
          await world.runSchedule(world.memory, (error) => faults.add(`${what}: ${String(error)}`));
          const { shares, invitations } = world.open();
          if (isOut && shares.length + invitations.length > 0) faults.add(`${what}: it is open`);
          if (world.due(ANN).length > 0) faults.add(`${what}: it stays due`);
        },
      };
    });
    t.ok(runs > 12, `${runs} runs`);
    t.strictSame([...faults], []);
  },
);
