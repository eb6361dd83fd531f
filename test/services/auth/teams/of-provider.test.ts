import t, { type Test } from 'tap';
import { deriveTeamId, type TeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { LOGGER } from '../../../../services/auth/wiring/logger.ts';
import { type CookieJar, parseJson, type SignedInUser, send, signIn } from '../../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { startRotatingProvider } from '../support/rotating-provider.ts';
import { attemptLogin, type Service, serviceSettings, startService, startStore } from '../support/service.ts';
import { UNHURRIED } from '../support/sessions.ts';

const store = await startStore(t);
t.setTimeout(120_000);

const SETTINGS = { TEAMS: 'both', TEAM_CLAIM: 'groups', PROVIDER_RECHECK_SECONDS: '60' };
const ETAG = '0123456789abcdef0123456789abcdef';

type Line = { msg?: string; level?: number; unusable?: number; tooMany?: number };

async function start(t: Test, issuer: string, settings: Record<string, string>) {
  const lines: Line[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const of = { ...SETTINGS, ...settings, OIDC_ISSUER: issuer };
  const service = await startService(t, issuer, of, { ...LOGGER, stream }, UNHURRIED);
  const { deps, stores } = service;
  deps.objects.find = async (key) => ({ key, size: 1, etag: ETAG, lastModified: new Date(0) });
  const { now, monotonicMs } = deps.clock;
  let laterMs = 0;
  deps.clock.now = () => now() + laterMs;
  deps.clock.monotonicMs = () => monotonicMs() + laterMs;
  return {
    ...{ service, stores },
    later(seconds: number): void {
      laterMs += seconds * 1_000;
    },
  };
}

type Team = { id: string; name: string; role: string; kind: string };

async function teamsOf(user: SignedInUser, { origin }: Service): Promise<Team[]> {
  const { teams } = await parseJson<{ teams: Team[] }>(await user.request(`${origin}/api/teams`));
  return teams;
}

t.test('the teams of a person follow the claim: at each sign-in, and at each recheck', async (t) => {
  const redirect = await serviceSettings('');
  const redirectUris = [`${redirect['APP_ORIGIN']}/auth/callback`];
  const provider = await startRotatingProvider(t, { redirectUris });
  const { service, stores, later } = await start(t, provider.issuer, { ...redirect, ...SETTINGS });
  const [red, blue] = ['red', 'blue'].map((value) => deriveTeamId(provider.issuer, value));
  const open = async (user: SignedInUser, teamId: TeamId | undefined) =>
    (await user.post(`/auth/refresh?team=${teamId}`)).status;
  const names = async (user: SignedInUser) => (await teamsOf(user, service)).map(({ name }) => name);

  provider.claims.set('alice', { groups: ['red', 'blue'] });
  const user = await signIn({ appOrigin: service.origin }, 'alice');
  t.strictSame(await teamsOf(user, service), [
    { id: blue, name: 'blue', role: 'editor', kind: 'provider', prefix: `/teams/${blue}/` },
    { id: red, name: 'red', role: 'editor', kind: 'provider', prefix: `/teams/${red}/` },
  ]);
  t.strictSame([await open(user, red), await open(user, blue)], [200, 200]);
  for (const [index, teamId] of [red, blue].entries())
    t.equal((await user.post(`/api/teams/${teamId}/shares`, { name: 'a.png' })).status, 201, `row ${index}`);
  const { teamNumber } = (await stores.users.read(parseUserId(user.id))).user;

  provider.claims.set('alice', {});
  later(61);
  t.equal(await open(user, red), 200, 'a claim that is missing changes nothing');
  provider.claims.set('alice', { groups: ['blue', 'green'] });
  t.equal(await open(user, red), 200, 'until the provider is asked again');
  later(61);
  t.equal(await open(user, red), 404, 'the very request whose recheck says so');
  t.strictSame(await names(user), ['blue', 'green']);
  t.equal(await open(user, blue), 200);
  t.match(store.keyValueStore.get(`${red}.${teamNumber?.number}`), /^\d{10},\|0,$/, 'the edge knows');

  // The links that the person made there end by the schedule.
  const sharesOf = async (teamId: TeamId | undefined) =>
    teamId && (await stores.teams.read(teamId))?.team.shares.length;
  t.strictSame([await sharesOf(red), await sharesOf(blue)], [1, 1]);
  t.match(await service.deps.schedule.run(10_000), { failures: 0 });
  t.strictSame([await sharesOf(red), await sharesOf(blue)], [0, 1]);
  t.equal(store.keyValueStore.get(`${red}.shares`), '0,|0,1,');

  provider.claims.set('alice', { groups: ['blue', 'green', 'red'] });
  later(61);
  t.equal((await user.post('/auth/refresh')).status, 200);
  t.equal(await open(user, red), 200, 'back in the team');
  const again = (await stores.users.read(parseUserId(user.id))).user;
  t.not(again.teamNumber?.number, teamNumber?.number, 'with a new number: the old cookies stay refused');

  provider.claims.set('alice', { groups: [] });
  const other = await signIn({ appOrigin: service.origin }, 'alice');
  t.strictSame(await names(other), [], 'a sign-in says it as well, for all sessions');
  t.equal(await open(user, blue), 404);
});

const GROUPS = (groups: unknown) => ({ claims: { groups } });
/** What the userinfo endpoint is asked for besides, so that the claim alone decides whether it is asked. */
const NAMED = { name: 'A', email: 'a@b.example' };

t.test('whatever the claim is: one rule each, and nobody is kept out', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const { service, later } = await start(t, provider.issuer, { TEAM_ROLE: 'viewer' });
  const { origin } = service;
  const teams = async (jar: CookieJar) =>
    (await parseJson<{ teams: Team[] }>(await send(jar, `${origin}/api/teams`))).teams;
  const is = (misbehavior: Misbehavior) =>
    provider.is({ ...misbehavior, refreshTokens: true, claims: { ...NAMED, ...misbehavior.claims } });
  const signInWith = (misbehavior: Misbehavior, jar?: CookieJar) =>
    attemptLogin(
      service,
      provider,
      { ...misbehavior, refreshTokens: true, claims: { ...NAMED, ...misbehavior.claims } },
      jar ? { jar } : {},
    );
  const long = 'x'.repeat(300);
  const many = Array.from({ length: 10_000 }, (_, i) => `g${String(i).padStart(5, '0')}`);
  const fifty = many.slice(0, 50);
  const shown = (values: string[]) => values.map((value) => value.slice(0, 100));
  const cases: [what: string, said: Misbehavior, names: string[]][] = [
    ['no claim yet', {}, []],
    ['one text', GROUPS('only'), ['only']],
    ['10,000 values', GROUPS(many), fifty],
    ['kept elsewhere', { claims: { _claim_names: { groups: 'src1' } } }, fifty],
    ['missing, and userinfo is down', { userInfo: 'down' }, fifty],
    ['missing everywhere', {}, fifty],
    ['null', GROUPS(null), fifty],
    ['neither a text nor a list', GROUPS({ red: true }), fifty],
    ['no texts', GROUPS([7, null, ['a'], 'a']), ['a']],
    ['300 characters', GROUPS([long, `${long}y`, '']), shown([long, `${long}y`])],
    ['at the userinfo endpoint', { userInfo: { groups: ['there'] } }, ['there']],
    ['an empty list', GROUPS([]), []],
  ];

  const first = await signInWith({});
  for (const [what, said, names] of cases) {
    later(61);
    is(said);
    const refreshed = await send(first.jar, `${origin}/auth/refresh`, {
      method: 'POST',
      headers: { origin },
    });
    t.equal(refreshed.status, 200, what);
    const held = await teams(first.jar);
    t.strictSame(
      held.map(({ name }) => name),
      names,
      `recheck: ${what}`,
    );
    t.ok(
      held.every(({ role }) => role === 'viewer'),
      what,
    );
    t.equal(new Set(held.map(({ id }) => id)).size, names.length, 'the ids are of the whole values');
  }
  for (const [what, said, names] of cases) {
    const { jar, answer } = await signInWith(said);
    t.equal(answer.status, 302, what);
    const held = (await teams(jar)).map(({ name }) => name);
    t.strictSame(held, names, `sign-in: ${what}`);
  }
});

t.test(
  'without the setting, teams of the provider end at the next sign-in, and made ones stay',
  async (t) => {
    const provider = await startMisbehavingProvider(t);
    const { service } = await start(t, provider.issuer, {});
    const login = { subject: 'erin', ...GROUPS(['red']) };
    const { jar } = await attemptLogin(service, provider, login);
    const post = { method: 'POST', headers: { origin: service.origin, 'content-type': 'application/json' } };
    await send(jar, `${service.origin}/api/teams`, { ...post, body: '{"name":"Made"}' });
    const { service: other } = await start(t, provider.issuer, { TEAMS: 'made', TEAM_CLAIM: '' });
    const after = await attemptLogin(other, provider, login);
    const { teams } = await parseJson<{ teams: Team[] }>(await send(after.jar, `${other.origin}/api/teams`));
    t.strictSame(
      teams.map(({ name }) => name),
      ['Made'],
    );
  },
);
