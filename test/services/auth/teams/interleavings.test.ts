import t, { type Test } from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { changeRecord } from '../../../../services/auth/sessions/change-record.ts';
import { withAllEnded } from '../../../../services/auth/sessions/live.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import { hashToken } from '../../../../services/auth/sessions/secret-token.ts';
import type { Session } from '../../../../services/auth/sessions/session.ts';
import { membershipOf, type Role } from '../../../../services/auth/teams/membership.ts';
import { settleDue } from '../../../../services/auth/teams/settle.ts';
import { type Member, membersOf, newTeam, type Team } from '../../../../services/auth/teams/team.ts';
import { createTeams, type Teams } from '../../../../services/auth/teams/teams.ts';
import { gated, hurriedClock, inEveryOrder, type Run, withEveryFault } from '../support/every-order.ts';
import { before } from '../support/instances.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const NOW = 1_795_600_000;
const [ANN, BEN, CAT] = [parseUserId('ann'), parseUserId('ben'), parseUserId('cat')];
const SECRET = 'a-secret';
/** The start of everybody's session. */
const START = NOW - 600;

function sessionOf(userId: UserId): Session {
  return {
    ...{
      id: userId,
      tokenHash: userId,
      subjectHash: 's',
      start: START,
      createdAtEpoch: NOW,
      issuedAtEpoch: NOW,
    },
    ...{ lastUsedAtEpoch: NOW, expiresAtEpoch: NOW + 600 },
  };
}

type Actor = (teams: Teams, world: World) => Promise<unknown>;
type World = ReturnType<typeof createWorld>;

/** A team with settled members who have opened it, and one invitation for a viewer. Nobody waits for the edge. */
function createWorld(roles: Record<string, Role>, { uses = 9, others = 0, isOpened = true } = {}) {
  const memory = createMemoryStores();
  const clock = hurriedClock(NOW);
  const teamId = newTeamId();
  const people = [ANN, BEN, CAT];
  const members = people.flatMap((userId): Member[] => {
    const role = roles[userId];
    return role ? [{ userId, role, joinedAtEpoch: NOW }] : [];
  });
  const invitation = {
    ...{ hash: hashToken(SECRET), role: 'viewer' as const, usesLeft: uses },
    expiresAtEpoch: NOW + 60,
    maker: { userId: ANN, start: 9 },
  };
  const item: Team = { ...newTeam('Photos', { userId: ANN }, NOW), members, invitations: [invitation] };
  void memory.teams.write(teamId, 0, item);
  for (const [number, userId] of people.entries()) {
    const own = roles[userId] ? [{ teamId, role: roles[userId], kind: 'made' as const }] : [];
    const more = Array.from({ length: others }, () => ({
      ...{ teamId: newTeamId(), role: 'viewer' as const, kind: 'made' as const },
    }));
    const memberships = [...more, ...own];
    const teamNumber = isOpened ? { number, given: 1 } : undefined;
    const sessions = [sessionOf(userId)];
    void memory.users.write(userId, 0, { ...NEW_USER, sessions, lastStart: START, memberships, teamNumber });
  }
  const { users, teams } = memory;
  const depsWith = (stores: Pick<typeof memory, 'users' | 'teams'>) => ({
    ...stores,
    clock,
    teller: { tell: async () => 'told' as const, tellTeam: async () => 'told' as const },
  });
  return {
    memory,
    teamId,
    people,
    secret: `${teamId}.${SECRET}`,
    depsWith,
    deps: () => depsWith({ users: { ...users }, teams: { ...teams } }),
    person: (userId: UserId) => ({ userId, session: sessionOf(userId), known: memory.record(userId) }),
    team: () => memory.team(teamId)?.team ?? item,
  };
}

const roleIn = (world: World, userId: UserId, teamId: TeamId = world.teamId) =>
  membershipOf(world.memory.record(userId).user, teamId)?.role;

/** Whoever is not due has a record that says what the item says. It holds at every moment. */
function checkRecords(faults: Set<string>, world: World, what: string): void {
  for (const userId of world.people) {
    const member = world.team().members.find((each) => each.userId === userId);
    if (member?.dueSinceEpoch !== undefined || roleIn(world, userId) === member?.role) continue;
    faults.add(`${what}: the record of ${userId} says ${roleIn(world, userId)}, the item ${member?.role}`);
  }
}

/** After the schedule, nobody is due. */
async function finish(faults: Set<string>, world: World, what: string): Promise<void> {
  await settleDue(world.deps(), world.teamId);
  const due = world.team().members.filter(({ dueSinceEpoch }) => dueSinceEpoch !== undefined);
  if (due.length > 0) faults.add(`${what}: ${due.length} are due`);
  checkRecords(faults, world, what);
}

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

/** What two people do at once, in every order of their calls. Answers the outcomes that were seen. */
async function together(
  t: Test,
  make: () => World,
  actors: Actor[],
  atEnd: (world: World, outcomes: string[], faults: Set<string>) => void = () => {},
): Promise<string[]> {
  const seen = new Set<string>();
  const faults = new Set<string>();
  const begin = (): Run => {
    const world = make();
    const outcomes = actors.map(() => '');
    return {
      processes: actors.map((act, index) => async (gate) => {
        const { users, teams } = world.memory;
        const own = createTeams(world.depsWith(gated({ users, teams }, gate)));
        outcomes[index] = await outcomeOf(act(own, world));
      }),
      check: () => checkRecords(faults, world, 'meanwhile'),
      async end() {
        await finish(faults, world, outcomes.join(', '));
        seen.add(outcomes.join(', '));
        atEnd(world, outcomes, faults);
      },
    };
  };
  const orders = await inEveryOrder(begin);
  t.ok(orders > 50, `${orders} orders`);
  t.strictSame([...faults].slice(0, 3), []);
  return [...seen].toSorted();
}

const remove =
  (doer: UserId, userId: UserId): Actor =>
  (teams, { teamId }) =>
    teams.remove(doer, teamId, userId);
const accept =
  (userId: UserId): Actor =>
  (teams, world) =>
    teams.accept(world.person(userId), world.secret);
const changeRole =
  (doer: UserId, userId: UserId, role: Role): Actor =>
  (teams, { teamId }) =>
    teams.changeRole(doer, teamId, { userId, role });

const ANN_AND_BEN = { ann: 'manager', ben: 'editor' } as const;

t.test('a removal meets the return of the same person, in every order', async (t) => {
  const seen = await together(
    t,
    () => {
      const world = createWorld(ANN_AND_BEN);
      // The removal ends invitations. This one is made again at once.
      const { write } = world.memory.teams;
      world.memory.teams.write = async (teamId, version, team) =>
        write(teamId, version, { ...team, invitations: createWorld(ANN_AND_BEN).team().invitations });
      return world;
    },
    [remove(ANN, BEN), accept(BEN)],
    (world, outcomes, faults) => {
      if (outcomes[0] !== 'ok') return;
      const { changes, teamKeys, teamNumber } = world.memory.record(BEN).user;
      const isRefused = teamKeys.some(({ teamId }) => teamId === world.teamId);
      if (!isRefused) faults.add('the edge is not told of the removal');
      // Who came back has left the number. That is the second change.
      const isBack = roleIn(world, BEN) !== undefined;
      if (isBack !== (teamNumber === undefined))
        faults.add(`back: ${isBack}, and number ${teamNumber?.number}`);
      if (changes !== (isBack ? 2 : 1)) faults.add(`back: ${isBack}, and ${changes} changes`);
    },
  );
  t.ok(seen.includes('ok, ok'), seen.join('; '));
});

t.test('a new member is removed while the invitation is being accepted', async (t) => {
  const seen = await together(t, () => createWorld({ ann: 'manager' }), [accept(BEN), remove(ANN, BEN)]);
  t.ok(seen.includes('ok, ok') && seen.includes('ok, no_such_member'), seen.join('; '));
});

t.test('a role is changed while the member is removed', async (t) => {
  const seen = await together(t, () => createWorld(ANN_AND_BEN), [
    changeRole(ANN, BEN, 'manager'),
    remove(ANN, BEN),
  ]);
  t.ok(seen.includes('ok, ok') && seen.includes('no_such_member, ok'), seen.join('; '));
});

t.test('two accepts of an invitation with one use left: one of them joins', async (t) => {
  const seen = await together(
    t,
    () => createWorld({ ann: 'manager' }, { uses: 1 }),
    [accept(BEN), accept(CAT)],
    ({ team }, _outcomes, faults) => {
      if (membersOf(team()).length !== 2) faults.add(`${membersOf(team()).length} members`);
    },
  );
  t.ok(seen.includes('invitation_over, ok') && seen.includes('ok, invitation_over'), seen.join('; '));
  t.notOk(seen.includes('ok, ok'));
});

t.test('two managers remove each other: one stays, and is manager', async (t) => {
  const seen = await together(
    t,
    () => createWorld({ ann: 'manager', ben: 'manager' }),
    [remove(ANN, BEN), remove(BEN, ANN)],
    (world) =>
      t.strictSame(
        membersOf(world.team()).map(({ role }) => role),
        ['manager'],
      ),
  );
  t.strictSame(seen, ['no_such_team, ok', 'ok, no_such_team']);
});

t.test('two managers leave at once: one stays', async (t) => {
  const seen = await together(t, () => createWorld({ ann: 'manager', ben: 'manager' }), [
    remove(ANN, ANN),
    remove(BEN, BEN),
  ]);
  t.strictSame(seen, ['last_manager, ok', 'ok, last_manager']);
});

t.test('a team is deleted while somebody accepts: nobody is added any more', async (t) => {
  await together(
    t,
    () => createWorld({ ann: 'manager' }),
    [(teams, { teamId }) => teams.delete(ANN, teamId), accept(BEN)],
    (world) => t.strictSame(world.team().members, []),
  );
});

t.test('one person accepts twice at once: one membership, and one use', async (t) => {
  const seen = await together(
    t,
    () => createWorld({ ann: 'manager' }),
    [accept(BEN), accept(BEN)],
    (world) => {
      t.equal(world.memory.record(BEN).user.memberships.length, 1);
      t.equal(world.team().invitations[0]?.usesLeft, 8);
    },
  );
  t.strictSame(seen, ['ok, ok']);
});

t.test('whoever is signed out everywhere joins no team with a session from before', async (t) => {
  const joining: [name: string, act: Actor][] = [
    ['accept', accept(BEN)],
    ['make', (teams, world) => teams.make(world.person(BEN), 'New')],
  ];
  for (const [name, join] of joining) {
    const seen = new Set<string>();
    const faults = new Set<string>();
    const orders = await inEveryOrder(() => {
      const world = createWorld({ ann: 'manager' });
      const { users, teams } = world.memory;
      const ofBen = () => world.memory.record(BEN).user.memberships;
      let outcome = '';
      let isReleased = false;
      return {
        processes: [
          async (gate) => {
            const own = createTeams(world.depsWith(gated({ users, teams }, gate)));
            outcome = await outcomeOf(join(own, world));
          },
          // As `gateway release` does before the next person gets the id.
          async (gate) => {
            const own = world.depsWith(gated({ users, teams }, gate));
            await changeRecord(own, BEN, (user) => withAllEnded(user, NOW));
            isReleased = (await own.users.read(BEN)).user.memberships.length === 0;
          },
        ],
        check() {
          if (isReleased && ofBen().length > 0) faults.add(`${outcome}: the next person is in the team`);
        },
        async end() {
          for (const { key } of await world.memory.due.toSettle(9, {}))
            if (key === `team#${world.teamId}`) await settleDue(world.deps(), world.teamId);
          seen.add(`${outcome}, ${isReleased ? 'released' : 'refused'}`);
          if (isReleased !== (ofBen().length === 0)) faults.add(`${outcome}: ${ofBen().length} memberships`);
          const isIn = world.team().members.some(({ userId }) => userId === BEN);
          if (isReleased && isIn) faults.add(`${outcome}: the item names who has gone`);
        },
      };
    });
    t.ok(orders > 20, `${name}: ${orders} orders`);
    t.strictSame([...faults], [], name);
    t.strictSame([...seen].toSorted(), ['no_session, released', 'ok, refused'], name);
  }
});

t.test('a request fails, loses an answer or dies at any call: the schedule does the rest', async (t) => {
  const doings: [name: string, roles: Record<string, Role>, act: Actor][] = [
    ['accept', { ann: 'manager' }, accept(BEN)],
    ['remove', ANN_AND_BEN, remove(ANN, BEN)],
    ['leave', ANN_AND_BEN, remove(BEN, BEN)],
    ['raise', ANN_AND_BEN, changeRole(ANN, BEN, 'manager')],
    ['lower', ANN_AND_BEN, changeRole(ANN, BEN, 'viewer')],
    ['delete', ANN_AND_BEN, (teams, { teamId }) => teams.delete(ANN, teamId)],
  ];
  for (const [name, roles, act] of doings) {
    const faults = new Set<string>();
    const runs = await withEveryFault((at) => {
      const world = createWorld(roles);
      const { users, teams } = world.memory;
      const what = `${name}, ${at}`;
      return {
        process: (gate) => outcomeOf(act(createTeams(world.depsWith(gated({ users, teams }, gate))), world)),
        check: () => checkRecords(faults, world, what),
        async end() {
          await finish(faults, world, what);
          // Asking again is harmless: it has happened, or it happens now.
          const again = await outcomeOf(act(createTeams(world.deps()), world));
          if (!['ok', 'no_such_member', 'no_such_team'].includes(again))
            faults.add(`${what}, again: ${again}`);
          await finish(faults, world, `${what}, again`);
          const isMember = roleIn(world, BEN) !== undefined;
          if (isMember !== ['accept', 'raise', 'lower'].includes(name)) faults.add(`${what}: ${isMember}`);
        },
      };
    });
    t.ok(runs > 12, `${name}: ${runs} faults`);
    t.strictSame([...faults].slice(0, 3), [], name);
  }
});

t.test('a removed manager who was frozen before the write of the item changes nothing', async (t) => {
  const doings: Actor[] = [
    (teams, world) =>
      teams.invite(world.person(BEN), world.teamId, { role: 'manager', uses: 1, seconds: 60 }),
    (teams, { teamId }) => teams.rename(BEN, teamId, 'Mine'),
    (teams, { teamId }) => teams.delete(BEN, teamId),
    (teams, { teamId }) => teams.endInvitation(BEN, teamId, hashToken(SECRET)),
    remove(BEN, CAT),
    changeRole(BEN, CAT, 'manager'),
  ];
  for (const [index, act] of doings.entries()) {
    const world = createWorld({ ann: 'manager', ben: 'manager', cat: 'editor' });
    const deps = world.deps();
    before(deps.teams, 'write', () => createTeams(world.deps()).remove(ANN, world.teamId, BEN));
    t.equal(await outcomeOf(act(createTeams(deps), world)), 'no_such_team', `${index}`);
    const { name, members, invitations } = world.team();
    t.strictSame([name, invitations], ['Photos', []], String(index));
    t.strictSame(
      members.map(({ userId, role }) => [userId, role]),
      [
        [ANN, 'manager'],
        [CAT, 'editor'],
      ],
      String(index),
    );
  }
});

t.test('a settle that thaws after the person was removed and came back writes nothing old', async (t) => {
  for (const step of ['read', 'write'] as const) {
    const world = createWorld(ANN_AND_BEN);
    const item = { ...world.team() };
    const frozen = world.deps();
    before(step === 'read' ? frozen.teams : frozen.users, step, async () => {
      const { version = 0 } = world.memory.team(world.teamId) ?? {};
      const back = { ...item, members: item.members.map((each) => ({ ...each, dueSinceEpoch: NOW })) };
      await world.memory.teams.write(world.teamId, version, back);
      await settleDue(world.deps(), world.teamId);
    });
    await createTeams(frozen).remove(ANN, world.teamId, BEN);
    const faults = new Set<string>();
    await finish(faults, world, step);
    t.strictSame([...faults], [], step);
    t.ok(world.memory.record(BEN).version > 1, 'the version was raised although nothing changed');
  }
});
