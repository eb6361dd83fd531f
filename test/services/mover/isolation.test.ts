import t, { type Test } from 'tap';
import { GatewayError } from '../../../core/errors.ts';
import { newTeamId } from '../../../core/owner.ts';
import type { UserId } from '../../../core/user-id.ts';
import { withoutMembership } from '../../../services/auth/teams/starts.ts';
import { withoutMember } from '../../../services/auth/teams/team.ts';
import { answer } from '../../../services/mover/mover.ts';
import { nowEpoch, seedSession } from '../auth/support/seed-session.ts';
import { ANN, BEN, createWorld, VIC, type World } from './support/world.ts';

const MINE = { kind: 'user', id: 'ann' };
const BENS = { kind: 'user', id: 'ben' };
type Folder = { kind: string; id: string };

/** Each operation in each place where a request can name a folder, and the role that is needed there. */
function requests(
  owner: Folder,
  name = 'a',
  mine: Folder = MINE,
): [what: string, role: string, request: object][] {
  const [there, here] = [
    { owner, name },
    { owner: mine, name: 'a' },
  ];
  const version = { owner, name, versionId: '0'.repeat(32) };
  return [
    ['copy from', 'viewer', { operation: 'copy', from: there, to: { ...here, name: 'b' } }],
    ['copy to', 'editor', { operation: 'copy', from: here, to: there }],
    ['replace', 'editor', { operation: 'copy', from: here, to: there, replace: true }],
    ['move from', 'editor', { operation: 'move', from: there, to: { ...here, name: 'b' } }],
    ['move to', 'editor', { operation: 'move', from: here, to: there, replace: true }],
    ['trash', 'viewer', { operation: 'trash', owner }],
    ['versions', 'viewer', { operation: 'versions', owner, name }],
    ['restore', 'editor', { operation: 'restore', ...version }],
    ['restore over', 'editor', { operation: 'restore', ...version, replace: true }],
    ['delete', 'manager', { operation: 'delete_version', ...version }],
  ];
}

/** Refused with this code, and S3 was not asked. */
async function refused(t: Test, world: World, request: object, wanted: string, what: string) {
  world.calls.count = 0;
  await t.rejects(answer(world.deps, request), { code: wanted, constructor: GatewayError }, what);
  t.equal(world.calls.count, 0, `${what}: no call of S3`);
}

async function worldWithFiles(t: Test) {
  const world = await createWorld(t);
  for (const folder of ['users/ann', 'users/ben', `teams/${world.teamId}`, `users/${world.teamId}`]) {
    await world.put(`${folder}/a`, `in ${folder}`);
  }
  return { world, before: await world.versions() };
}

t.test("no request has another user's folder, from or to", async (t) => {
  const { world, before } = await worldWithFiles(t);
  for (const [what, , request] of requests(BENS)) {
    await refused(t, world, { token: world.token(ANN), ...request }, 'account_changed', what);
  }
  for (const [what, , request] of requests(MINE, 'a', MINE)) {
    const wanted = { token: world.token(BEN), ...request };
    await refused(t, world, wanted, 'account_changed', `${what}, Ben's token`);
  }
  const alike = { kind: 'user', id: world.teamId };
  for (const [what, , request] of requests(alike)) {
    const wanted = { token: world.token(ANN), ...request };
    await refused(t, world, wanted, 'account_changed', `${what}, a user like a team`);
  }
  t.strictSame(await world.versions(), before);
});

// test/integration/mover-isolation.full.test.ts has more spellings.
t.test('no spelling of a name leads out of its folder', async (t) => {
  const { world, before } = await worldWithFiles(t);
  for (const name of [
    '../ben/a',
    'x/../../ben/a',
    '/users/ben/a',
    '..\\ben\\a',
    '\u0000/../ben/a',
    '..',
    '',
  ]) {
    for (const [what, , request] of requests(MINE, name)) {
      if (what === 'trash') continue;
      await refused(t, world, { token: world.token(ANN), ...request }, 'invalid_name', `${what} ${name}`);
    }
  }
  t.strictSame(await world.versions(), before);
  // These are names like any other. Nobody decodes them, so they name files in the own folder.
  for (const name of ['users/ben/a', '..%2Fben%2Fa', 'a?versionId=null', 'gateway-files/users/ben/a']) {
    const copy = { operation: 'copy', token: world.token(ANN), from: { owner: MINE, name: 'a' } };
    await answer(world.deps, { ...copy, to: { owner: MINE, name } });
    t.equal(await world.get(`users/ann/${name}`), 'in users/ann', name);
  }
  t.equal(await world.get('users/ben/a'), 'in users/ben');
});

t.test('a folder is that of an id, or there is none', async (t) => {
  const { world } = await worldWithFiles(t);
  const { teamId } = world;
  const folders: unknown[] = [
    ...['ann/', '../ann', 'ann/../ben', 'ann%2F', 'ann\0', '', 'a'.repeat(65), 'Ann ', 'ånn'].map((id) => ({
      kind: 'user',
      id,
    })),
    ...['ann', `${teamId}/`, teamId.toUpperCase(), `${teamId}.shares`, ''].map((id) => ({
      kind: 'team',
      id,
    })),
    ...['users', 'USER', '', 'user/', '__proto__'].map((kind) => ({ kind, id: 'ann' })),
    ...[
      null,
      undefined,
      'ann',
      'users/ann/',
      ['user', 'ann'],
      {},
      { kind: 'user' },
      { kind: 'user', id: ['ann'] },
    ],
    { kind: 'user', id: 'ann', prefix: 'users/ben/' },
  ];
  for (const owner of folders) {
    for (const operation of ['copy', 'move']) {
      for (const [from, to] of [
        [owner, MINE],
        [MINE, owner],
      ]) {
        const named = { from: { owner: from, name: 'a' }, to: { owner: to, name: 'b' } };
        await refused(
          t,
          world,
          { operation, token: world.token(ANN), ...named },
          'bad_request',
          JSON.stringify(owner),
        );
      }
    }
    await refused(t, world, { operation: 'trash', token: world.token(ANN), owner }, 'bad_request', 'trash');
  }
});

t.test('a session that is none has no folder, not even its own', async (t) => {
  const { world } = await worldWithFiles(t);
  const now = nowEpoch();
  const ended = await seedSession(world.memory.users, BEN, { expiresAtEpoch: now - 1 });
  const idle = await seedSession(world.memory.users, BEN, { lastUsedAtEpoch: now - 30 * 24 * 60 * 60 });
  const good = world.token(BEN);
  const tokens = {
    ...{ ended: ended.token, idle: idle.token, none: '', another: `ann.${good.split('.')[1]}` },
    ...{
      cut: good.slice(0, -1),
      long: `${good}a`,
      spaced: ` ${good}`,
      path: `../users/ben.${good.split('.')[1]}`,
    },
  };
  for (const [name, token] of Object.entries(tokens)) {
    for (const owner of [BENS, { kind: 'team', id: world.teamId }]) {
      for (const [what, , request] of requests(owner, 'a', BENS)) {
        await refused(t, world, { token, ...request }, 'no_session', `${name}: ${what}`);
      }
    }
  }
  await world.signOut(BEN);
  for (const [what, , request] of requests(BENS, 'a', BENS)) {
    await refused(t, world, { token: good, ...request }, 'no_session', `signed out: ${what}`);
  }
});

t.test('a role allows what it allows, and a team that one does not belong to does not exist', async (t) => {
  for (const kind of ['made', 'provider'] as const) {
    const world = await createWorld(t, { kind });
    const team = { kind: 'team', id: world.teamId };
    const people: [UserId, string[]][] = [
      [VIC, ['editor', 'manager']],
      [BEN, ['manager']],
    ];
    for (const [userId, tooHigh] of people) {
      for (const [what, role, request] of requests(team, 'a', { kind: 'user', id: userId })) {
        if (!tooHigh.includes(role)) continue;
        const wanted = { token: world.token(userId), ...request };
        await refused(t, world, wanted, 'role_too_low', `${kind}, ${userId}: ${what}`);
      }
    }
    for (const [what, , request] of requests({ kind: 'team', id: newTeamId() })) {
      const wanted = { token: world.token(ANN), ...request };
      await refused(t, world, wanted, 'no_such_team', `another team: ${what}`);
    }
  }
});

t.test('whoever was removed is refused at once, by the record or by the team', async (t) => {
  for (const [kind, removes] of [
    ['made', 'the team'],
    ['made', 'the record'],
    ['provider', 'the record'],
  ] as const) {
    const world = await createWorld(t, { kind });
    const { memory, teamId } = world;
    if (removes === 'the team') {
      const known = memory.team(teamId);
      const left = known && withoutMember(known.team, ANN, BEN, nowEpoch());
      if (!left) throw new Error('nobody was removed');
      await memory.teams.write(teamId, known.version, left);
    } else {
      const { user, version } = memory.record(BEN);
      await memory.users.write(BEN, version, withoutMembership(user, teamId, nowEpoch()));
    }
    for (const [what, , request] of requests({ kind: 'team', id: teamId }, 'a', BENS)) {
      const wanted = { token: world.token(BEN), ...request };
      await refused(t, world, wanted, 'no_such_team', `${kind}, ${removes}: ${what}`);
    }
  }
});

t.test('while the clock is wrong or the table is down, nothing is done', async (t) => {
  const { world } = await worldWithFiles(t);
  const fail = (code: 'clock_wrong' | 'store_unavailable') => () => {
    throw new GatewayError(code);
  };
  const { deps } = world;
  const users = { ...deps.users, read: async () => fail('store_unavailable')() };
  for (const [wanted, broken] of [
    ['clock_wrong', { ...deps, clockGuard: { check: fail('clock_wrong') } }],
    ['store_unavailable', { ...deps, users }],
  ] as const) {
    for (const [what, , request] of requests(MINE)) {
      await t.rejects(answer(broken, { token: world.token(ANN), ...request }), { code: wanted }, what);
    }
  }
  t.equal(world.calls.count, 0);
});
