import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { joinTeam, personOf, startFiles, startPeople } from '../support/people.ts';
import { startService, startStore } from '../support/service.ts';
import { UNHURRIED } from '../support/sessions.ts';

const store = await startStore(t);
const { settings, put } = await startFiles(t);
const lines: Record<string, unknown>[] = [];
const { service, provider, signIn, makeTeam } = await startPeople(t, {
  store,
  settings,
  logger: { level: 'info', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
});

/** A team with a manager, an editor and a viewer, and somebody who is no member. */
async function newTeam() {
  const [ann, ben, cat, dan] = [
    await signIn('ann'),
    await signIn('ben'),
    await signIn('cat'),
    await signIn('dan'),
  ];
  const team = await makeTeam(ann, [
    [ben, 'editor'],
    [cat, 'viewer'],
  ]);
  return { team, ann, ben, cat, dan };
}

t.test('a team from its making to its end', async (t) => {
  const [ann, ben] = [await signIn('ann', { claims: { name: 'Ann' } }), await signIn('ben')];
  lines.length = 0;
  const made = await ann.ask('POST', '/api/teams', { name: 'Photos' });
  const id = String(made.json['id']);
  const shown = { id, name: 'Photos', role: 'manager', kind: 'made', prefix: `/teams/${id}/` };
  t.strictSame([made.status, made.json], [201, shown]);
  t.strictSame((await ann.ask('GET', '/api/teams')).json, { teams: [shown], mayMake: true });

  const invited = await ann.ask('POST', `/api/teams/${id}/invitations`, { role: 'viewer', uses: 2 });
  t.equal(invited.status, 201);
  const [address, secret] = String(invited.json['url']).split('#join=');
  t.equal(address, `${service.origin}/`);
  const days = (Date.parse(String(invited.json['expiresAt'])) - Date.now()) / 86_400_000;
  t.ok(days > 6.9 && days <= 7, 'seven days');
  const open = await ann.ask('GET', `/api/teams/${id}/invitations`);
  t.match(open.json, { invitations: [{ id: invited.json['id'], role: 'viewer', usesLeft: 2 }] });
  t.notMatch(JSON.stringify(open.json), secret, 'without its secret');

  const joined = await ben.ask('POST', '/api/invitations/accept', { secret });
  t.strictSame([joined.status, joined.json], [200, { ...shown, role: 'viewer' }]);
  const again = await ben.ask('POST', '/api/invitations/accept', { secret });
  t.equal(again.status, 200, 'a member already');
  t.match((await ann.ask('GET', `/api/teams/${id}/invitations`)).json, { invitations: [{ usesLeft: 1 }] });

  const renamed = await ann.ask('PATCH', `/api/teams/${id}`, { name: ' Films ' });
  t.strictSame([renamed.status, renamed.json], [200, { ...shown, name: 'Films' }]);
  const raised = await ann.ask('PATCH', `/api/teams/${id}/members/ben`, { role: 'editor' });
  t.match(raised, { status: 200, edge: 'told', json: { userId: 'ben', role: 'editor' } });
  const { json: body } = await ben.ask('GET', `/api/teams/${id}`);
  t.match(body, { ...shown, name: 'Films', role: 'editor', createdAt: /Z$/ });
  t.match(body['members'], [
    { userId: 'ann', name: 'Ann', role: 'manager', joinedAt: /Z$/ },
    { userId: 'ben', role: 'editor' },
  ]);

  t.equal((await ben.ask('POST', `/auth/refresh?team=${id}`)).status, 200);
  const left = await ben.ask('DELETE', `/api/teams/${id}/members/ben`);
  t.match([left.status, left.edge], [204, 'told']);
  t.strictSame((await ben.ask('GET', '/api/teams')).json, { teams: [], mayMake: true });
  t.equal((await ben.ask('GET', `/api/teams/${id}`)).code, 'no_such_team');
  const deleted = await ann.ask('DELETE', `/api/teams/${id}`);
  t.match([deleted.status, deleted.edge], [204, 'told']);
  t.equal((await ann.ask('GET', `/api/teams/${id}`)).code, 'no_such_team');
  const late = await ben.ask('POST', '/api/invitations/accept', { secret });
  t.strictSame([late.status, late.code], [410, 'invitation_over']);

  const audits = lines.filter(({ audit, team }) => audit && team === id);
  t.strictSame(
    audits.map(({ event, userId, member }) => [event, userId, member]),
    [
      ['team_made', 'ann', undefined],
      ['invitation_made', 'ann', undefined],
      ['invitation_accepted', 'ben', undefined],
      ['invitation_accepted', 'ben', undefined],
      ['team_renamed', 'ann', undefined],
      ['role_changed', 'ann', 'ben'],
      ['member_left', 'ben', 'ben'],
      ['team_deleted', 'ann', undefined],
    ],
  );
});

t.test('each member shows the folder at a place of their own, which leaving forgets', async (t) => {
  const { team, ann, cat } = await newTeam();
  const other = await makeTeam(cat, []);
  const place = async (to: string | null, of = team) => {
    const { status, code } = await cat.ask('PUT', `/api/teams/${of}/place`, { place: to });
    return code ?? status;
  };
  const placeOf = async ({ ask }: typeof cat) => {
    const { teams }: { teams: { id: string; place?: string }[] } = JSON.parse(
      (await ask('GET', '/api/teams')).text,
    );
    return teams.map(({ id, place }) => [id, place]);
  };
  await put('users/cat/Notes', 'a file');
  t.equal(await place('Notes'), 'file_exists');
  t.equal(await place('Work/Photos'), 200);
  t.strictSame(await placeOf(cat), [
    [team, 'Work/Photos'],
    [other, undefined],
  ]);
  t.strictSame(await placeOf(ann), [[team, undefined]], 'of nobody else');
  for (const taken of ['Work/Photos', 'Work', 'Work/Photos/in it']) {
    t.equal(await place(taken, other), 'file_exists', taken);
  }
  for (const invalid of ['', '../Photos', 'x'.repeat(513)])
    t.equal(await place(invalid), 'invalid_name', invalid);
  t.equal(await place('Photos', newTeamId()), 'no_such_team');
  t.equal(await place('Work/Other', other), 200);

  await ann.ask('PATCH', `/api/teams/${team}/members/cat`, { role: 'editor' });
  t.strictSame((await placeOf(cat))[0], [team, 'Work/Photos'], 'another role leaves it');
  t.equal(await place(null, other), 200);
  await cat.ask('DELETE', `/api/teams/${team}/members/cat`);
  await joinTeam(team, ann, cat, 'viewer');
  t.strictSame(Object.fromEntries(await placeOf(cat)), { [team]: undefined, [other]: undefined });
});

t.test('an invitation shows who invites to what, to whoever has its secret', async (t) => {
  const { team, ann } = await newTeam();
  const { json } = await ann.ask('POST', `/api/teams/${team}/invitations`, { role: 'editor' });
  const [, secret = ''] = String(json['url']).split('#join=');
  const look = (of: string) =>
    fetch(`${service.origin}/api/invitations/look`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: service.origin },
      body: JSON.stringify({ secret: of }),
    });
  const shown = await look(secret);
  t.strictSame([shown.status, await shown.json()], [200, { team: { name: 'Photos' }, role: 'editor' }]);
  await ann.ask('DELETE', `/api/teams/${team}/invitations/${json['id']}`);
  for (const over of [secret, `${team}.${'x'.repeat(43)}`, 'nothing']) {
    const refused = await look(over);
    t.match([refused.status, await refused.json()], [410, { code: 'invitation_over' }], over);
  }
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
    ['PATCH', `/members/ann`, 'manager'],
    ['DELETE', `/members/ann`, 'manager'],
    ['DELETE', '/members/no+id', 'manager'],
  ];
  for (const [method, path, needed] of rows) {
    const what = `${method} ${path}`;
    // No body fits: the refusals come first.
    const body = method === 'GET' || method === 'DELETE' ? undefined : { x: 1 };
    for (const one of [ben, cat]) {
      const answer = await one.ask(method, `/api/teams/${team}${path}`, body);
      if (needed === 'viewer') t.equal(answer.status, 200, what);
      else t.strictSame([answer.status, answer.code], [403, 'role_too_low'], what);
    }
    for (const id of [team, newTeamId(), 'no-id', 'A'.repeat(26)]) {
      const answer = await dan.ask(method, `/api/teams/${id}${path}`, body);
      t.strictSame([answer.status, answer.code], [404, 'no_such_team'], what);
    }
    if (body) t.equal((await ann.ask(method, `/api/teams/${team}${path}`, body)).status, 400, what);
  }
});

t.test('bad input gets one clear refusal, and nothing is half done', async (t) => {
  const { team, ann } = await newTeam();
  const here = `/api/teams/${team}`;
  const shown = async () => [
    (await ann.ask('GET', here)).json,
    (await ann.ask('GET', `${here}/invitations`)).json,
    (await ann.ask('GET', '/api/teams')).json,
  ];
  const before = await shown();
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
    ['PATCH', `${here}/members/ben`, { role: 'admin' }, [400, 'bad_request']],
    ['PATCH', `${here}/members/dan`, { role: 'viewer' }, [404, 'no_such_member']],
    ['PATCH', `${here}/members/no+id`, { role: 'viewer' }, [404, 'no_such_member']],
    ['PATCH', `${here}/members/ann`, { role: 'viewer' }, [409, 'last_manager']],
    ['DELETE', `${here}/members/ann`, undefined, [409, 'last_manager']],
    ['DELETE', `${here}/members/dan`, undefined, [404, 'no_such_member']],
    ['DELETE', `${here}/members/no+id`, undefined, [404, 'no_such_member']],
    ['POST', '/api/invitations/accept', { secret: 'nonsense' }, [410, 'invitation_over']],
    ['POST', '/api/invitations/accept', { secret: `${newTeamId()}.x` }, [410, 'invitation_over']],
    ['POST', '/api/invitations/accept', { secret: 1 }, [400, 'bad_request']],
  ];
  for (const [method, path, body, refusal] of rows) {
    const answer = await ann.ask(method, path, body);
    t.strictSame([answer.status, answer.code], refusal, `${method} ${path} ${JSON.stringify(body)}`);
  }
  t.strictSame(await shown(), before);
  t.equal((await ann.ask('DELETE', `${here}/invitations/none`)).status, 204, 'there is none');
});

/** Somebody whose teams come from a claim. */
const inGroups = async (name: string, groups: string[], claims: object = {}) => {
  const of = await startService(t, provider.issuer, {
    ...{ USER_ID_CLAIM: 'id', TEAMS: 'both', TEAM_CLAIM: 'groups', RATE_LIMIT_PER_MINUTE: '10000' },
  });
  return signIn(name, { of, claims: { groups, ...claims } });
};

t.test('nobody gets into a 51st team', async (t) => {
  const ann = await signIn('ann');
  const ben = await inGroups(
    'in-fifty',
    Array.from({ length: 50 }, (_, index) => `group-${index}`),
  );
  await t.rejects(joinTeam(await makeTeam(ann), ann, ben, 'viewer'), /too_many_teams/);
  const answer = await ben.ask('POST', '/api/teams', { name: 'One more' });
  t.strictSame([answer.status, answer.code], [409, 'too_many_teams']);
});

t.test('a person makes at most 20 teams in 24 hours, whatever becomes of them', async (t) => {
  const eve = await signIn('eve');
  for (let count = 0; count < 20; count++) {
    t.equal((await eve.ask('DELETE', `/api/teams/${await makeTeam(eve)}`)).status, 204);
  }
  const { status, code, json, answer } = await eve.ask('POST', '/api/teams', { name: 'One more' });
  t.strictSame([status, code], [429, 'too_many_teams_today']);
  const nextMs = Date.parse(String(json['retryAt'])) - Date.now();
  t.ok(nextMs > 86_000_000 && nextMs <= 86_400_000, String(json['retryAt']));
  t.ok(Math.abs(nextMs - Number(answer.headers.get('retry-after')) * 1_000) < 10_000);
  service.passTime(t, 86_400);
  t.ok(await makeTeam(await signIn('eve')), 'a day later');
});

t.test('a team of the provider is shown without members, and cannot be changed', async (t) => {
  const ann = await inGroups('physicist', ['physics']);
  const [team] = Object((await ann.ask('GET', '/api/teams')).json['teams']);
  const { id } = team;
  const shown = { id, name: 'physics', role: 'editor', kind: 'provider', prefix: `/teams/${id}/` };
  t.strictSame(team, shown);
  t.strictSame((await ann.ask('GET', `/api/teams/${id}`)).json, shown);
  for (const [method, path, body] of [
    ['PATCH', '', { name: 'Mine' }],
    ['DELETE', '', undefined],
    ['GET', '/invitations', undefined],
    ['POST', '/invitations', { role: 'viewer' }],
    ['DELETE', '/invitations/x', undefined],
    ['PATCH', '/members/physicist', { role: 'manager' }],
    ['DELETE', '/members/physicist', undefined],
  ] as const) {
    const answer = await ann.ask(method, `/api/teams/${id}${path}`, body);
    t.strictSame([answer.status, answer.code], [409, 'managed_by_provider'], `${method} ${path}`);
  }
});

t.test('an invitation is good for one use, unless it says otherwise', async (t) => {
  const ann = await signIn('ann');
  const path = `/api/teams/${await makeTeam(ann)}/invitations`;
  await ann.ask('POST', path, { role: 'viewer' });
  t.match((await ann.ask('GET', path)).json, { invitations: [{ role: 'viewer', usesLeft: 1 }] });
});

t.test('where people may make no teams, nobody makes one', async (t) => {
  const closed = await startService(t, provider.issuer, {
    ...{ USER_ID_CLAIM: 'id', TEAMS: 'provider', TEAM_CLAIM: 'groups' },
  });
  const ann = await signIn('closed', { of: closed });
  const answer = await ann.ask('POST', '/api/teams', { name: 'Photos' });
  t.strictSame([answer.status, answer.code], [403, 'teams_disabled']);
  t.strictSame((await ann.ask('GET', '/api/teams')).json, { teams: [], mayMake: false });
});

t.test(
  'a service without teams has none of their routes, and says so to anyone who makes a team',
  async (t) => {
    const without = await startService(t, provider.issuer, { USER_ID_CLAIM: 'id', TEAMS: 'off' });
    const ann = await signIn('ann');
    // She belongs to it still: a deployment may have had teams.
    const teamId = await makeTeam(ann);
    const code = async (method: string, path: string, body?: object) =>
      (await ann.askAt(without, method, path, body)).code;
    t.equal(await code('POST', '/api/teams', { name: 'Photos' }), 'teams_disabled');
    t.equal(await code('GET', '/api/teams'), 'not_found');
    t.equal(await code('POST', '/api/invitations/accept', { secret: 'x' }), 'not_found');
    t.equal(await code('GET', `/api/teams/${teamId}/files`), 'not_found');
    t.equal(await code('DELETE', `/api/teams/${teamId}`), 'not_found');
  },
);

t.test('a request of another origin, and one without a session, change no team', async (t) => {
  const { team, ann } = await newTeam();
  const nobody = personOf(service, '');
  for (const [method, path] of [
    ['POST', '/api/teams'],
    ['POST', '/api/invitations/accept'],
    ['PATCH', `/api/teams/${team}`],
    ['DELETE', `/api/teams/${team}`],
    ['POST', `/api/teams/${team}/invitations`],
    ['DELETE', `/api/teams/${team}/members/ben`],
  ] as const) {
    const foreign = await ann.ask(method, path, undefined, { origin: 'https://evil.example' });
    t.strictSame([foreign.status, foreign.code], [403, 'cross_origin'], path);
    const stranger = await nobody.ask(method, path);
    t.strictSame([stranger.status, stranger.code], [401, 'no_session'], path);
  }
});

// The KeyValueStore is down from here on.
t.test('a removal that the edge does not confirm says `pending`, and holds all the same', async (t) => {
  const { team, ann, ben } = await newTeam();
  await ben.ask('POST', `/auth/refresh?team=${team}`);
  await store.closeKeyValueStore();
  const limits = { ...UNHURRIED, edgeMs: 300 };
  const impatient = await startService(t, provider.issuer, { USER_ID_CLAIM: 'id' }, false, limits);
  const { status, edge } = await ann.askAt(impatient, 'DELETE', `/api/teams/${team}/members/ben`);
  t.strictSame([status, edge], [204, 'pending']);
  t.equal((await ben.ask('GET', `/api/teams/${team}`)).code, 'no_such_team');
});
