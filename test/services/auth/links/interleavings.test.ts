import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { teamKeyOf } from '../../../../services/auth/edge/entry.ts';
import { type Link, openLink } from '../../../../services/auth/links/link.ts';
import { createLinks, type LinkEditor, type Links } from '../../../../services/auth/links/links.ts';
import { withAllEnded } from '../../../../services/auth/sessions/live.ts';
import type { Stores } from '../../../../services/auth/table/stores.ts';
import { changeTeam } from '../../../../services/auth/teams/change-team.ts';
import { withMembership } from '../../../../services/auth/teams/starts.ts';
import {
  newTeam,
  type Team,
  withDeletion,
  withoutMember,
  withRole,
} from '../../../../services/auth/teams/team.ts';
import { gated, hurriedClock, inEveryOrder } from '../support/every-order.ts';
import { createMemoryStores, type MemoryStores } from '../support/memory-stores.ts';
import { seedSession, TEST_MAC } from '../support/seed-session.ts';

const NOW = Math.floor(Date.now() / 1_000);
const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
const WANTED = { role: 'viewer' as const, seconds: 3_600, caps: { files: 1, bytes: 1 } };

type Own = Pick<MemoryStores, 'users' | 'teams' | 'links' | 'numbers'>;

/** A team of Ann and Ben, who have sessions. */
async function createWorld(kind: Team['kind'] = 'made') {
  const memory = createMemoryStores();
  const teamId = newTeamId();
  const people: [UserId, 'manager' | 'editor'][] = [
    [ANN, 'manager'],
    [BEN, 'editor'],
  ];
  const members = people.map(([userId, role]) => ({ userId, role, joinedAtEpoch: NOW }));
  if (kind === 'made')
    await memory.teams.write(teamId, 0, { ...newTeam('Photos', { userId: ANN }, NOW), members });
  const editors = new Map<UserId, LinkEditor>();
  for (const [userId, role] of people) {
    const session = await seedSession(memory.users, userId);
    const { user, version } = memory.record(userId);
    await memory.users.write(userId, version, withMembership(user, { teamId, role, kind }, NOW));
    const person = { userId, session, known: memory.record(userId), readAtEpoch: NOW };
    editors.set(userId, { person, teamId });
  }
  return worldOf(memory, teamId, editors);
}

function worldOf(memory: MemoryStores, teamId: TeamId, editors: ReadonlyMap<UserId, LinkEditor>) {
  const clock = hurriedClock(NOW);
  const linksWith = (stores: Own, cookieLifetimeSeconds = 900): Links =>
    createLinks({
      ...{ ...stores, clock, cookieLifetimeSeconds, tokenMac: TEST_MAC },
      teller: { tellTeam: async () => 'told' },
    });
  const editor = (userId: UserId): LinkEditor => {
    const found = editors.get(userId);
    if (!found) throw new Error(`${userId} is no editor`);
    return found;
  };
  const { users, teams, links, numbers } = memory;
  const own = { users, teams, links, numbers };
  return {
    ...{ memory, teamId, editors, linksWith, editor, own },
    team: () => memory.team(teamId)?.team ?? newTeam('none', { userId: ANN }, NOW),
    change: (stores: Pick<Own, 'teams'>, by: (team: Team) => Team | undefined) =>
      changeTeam({ ...stores, clock }, { teamId }, by),
  };
}

type World = ReturnType<typeof worldOf>;

/** The same world again, for another order. */
function copyOf({ memory, teamId, editors }: World): World {
  const other = createMemoryStores();
  for (const userId of editors.keys()) void other.users.write(userId, 0, memory.record(userId).user);
  const known = memory.team(teamId);
  if (known) void other.teams.write(teamId, 0, known.team);
  return worldOf(other, teamId, editors);
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

/** Whether the item says that a start is refused. */
function isRefused(team: Team, start: number, number: number): boolean {
  const { floor, singles } = teamKeyOf(team, { number });
  return start <= floor.through || singles.some((single) => single.number === start);
}

/** Makes what is to be the same in each order: a link of Ben. */
async function withLink(kind?: Team['kind']) {
  const world = await createWorld(kind);
  const made = await world.linksWith(world.own).make(world.editor(BEN), WANTED);
  return { world, made };
}

const ENDS: Record<string, (world: World, stores: Own, link: Link) => Promise<unknown>> = {
  'is ended': ({ linksWith, editor }, stores, { hash }) => linksWith(stores).end(editor(ANN), hash),
  'gets a shorter life': ({ linksWith, editor }, stores, { hash }) =>
    linksWith(stores).change(editor(ANN), hash, { seconds: 60 }),
  'loses its maker': ({ change }, stores) => change(stores, (team) => withoutMember(team, ANN, BEN, NOW)),
  'has a maker who becomes a viewer': ({ change }, stores) =>
    change(stores, (team) => withRole(team, ANN, { userId: BEN, role: 'viewer' }, NOW)),
  'loses its team': ({ change }, stores) => change(stores, (team) => withDeletion(team, ANN, NOW)),
};

for (const [what, end] of Object.entries(ENDS)) {
  t.test(`a link ${what} while two browsers open and renew it`, async (t) => {
    const { world: first, made } = await withLink();
    const { pass } = await first.linksWith(first.own).open(made.secret, { address: 'x' });
    const faults = new Set<string>();
    const seen = new Set<string>();
    const orders = await inEveryOrder(() => {
      const world = copyOf(first);
      const number = world.team().linkNumber ?? -1;
      const signed: number[] = [];
      let hasEnded = false;
      const sign = async (links: Links, opening: () => Promise<{ link: Link } | undefined>) => {
        const isLate = hasEnded;
        const outcome = await outcomeOf(
          (async () => {
            const opened = await opening();
            if (!opened) throw new GatewayError('link_over');
            await links.prepare({ ...opened, teamId: world.teamId, team: world.team(), readAtEpoch: NOW });
            signed.push(opened.link.start);
            if (isLate && what !== 'gets a shorter life') faults.add('opened after its end');
          })(),
        );
        seen.add(outcome);
      };
      return {
        processes: [
          async (gate) => {
            const links = world.linksWith(gated(world.own, gate));
            await sign(links, () => links.open(made.secret, { address: 'x' }));
          },
          async (gate) => {
            const links = world.linksWith(gated(world.own, gate));
            await sign(links, () => links.find(pass, made.link.hash));
          },
          async (gate) => {
            await end(world, gated(world.own, gate), made.link);
            hasEnded = true;
          },
        ],
        check() {},
        async end() {
          const open = openLink(world.team(), made.link.hash, NOW)?.start;
          for (const start of signed)
            if (start !== open && !isRefused(world.team(), start, number)) faults.add(`${start} is open`);
        },
      };
    });
    t.ok(orders > 5, `${orders} orders`);
    t.strictSame([...faults], []);
    t.ok(seen.has('ok') && seen.has('link_over'), [...seen].join());
  });
}

t.test('a link is made while its maker is removed', async (t) => {
  const first = await createWorld();
  const faults = new Set<string>();
  const seen = new Set<string>();
  await inEveryOrder(() => {
    const world = copyOf(first);
    const { linksWith, own, editor, change } = world;
    return {
      processes: [
        async (gate) => void seen.add(await outcomeOf(linksWith(gated(own, gate)).make(editor(BEN), WANTED))),
        async (gate) => void (await change(gated(own, gate), (team) => withoutMember(team, ANN, BEN, NOW))),
      ],
      check() {},
      async end() {
        if (world.team().links.length > 0) faults.add('a link stays');
      },
    };
  });
  t.strictSame([...faults], []);
  t.strictSame([...seen].toSorted(), ['no_such_team', 'ok']);
});

t.test('a maker who was signed out, or left the team of the provider, gets no link', async (t) => {
  const signOut = (world: World) => {
    const { user, version } = world.memory.record(BEN);
    return world.memory.users.write(BEN, version, withAllEnded(user, NOW));
  };
  const leave = (world: World) => {
    const { user, version } = world.memory.record(BEN);
    return world.memory.users.write(BEN, version, { ...user, memberships: [] });
  };
  for (const [kind, act, code] of [
    ['made', signOut, 'no_session'],
    ['provider', signOut, 'no_session'],
    ['provider', leave, 'no_such_team'],
  ] as const) {
    const world = await createWorld(kind);
    const { own, editor, linksWith } = world;
    // The team has a number already, so the record is read once: after the link is in the item.
    await linksWith(own).make(editor(ANN), WANTED);
    const users: Stores['users'] = {
      ...own.users,
      async read(userId) {
        await act(world);
        return own.users.read(userId);
      },
    };
    t.equal(await outcomeOf(linksWith({ ...own, users }).make(editor(BEN), WANTED)), code, kind);
    t.strictSame(
      world.team().links.map(({ maker }) => maker.userId),
      [ANN],
      kind,
    );
  }
});
