import t, { type Test } from 'tap';
import { newTeamId, type TeamId } from '../../../../../core/owner.ts';
import { deriveUserId, parseUserId, type UserId } from '../../../../../core/user-id.ts';
import { withMembership, withoutMembership } from '../../../../../services/auth/domain/team-starts.ts';
import { CookieJar, decodePolicy, parseJson, send } from '../../../../support/client.ts';
import { change, nowEpoch, seedSession } from '../../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../../support/service.ts';

const store = await startStore(t);
const RED = newTeamId();
const settings = { RATE_LIMIT_PER_MINUTE: '10000' };
const service = await startService(t, 'http://localhost:1', settings);
const { stores, origin } = service;

const join = (userId: UserId, ...teamIds: TeamId[]) =>
  change(stores.users, userId, (user) =>
    teamIds.reduce(
      (each, teamId) => withMembership(each, { teamId, role: 'viewer', kind: 'made' }, nowEpoch()),
      user,
    ),
  );

/** A browser with a session of a user who belongs to these teams. */
async function browser(name: string, ...teamIds: TeamId[]) {
  const userId = parseUserId(name);
  const { token, start } = await seedSession(stores.users, userId, {}, tokenMacOf(service));
  await join(userId, ...teamIds);
  const jar = new CookieJar();
  const cookie = `__Host-session=${token}`;
  jar.store(new Response(null, { headers: { 'set-cookie': `${cookie}; path=/` } }));
  const post = (path: string, init: RequestInit = {}) =>
    send(jar, `${origin}${path}`, { method: 'POST', ...init, headers: { origin, ...init.headers } });
  return { userId, start, jar, post, open: (teamId: string) => post(`/auth/refresh?team=${teamId}`) };
}

/** The lines of an answer that set a cookie, and those that clear one: `name path`. */
function linesOf(answer: Response) {
  const lines = answer.headers.getSetCookie().map((line) => ({
    name: `${line.split('=')[0]} ${/; Path=([^;]+)/.exec(line)?.[1]}`,
    isCleared: line.includes('01 Jan 1970'),
  }));
  const named = (cleared: boolean) =>
    lines.filter(({ isCleared }) => isCleared === cleared).map(({ name }) => name);
  return { set: named(false), cleared: named(true) };
}

function setOf(teamId: TeamId): string[] {
  const names = ['Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
  return [...names.map((name) => `CloudFront-${name} /teams/${teamId}/`), `__Host-files-${teamId} /`];
}

function policyOf(answer: Response) {
  const line = answer.headers.getSetCookie().find((each) => each.startsWith('CloudFront-Policy='));
  return JSON.stringify(decodePolicy(/=([^;]*)/.exec(line ?? '')?.[1] ?? ''));
}

const startIn = (answer: Response) =>
  Number(/DateGreaterThan":\{"AWS:EpochTime":(\d+)/.exec(policyOf(answer))?.[1]);
const endIn = (answer: Response) =>
  Number(/DateLessThan":\{"AWS:EpochTime":(\d+)/.exec(policyOf(answer))?.[1]);

async function refused(t: Test, answer: Response, status: number, code: string): Promise<void> {
  const body = await parseJson<{ code: string }>(answer);
  t.strictSame([answer.status, body.code], [status, code]);
}

t.test('a team is opened: its cookies alone, for its folder alone', async (t) => {
  const { open, jar } = await browser('ann', RED);
  const answer = await open(RED);
  t.equal(answer.status, 200);
  t.strictSame(linesOf(answer), { set: setOf(RED), cleared: [] });
  t.match(policyOf(answer), `"Resource":"http://localhost:1/teams/${RED}/*"`);
  t.ok(startIn(answer) >= 1_000_000_000 && startIn(answer) < 1_100_000_000);
  const { team, cookies, ...rest } = await parseJson<Record<string, Record<string, string>>>(answer);
  t.strictSame([team, rest], [{ id: RED, role: 'viewer' }, {}]);
  t.strictSame(Object.keys(cookies ?? {}), ['issuedAt', 'expiresAt', 'refreshAt']);
  t.equal(Date.parse(cookies?.['expiresAt'] ?? ''), endIn(answer) * 1_000);
  t.match(jar.get(`__Host-files-${RED}`), /^\d{10}$/);
  const again = await open(RED);
  t.strictSame([again.status, startIn(again)], [200, startIn(answer)]);
});

t.test('the cookies of a team never outlive the idle time of the session', async (t) => {
  const userId = parseUserId('idle');
  const lastUsedAtEpoch = nowEpoch() - 3_400;
  const { token } = await seedSession(stores.users, userId, { lastUsedAtEpoch }, tokenMacOf(service));
  await join(userId, RED);
  const headers = { cookie: `__Host-session=${token}`, origin, 'content-type': 'application/json' };
  const body = JSON.stringify({ background: true });
  const answer = await fetch(`${origin}/auth/refresh?team=${RED}`, { method: 'POST', headers, body });
  t.equal(answer.status, 200);
  t.equal(endIn(answer), lastUsedAtEpoch + 3_600);
});

t.test('no such team: 404, and the cookies of that team go, and no others', async (t) => {
  const { open, userId, post, jar } = await browser('left', RED);
  t.equal((await open(RED)).status, 200);
  t.equal((await post('/auth/refresh')).status, 200);
  await change(stores.users, userId, (user) => withoutMembership(user, RED, nowEpoch()));
  const answer = await open(RED);
  t.strictSame(linesOf(answer), { set: [], cleared: setOf(RED) });
  await refused(t, answer, 404, 'no_such_team');
  t.notOk(jar.get(`__Host-files-${RED}`));
  t.ok(jar.get(`__Host-files-${userId}`));
  for (const text of ['', 'RED', '*', `${RED}x`, `${RED}&team=${RED}`]) {
    const nonsense = await open(text);
    t.strictSame(linesOf(nonsense), { set: [], cleared: [] }, text);
    t.ok([400, 404].includes(nonsense.status), text);
  }
});

t.test("a user's id that is asked for as a team: the user's own cookies and their note stay", async (t) => {
  const userId = deriveUserId('https://issuer.example', 'looks-like-a-team');
  const { open, post, jar } = await browser(userId);
  t.equal((await post('/auth/refresh')).status, 200);
  const answer = await open(userId);
  t.strictSame(linesOf(answer), { set: [], cleared: [] });
  await refused(t, answer, 404, 'no_such_team');
  t.equal(jar.get(`__Host-files-${userId}`), '1');
});

t.test('the seventh team closes the one that was renewed longest ago', async (t) => {
  const teams = Array.from({ length: 7 }, newTeamId);
  const { open, post, userId, jar } = await browser('many-teams', ...teams);
  t.equal((await post('/auth/refresh')).status, 200);
  const [first = RED, second = RED, ...others] = teams;
  const { now } = service.deps.clock;
  t.teardown(() => Object.assign(service.deps.clock, { now }));
  let seconds = 0;
  const later = () => Object.assign(service.deps.clock, { now: () => now() + ++seconds * 1_000 });
  for (const [index, teamId] of [first, second, ...others.slice(0, -1), first].entries()) {
    later();
    t.strictSame(linesOf(await open(teamId)).cleared, [], `row ${index}`);
  }
  later();
  const last = others.at(-1) ?? RED;
  t.strictSame(linesOf(await open(last)), { set: setOf(last), cleared: setOf(second) });
  t.equal(jar.names().filter((name) => name.startsWith('__Host-files-')).length, 1 + 6);
  t.ok(jar.get(`__Host-files-${userId}`), "the user's own folder is no team");
});

t.test('a sign-out clears all sets below 8 KB, and tells two keys in one write', async (t) => {
  for (const path of ['/auth/logout', '/auth/logout-all']) {
    const teams = Array.from({ length: 6 }, newTeamId);
    const { open, post, userId, start, jar } = await browser(`leaves${path.length}`, ...teams);
    await post('/auth/refresh');
    let teamStart = 0;
    for (const teamId of teams) teamStart = startIn(await open(teamId));
    const { version } = await stores.users.read(userId);
    const answer = await post(path, { headers: { accept: 'application/json' } });
    const bytes = [...answer.headers].reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);
    t.ok(bytes < 8_192, `${bytes} bytes`);
    t.equal((await parseJson<{ edge: string }>(answer)).edge, 'told', path);
    t.strictSame(
      jar.names().filter((name) => /^CloudFront-|^__Host-files-/.test(name)),
      [],
      path,
    );
    const after = await stores.users.read(userId);
    t.strictSame(after.user.sessions, [], path);
    t.equal(after.user.told, after.user.changes, path);
    // The second write notes what was told, a third one that nothing is left to do in teams.
    t.ok(after.version <= version + (path.endsWith('all') ? 3 : 2), path);
    const number = Math.floor((teamStart - 1_000_000_000) / 512);
    t.ok(store.keyValueStore.get(userId)?.includes(String(start)) || path.endsWith('all'), path);
    t.ok(store.keyValueStore.get(`.${number}`)?.includes(String(teamStart)), path);
  }
});

t.test('a service without teams opens none, although the record has memberships', async (t) => {
  const without = await startService(t, 'http://localhost:1', { TEAMS: 'off' });
  const userId = parseUserId('without');
  const { token } = await seedSession(stores.users, userId, {}, tokenMacOf(without));
  await join(userId, RED);
  const headers = { cookie: `__Host-session=${token}`, origin: without.origin };
  const refresh = (query: string) =>
    fetch(`${without.origin}/auth/refresh${query}`, { method: 'POST', headers });
  await refused(t, await refresh(`?team=${RED}`), 404, 'no_such_team');
  t.equal((await refresh('')).status, 200);
});

t.test('20 new numbers a person and day, and none once all are given', async (t) => {
  const { open, userId } = await browser('numbers', RED);
  const { next } = stores.numbers;
  stores.numbers.next = async () => undefined;
  await refused(t, await open(RED), 409, 'teams_full');
  stores.numbers.next = next;
  const set = (count: number) =>
    change(stores.users, userId, (user) => ({ ...user, newNumbersAtEpoch: Array(count).fill(nowEpoch()) }));
  await set(20);
  await refused(t, await open(RED), 429, 'too_many_requests');
  await set(19);
  t.equal((await open(RED)).status, 200);
  t.equal((await open(RED)).status, 200, 'the present number stays good');
});
