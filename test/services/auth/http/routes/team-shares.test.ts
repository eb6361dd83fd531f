import t from 'tap';
import { SESSION_COOKIE } from '../../../../../core/cookies.ts';
import { newTeamId, type TeamId } from '../../../../../core/owner.ts';
import { deriveUserId } from '../../../../../core/user-id.ts';
import { edgeEntry } from '../../../../../services/auth/domain/revocation-entry.ts';
import { newTeam } from '../../../../../services/auth/domain/team.ts';
import { withMembership } from '../../../../../services/auth/domain/team-starts.ts';
import { createBuilt } from '../../../../edge/function/support/built.ts';
import { plainRequest } from '../../../../edge/function/support/events.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { change, nowEpoch, seedSession } from '../../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../../support/service.ts';
import { UNHURRIED } from '../../support/sessions.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer, {}, false, UNHURRIED);
const { origin, stores, deps } = service;
const ETAG = '0123456789abcdef0123456789abcdef';
deps.objects = {
  ...deps.objects,
  find: async (key) => ({ key, size: 1, etag: ETAG, lastModified: new Date(0) }),
  delete: async () => {},
  list: async () => ({ files: [], lastKey: undefined }),
};

const ANN = deriveUserId(provider.issuer, 'ann');
const { token } = await seedSession(stores.users, ANN, {}, tokenMacOf(service));

async function makeTeam(): Promise<TeamId> {
  const teamId = newTeamId();
  const member = { userId: ANN, role: 'manager' as const, joinedAtEpoch: nowEpoch() };
  await stores.teams.write(teamId, 0, {
    ...newTeam('Photos', { userId: ANN }, nowEpoch()),
    members: [member],
  });
  await change(stores.users, ANN, (user) =>
    withMembership(user, { teamId, role: 'manager', kind: 'made' }, nowEpoch()),
  );
  return teamId;
}

async function ask(method: string, path: string, body?: object) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(origin + path, {
    method,
    headers: { origin, accept: 'application/json', cookie: `${SESSION_COOKIE}=${token}`, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, edge: answer.headers.get('gateway-edge'), body: text && JSON.parse(text) };
}

/** The address of a new share, below `/api` or `/api/teams/<tid>`. */
async function share(base: string): Promise<URL> {
  const { status, body } = await ask('POST', `${base}/shares`, { name: 'a.png' });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return new URL(body.url);
}

const values = { appOrigin: origin, filesOrigin: deps.config.origins.files, cookieLifetimeSeconds: 900 };
/** The deployed function, with the clock of this machine. */
const built = createBuilt('viewer-request', values, Math.floor(Date.now() / 1_000) + 1);

/** What the edge answers to somebody without cookies: the code of a refusal, or the path that it passes on. */
async function open({ pathname, search }: URL, path = pathname): Promise<string> {
  const known = await Promise.all(teams.map(async (id) => [id, await stores.teams.read(id)] as const));
  const { user } = await stores.users.read(ANN);
  const items = [
    [ANN, user] as const,
    ...known.flatMap(([id, item]) => (item ? [[`${id}.shares`, item.team] as const] : [])),
  ];
  const entries = Object.fromEntries(
    items.flatMap(([key, item]) => {
      const entry = edgeEntry(item, nowEpoch());
      return entry === undefined ? [] : [[key, entry]];
    }),
  );
  const request = plainRequest(path, { cookies: {}, rawQuery: search.slice(1) });
  const text = JSON.stringify(await built({ request, entries }));
  const { uri } = JSON.parse(text);
  return uri ?? /\\"code\\":\\"(\w+)/.exec(text)?.[1] ?? text;
}

const teams = [await makeTeam(), await makeTeam()];
const [red, blue] = teams.map((id) => `/api/teams/${id}`);

t.test(
  "a link to a team's file opens at the edge until it is revoked, and no other link does then",
  async (t) => {
    const own = await share('/api');
    const first = await share(`${red}`);
    const second = await share(`${red}`);
    const other = await share(`${blue}`);
    const links = [own, first, second, other];
    t.strictSame(await Promise.all(links.map((link) => open(link))), [
      `/users/${ANN}/a.png`,
      ...[`/teams/${teams[0]}/a.png`, `/teams/${teams[0]}/a.png`, `/teams/${teams[1]}/a.png`],
    ]);
    t.match(
      await ask('DELETE', `${blue}/shares/2`),
      { status: 404, body: { code: 'not_found' } },
      'it is of the other team',
    );
    t.match(await ask('DELETE', '/api/shares/2'), { status: 404 }, 'nor is it of the user');
    t.match(await ask('DELETE', `${red}/shares/1`), { status: 204, edge: 'told' });
    const [byOwn, byFirst, bySecond, byOther] = await Promise.all(links.map((link) => open(link)));
    t.equal(byFirst, 'revoked');
    t.strictSame(
      [byOwn, bySecond, byOther],
      [`/users/${ANN}/a.png`, `/teams/${teams[0]}/a.png`, `/teams/${teams[1]}/a.png`],
      'the others have the same number, or the same team',
    );
    t.match(await ask('DELETE', `${red}/files?name=a.png`), { status: 204, edge: 'told' });
    t.equal(await open(second), 'revoked', 'the file is deleted');
    t.equal(await open(other), `/teams/${teams[1]}/a.png`);
  },
);

t.test('a link opens its own path alone', async (t) => {
  const own = await share('/api');
  const ofTeam = await share(`${blue}`);
  for (const link of [own, ofTeam]) {
    for (const path of [`/users/${ANN}/a.png`, ...teams.map((id) => `/teams/${id}/a.png`)]) {
      if (path === link.pathname) continue;
      t.equal(await open(link, path), 'policy_not_ours', `${link.pathname} at ${path}`);
    }
  }
});

t.test("a member's list gives no address of a share that would outlive the membership", async (t) => {
  await share(`${red}`);
  await share(`${red}`);
  const [teamId = newTeamId()] = teams;
  const known = await stores.teams.read(teamId);
  if (!known) throw new Error('no team');
  // The last one becomes another member's.
  const shares = known.team.shares.map((each, index, all) => {
    const maker = { userId: deriveUserId(provider.issuer, 'ben'), start: 1 };
    return index === all.length - 1 ? { ...each, maker } : each;
  });
  t.ok(await stores.teams.write(teamId, known.version, { ...known.team, shares }));
  const { body } = await ask('GET', `${red}/shares`);
  const pages: boolean[] = body.shares.map((each: object) => 'page' in each);
  t.strictSame(pages.slice(-2), [true, false]);
  await ask('DELETE', `${red}/shares/${body.shares.at(-1).id}`);
});

t.test('"sign out everywhere" also ends what that person made in teams, soon after the answer', async (t) => {
  const made = await share(`${red}`);
  const other = await share(`${blue}`);
  t.match(await ask('POST', `${red}/invitations`, { role: 'editor' }), { status: 201 });
  t.match(await ask('POST', '/auth/logout-all'), { status: 200, body: { edge: 'told' } });
  // No schedule runs here. The same process goes on after its answer.
  const isOpen = async () => {
    const items = await Promise.all(teams.map(async (id) => (await stores.teams.read(id))?.team));
    return items.some((team) => team && (team.told < team.changes || team.shares.length > 0));
  };
  for (let looks = 0; looks < 500 && (await isOpen()); looks++) await deps.clock.sleep(20);
  t.strictSame(await Promise.all([made, other].map((link) => open(link))), ['revoked', 'revoked']);
  t.strictSame((await stores.teams.read(teams[0] ?? newTeamId()))?.team.invitations, []);
  t.strictSame((await stores.users.read(ANN)).user.dueInTeams, []);
});
