import t, { type Test } from 'tap';
import { newTeamId, parseTeamId } from '../../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../../core/user-id.ts';
import type { Membership } from '../../../../../services/auth/domain/membership.ts';
import { change, seedSession } from '../../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../../support/service.ts';
import { UNHURRIED } from '../../support/sessions.ts';

await startStore(t);

type Answer = {
  status: number;
  code?: string;
  edge?: unknown;
  retryAfter?: unknown;
  body: Record<string, unknown>;
};

/** A service with teams, and a way to ask it as one person. */
async function createService(t: Test, changes: Record<string, string> = {}) {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const limits = { ...UNHURRIED };
  const service = await startService(t, 'http://localhost:1', changes, { level: 'info', stream }, limits);
  const { app, stores, origin } = service;
  const { describe } = stores.edge;
  const tokens = new Map<UserId, string>();

  async function ask(
    userId: UserId,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    payload?: object,
  ): Promise<Answer> {
    const token =
      tokens.get(userId) ?? (await seedSession(stores.users, userId, {}, tokenMacOf(service))).token;
    tokens.set(userId, token);
    const answer = await app.inject({
      method,
      url: path,
      headers: {
        host: new URL(origin).host,
        cookie: `__Host-session=${token}`,
        ...(method === 'GET' ? {} : { origin }),
      },
      ...(payload && { payload }),
    });
    const body = answer.body === '' ? {} : answer.json();
    const gatewayEdge = answer.headers['gateway-edge'];
    return {
      status: answer.statusCode,
      ...(answer.statusCode >= 400 ? { code: body.code } : {}),
      ...(gatewayEdge === undefined ? {} : { edge: gatewayEdge }),
      ...(answer.statusCode === 429 ? { retryAfter: answer.headers['retry-after'] } : {}),
      body,
    };
  }

  return {
    app,
    stores,
    origin,
    ask,
    setEdge(state: 'told' | 'pending') {
      const isDown = state === 'pending';
      limits.edgeMs = isDown ? 300 : UNHURRIED.edgeMs;
      stores.edge.describe = isDown ? () => Promise.reject(new Error('no answer')) : describe;
    },
    name: (userId: UserId, name: string) => change(stores.users, userId, (user) => ({ ...user, name })),
    give: (userId: UserId, memberships: Membership[]) =>
      change(stores.users, userId, (user) => ({ ...user, memberships })),
    audits: () =>
      lines
        .splice(0)
        .flatMap(({ audit, event, userId, team, member, role }) =>
          audit && event !== 'signing_key' ? [{ event, userId, team, member, role }] : [],
        ),
  };
}

const service = await createService(t);
const { ask } = service;
let people = 0;
/** A person who is not known yet, so that no test disturbs another. */
const person = (name: string) => parseUserId(`${name}${++people}`);

async function make(maker: UserId): Promise<string> {
  const { status, body } = await ask(maker, 'POST', '/api/teams', { name: 'Photos' });
  if (status !== 201) throw new Error(`${status}`);
  return String(body['id']);
}

async function join(team: string, manager: UserId, joiner: UserId, role: string) {
  const { body } = await ask(manager, 'POST', `/api/teams/${team}/invitations`, { role });
  const secret = String(body['url']).split('#join=')[1];
  const answer = await ask(joiner, 'POST', '/api/invitations/accept', { secret });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer));
}

/** A team with a manager, an editor and a viewer. */
async function newTeam() {
  const [ann, ben, cat, dan] = [person('ann'), person('ben'), person('cat'), person('dan')];
  const team = await make(ann);
  await join(team, ann, ben, 'editor');
  await join(team, ann, cat, 'viewer');
  return { team, ann, ben, cat, dan };
}

t.test('a team from its making to its end', async (t) => {
  const [ann, ben] = [person('ann'), person('ben')];
  await service.name(ann, 'Ann');
  service.audits();
  const made = await ask(ann, 'POST', '/api/teams', { name: 'Photos' });
  const id = parseTeamId(String(made.body['id']));
  const shown = { id, name: 'Photos', role: 'manager', kind: 'made', prefix: `/teams/${id}/` };
  t.strictSame([made.status, made.body], [201, shown]);
  t.strictSame((await ask(ann, 'GET', '/api/teams')).body, { teams: [shown], mayMake: true });

  const invited = await ask(ann, 'POST', `/api/teams/${id}/invitations`, { role: 'viewer', uses: 2 });
  t.equal(invited.status, 201);
  const [address, secret] = String(invited.body['url']).split('#join=');
  t.equal(address, `${service.origin}/`);
  const days = (Date.parse(String(invited.body['expiresAt'])) - Date.now()) / 86_400_000;
  t.ok(days > 6.9 && days <= 7, 'seven days');
  const open = await ask(ann, 'GET', `/api/teams/${id}/invitations`);
  t.match(open.body, { invitations: [{ id: invited.body['id'], role: 'viewer', usesLeft: 2 }] });
  t.notMatch(JSON.stringify(open.body), secret, 'without its secret');

  const joined = await ask(ben, 'POST', '/api/invitations/accept', { secret });
  t.strictSame([joined.status, joined.body], [200, { ...shown, role: 'viewer' }]);
  const again = await ask(ben, 'POST', '/api/invitations/accept', { secret });
  t.equal(again.status, 200, 'a member already');
  t.match((await ask(ann, 'GET', `/api/teams/${id}/invitations`)).body, { invitations: [{ usesLeft: 1 }] });

  const renamed = await ask(ann, 'PATCH', `/api/teams/${id}`, { name: ' Films ' });
  t.strictSame([renamed.status, renamed.body], [200, { ...shown, name: 'Films' }]);
  const raised = await ask(ann, 'PATCH', `/api/teams/${id}/members/${ben}`, { role: 'editor' });
  t.match(raised, { status: 200, edge: 'told', body: { userId: ben, role: 'editor' } });
  const { body } = await ask(ben, 'GET', `/api/teams/${id}`);
  t.match(body, { ...shown, name: 'Films', role: 'editor', createdAt: /Z$/ });
  t.match(body['members'], [
    { userId: ann, name: 'Ann', role: 'manager', joinedAt: /Z$/ },
    { userId: ben, role: 'editor' },
  ]);

  t.equal((await ask(ben, 'POST', `/auth/refresh?team=${id}`)).status, 200);
  service.setEdge('pending');
  const left = await ask(ben, 'DELETE', `/api/teams/${id}/members/${ben}`);
  t.match([left.status, left.edge], [204, 'pending']);
  service.setEdge('told');
  t.strictSame((await ask(ben, 'GET', '/api/teams')).body, { teams: [], mayMake: true });
  t.equal((await ask(ben, 'GET', `/api/teams/${id}`)).code, 'no_such_team');
  const deleted = await ask(ann, 'DELETE', `/api/teams/${id}`);
  t.match([deleted.status, deleted.edge], [204, 'told']);
  t.equal((await ask(ann, 'GET', `/api/teams/${id}`)).code, 'no_such_team');
  const late = await ask(ben, 'POST', '/api/invitations/accept', { secret });
  t.strictSame([late.status, late.code], [410, 'invitation_over']);

  t.strictSame(
    service.audits().map(({ event, userId, team, member }) => [event, userId, team === id, member]),
    [
      ['team_made', ann, true, undefined],
      ['invitation_made', ann, true, undefined],
      ['invitation_accepted', ben, true, undefined],
      ['invitation_accepted', ben, true, undefined],
      ['team_renamed', ann, true, undefined],
      ['role_changed', ann, true, ben],
      ['member_left', ben, true, ben],
      ['team_deleted', ann, true, undefined],
    ],
  );
});

t.test('the least role for each request, before its body is read', async (t) => {
  const { team, ann, ben, cat, dan } = await newTeam();
  const rows: [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, needed: 'viewer' | 'manager'][] = [
    ['GET', '', 'viewer'],
    ['PATCH', '', 'manager'],
    ['DELETE', '', 'manager'],
    ['GET', '/invitations', 'manager'],
    ['POST', '/invitations', 'manager'],
    ['DELETE', '/invitations/x', 'manager'],
    ['PATCH', `/members/${ann}`, 'manager'],
    ['DELETE', `/members/${ann}`, 'manager'],
    ['DELETE', '/members/no+id', 'manager'],
  ];
  for (const [method, path, needed] of rows) {
    const what = `${method} ${path}`;
    // No body fits: the refusals come first.
    const body = method === 'GET' || method === 'DELETE' ? undefined : { x: 1 };
    for (const one of [ben, cat]) {
      const answer = await ask(one, method, `/api/teams/${team}${path}`, body);
      if (needed === 'viewer') t.equal(answer.status, 200, what);
      else t.strictSame([answer.status, answer.code], [403, 'role_too_low'], what);
    }
    for (const id of [team, newTeamId(), 'no-id', 'A'.repeat(26)]) {
      const answer = await ask(dan, method, `/api/teams/${id}${path}`, body);
      t.strictSame([answer.status, answer.code], [404, 'no_such_team'], what);
    }
    if (body) t.equal((await ask(ann, method, `/api/teams/${team}${path}`, body)).status, 400, what);
  }
});

t.test('bad input gets one clear refusal, and nothing is half done', async (t) => {
  const { team, ann, ben, dan } = await newTeam();
  const here = `/api/teams/${team}`;
  const before = JSON.stringify((await service.stores.teams.read(parseTeamId(team)))?.team);
  const invite = { role: 'viewer' };
  const rows: [
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: object | undefined,
    refusal: [number, string],
  ][] = [
    ['POST', '/api/teams', { name: '' }, [422, 'invalid_name']],
    ['POST', '/api/teams', { name: 'x'.repeat(300) }, [422, 'invalid_name']],
    ['POST', '/api/teams', { name: 'a\u0000' }, [422, 'invalid_name']],
    ['POST', '/api/teams', { name: 1 }, [400, 'bad_request']],
    ['POST', '/api/teams', {}, [400, 'bad_request']],
    ['PATCH', here, { name: '\t' }, [422, 'invalid_name']],
    ['POST', `${here}/invitations`, { role: 'owner' }, [400, 'bad_request']],
    ['POST', `${here}/invitations`, {}, [400, 'bad_request']],
    ['POST', `${here}/invitations`, { ...invite, uses: 0 }, [400, 'bad_request']],
    ['POST', `${here}/invitations`, { ...invite, uses: 101 }, [400, 'bad_request']],
    ['POST', `${here}/invitations`, { ...invite, expiresIn: 30 * 86_400 + 1 }, [400, 'bad_request']],
    ['POST', `${here}/invitations`, { ...invite, more: 1 }, [400, 'bad_request']],
    ['PATCH', `${here}/members/${ben}`, { role: 'admin' }, [400, 'bad_request']],
    ['PATCH', `${here}/members/${dan}`, { role: 'viewer' }, [404, 'no_such_member']],
    ['PATCH', `${here}/members/no+id`, { role: 'viewer' }, [404, 'no_such_member']],
    ['PATCH', `${here}/members/${ann}`, { role: 'viewer' }, [409, 'last_manager']],
    ['DELETE', `${here}/members/${ann}`, undefined, [409, 'last_manager']],
    ['DELETE', `${here}/members/${dan}`, undefined, [404, 'no_such_member']],
    ['DELETE', `${here}/members/no+id`, undefined, [404, 'no_such_member']],
    ['POST', '/api/invitations/accept', { secret: 'nonsense' }, [410, 'invitation_over']],
    ['POST', '/api/invitations/accept', { secret: `${newTeamId()}.x` }, [410, 'invitation_over']],
    ['POST', '/api/invitations/accept', { secret: 1 }, [400, 'bad_request']],
  ];
  for (const [method, path, body, refusal] of rows) {
    const answer = await ask(ann, method, path, body);
    t.strictSame([answer.status, answer.code], refusal, `${method} ${path} ${JSON.stringify(body)}`);
  }
  t.equal(JSON.stringify((await service.stores.teams.read(parseTeamId(team)))?.team), before);
  t.equal((await ask(ann, 'DELETE', `${here}/invitations/none`)).status, 204, 'there is none');
});

t.test('nobody gets into a 51st team', async (t) => {
  const [ann, ben] = [person('ann'), person('ben')];
  const team = await make(ann);
  await ask(ben, 'GET', '/api/teams');
  const many = Array.from(
    { length: 50 },
    (): Membership => ({
      ...{ teamId: newTeamId(), role: 'viewer', kind: 'provider', name: 'group' },
    }),
  );
  await service.give(ben, many);
  await t.rejects(join(team, ann, ben, 'viewer'), /409.*too_many_teams/);
  const answer = await ask(ben, 'POST', '/api/teams', { name: 'One more' });
  t.strictSame([answer.status, answer.code], [409, 'too_many_teams']);
});

t.test('a person makes at most 20 teams in 24 hours, whatever becomes of them', async (t) => {
  const ann = person('ann');
  for (let count = 0; count < 20; count++) {
    t.equal((await ask(ann, 'DELETE', `/api/teams/${await make(ann)}`)).status, 204);
  }
  const { status, code, retryAfter, body } = await ask(ann, 'POST', '/api/teams', { name: 'One more' });
  t.strictSame([status, code], [429, 'too_many_teams_today']);
  const nextMs = Date.parse(String(body['retryAt'])) - Date.now();
  t.ok(nextMs > 86_000_000 && nextMs <= 86_400_000, String(body['retryAt']));
  t.ok(Math.abs(nextMs - Number(retryAfter) * 1_000) < 10_000, String(retryAfter));
  await change(service.stores.users, ann, (user) => ({
    ...user,
    madeTeamsAtEpoch: user.madeTeamsAtEpoch.map((atEpoch) => atEpoch - 86_400),
  }));
  t.ok(await make(ann), 'a day later');
});

t.test('a team of the provider is shown without members, and cannot be changed', async (t) => {
  const ann = person('ann');
  const id = newTeamId();
  await ask(ann, 'GET', '/api/teams');
  await service.give(ann, [{ teamId: id, role: 'editor', kind: 'provider', name: 'physics' }]);
  const shown = { id, name: 'physics', role: 'editor', kind: 'provider', prefix: `/teams/${id}/` };
  t.strictSame((await ask(ann, 'GET', '/api/teams')).body, { teams: [shown], mayMake: true });
  t.strictSame((await ask(ann, 'GET', `/api/teams/${id}`)).body, shown);
  for (const [method, path, body] of [
    ['PATCH', '', { name: 'Mine' }],
    ['DELETE', '', undefined],
    ['GET', '/invitations', undefined],
    ['POST', '/invitations', { role: 'viewer' }],
    ['DELETE', '/invitations/x', undefined],
    ['PATCH', `/members/${ann}`, { role: 'manager' }],
    ['DELETE', `/members/${ann}`, undefined],
  ] as const) {
    const answer = await ask(ann, method, `/api/teams/${id}${path}`, body);
    t.strictSame([answer.status, answer.code], [409, 'managed_by_provider'], `${method} ${path}`);
  }
});

t.test('an invitation is good for one use, unless it says otherwise', async (t) => {
  const ann = person('ann');
  const path = `/api/teams/${await make(ann)}/invitations`;
  await ask(ann, 'POST', path, { role: 'viewer' });
  t.match((await ask(ann, 'GET', path)).body, { invitations: [{ role: 'viewer', usesLeft: 1 }] });
});

t.test('one team that cannot be read hides no other', async (t) => {
  const ann = person('ann');
  const [one, two] = [await make(ann), await make(ann)];
  const { read } = service.stores.teams;
  service.stores.teams.read = async (teamId) => {
    if (teamId === one) throw new Error('a newer format');
    return read(teamId);
  };
  const { status, body } = await ask(ann, 'GET', '/api/teams');
  service.stores.teams.read = read;
  t.equal(status, 200);
  t.match(body, {
    teams: [
      { id: one, name: one },
      { id: two, name: 'Photos' },
    ],
  });
});

t.test('where people may make no teams, nobody makes one', async (t) => {
  const closed = await createService(t, { TEAMS: 'provider', TEAM_CLAIM: 'groups' });
  const ann = person('ann');
  const answer = await closed.ask(ann, 'POST', '/api/teams', { name: 'Photos' });
  t.strictSame([answer.status, answer.code], [403, 'teams_disabled']);
  t.strictSame((await closed.ask(ann, 'GET', '/api/teams')).body, { teams: [], mayMake: false });
});

t.test('a service without teams has none of their routes, and says so to whoever makes a team', async (t) => {
  const without = await createService(t, { TEAMS: 'off' });
  const ann = person('ann');
  const code = async (...request: [Parameters<typeof ask>[1], string, object?]) =>
    (await without.ask(ann, ...request)).code;
  t.equal(await code('POST', '/api/teams', { name: 'Photos' }), 'teams_disabled');
  t.equal(await code('GET', '/api/teams'), 'not_found');
  t.equal(await code('POST', '/api/invitations/accept', { secret: 'x' }), 'not_found');
  // The user belongs to it still: a deployment may have had teams.
  const teamId = newTeamId();
  await without.give(ann, [{ teamId, role: 'manager', kind: 'made' }]);
  t.equal(await code('GET', `/api/teams/${teamId}/files`), 'not_found');
  t.equal(await code('DELETE', `/api/teams/${teamId}`), 'not_found');
});

t.test('a request of another origin, and one without a session, change no team', async (t) => {
  const { team, ann } = await newTeam();
  const host = new URL(service.origin).host;
  for (const [method, path] of [
    ['POST', '/api/teams'],
    ['POST', '/api/invitations/accept'],
    ['PATCH', `/api/teams/${team}`],
    ['DELETE', `/api/teams/${team}`],
    ['POST', `/api/teams/${team}/invitations`],
    ['DELETE', `/api/teams/${team}/members/${ann}`],
  ] as const) {
    const foreign = await service.app.inject({ method, url: path, headers: { host } });
    t.strictSame([foreign.statusCode, foreign.json().code], [403, 'cross_origin'], path);
    const stranger = await service.app.inject({
      ...{ method, url: path },
      headers: { host, origin: service.origin },
    });
    t.strictSame([stranger.statusCode, stranger.json().code], [401, 'no_session'], path);
  }
});
