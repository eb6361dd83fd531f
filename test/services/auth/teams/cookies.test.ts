import t from 'tap';
import {
  ask,
  endIn,
  type Person,
  personOf,
  policyIn,
  SIGNING,
  startIn,
  startPeople,
} from '../support/people.ts';
import { attemptLogin, startService } from '../support/service.ts';

const { service, provider, opens, signIn, makeTeam } = await startPeople(t);
const { passTime } = service;
const ann = await signIn('ann');

const open = (person: Person, teamId: string) => person.ask('POST', `/auth/refresh?team=${teamId}`);

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

function setOf(teamId: string): string[] {
  const names = ['Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
  return [...names.map((name) => `CloudFront-${name} /teams/${teamId}/`), `__Host-files-${teamId} /`];
}

t.test('a team is opened: its cookies only, for its folder only', async (t) => {
  const team = await makeTeam(ann);
  const { answer, status, json } = await open(ann, team);
  t.equal(status, 200);
  t.strictSame(linesOf(answer), { set: setOf(team), cleared: [] });
  t.match(policyIn(answer), `"Resource":"http://localhost:8080/teams/${team}/*"`);
  t.ok(startIn(answer) >= 1_000_000_000 && startIn(answer) < 1_100_000_000);
  const { cookies, ...rest } = json;
  t.strictSame(rest, { team: { id: team, role: 'manager' } });
  t.strictSame(Object.keys(Object(cookies)), ['issuedAt', 'expiresAt', 'refreshAt']);
  t.equal(Date.parse(Object(cookies).expiresAt), endIn(answer) * 1_000);
  t.ok(await opens(`/teams/${team}/`, ann.jar));
  t.equal(startIn((await open(ann, team)).answer), startIn(answer), 'a renewal keeps the start');
});

t.test(
  'a crowd of one person opens a team with one number: nobody uses up those of the deployment',
  async (t) => {
    const numberOf = (answer: Response) => Math.floor((startIn(answer) - 1_000_000_000) / 512);
    const [cat, dan] = [await signIn('cat'), await signIn('dan')];
    const [team, other] = [await makeTeam(cat), await makeTeam(dan)];
    const crowd = await Promise.all(Array.from({ length: 20 }, () => open(cat, team)));
    t.strictSame(new Set(crowd.map(({ status }) => status)), new Set([200]));
    const [first] = crowd.map(({ answer }) => numberOf(answer));
    t.equal(numberOf((await open(dan, other)).answer), (first ?? 0) + 1);
  },
);

t.test('the cookies of a team never outlive the idle time of the session', async (t) => {
  const team = await makeTeam(ann);
  await ann.ask('POST', '/auth/refresh');
  const usedAtEpoch = Math.floor(Date.now() / 1_000);
  passTime(t, 3_400);
  const { status, answer } = await ann.ask('POST', `/auth/refresh?team=${team}`, { background: true });
  t.equal(status, 200);
  t.ok(Math.abs(endIn(answer) - (usedAtEpoch + 3_600)) <= 2);
});

t.test('no such team: 404, and the cookies of that team go, and no others', async (t) => {
  const ben = await signIn('ben');
  const team = await makeTeam(ann, [[ben, 'viewer']]);
  t.equal((await open(ben, team)).status, 200);
  t.ok(await opens(`/teams/${team}/`, ben.jar));
  t.equal((await ann.ask('DELETE', `/api/teams/${team}/members/ben`)).edge, 'told');
  t.notOk(await opens(`/teams/${team}/`, ben.jar), 'refused by the edge, although the browser has them');
  const left = await open(ben, team);
  t.strictSame(linesOf(left.answer), { set: [], cleared: setOf(team) });
  t.strictSame([left.status, left.code], [404, 'no_such_team']);
  t.ok(await opens('/users/ben/', ben.jar));
  for (const text of ['', 'RED', '*', `${team}x`, `${team}&team=${team}`]) {
    const nonsense = await open(ben, text);
    t.strictSame(linesOf(nonsense.answer), { set: [], cleared: [] }, text);
    t.ok([400, 404].includes(nonsense.status), text);
  }
});

t.test("a user's id that is asked for as a team: the user's own cookies stay", async (t) => {
  const derived = await startService(t, provider.issuer, SIGNING);
  const { jar } = await attemptLogin(derived, provider, { subject: 'looks-like-a-team' });
  const { id } = Object((await ask(derived, jar, { method: 'GET', path: '/auth/session' })).json['user']);
  const likeATeam = personOf(derived, id, jar);
  const { answer, status, code } = await open(likeATeam, id);
  t.strictSame(linesOf(answer), { set: [], cleared: [] });
  t.strictSame([status, code], [404, 'no_such_team']);
  t.ok(await opens(`/users/${id}/`, jar));
});

t.test('the seventh team closes the one that was renewed longest ago', async (t) => {
  const cat = await signIn('cat');
  const teams: string[] = [];
  for (let i = 0; i < 7; i++) teams.push(await makeTeam(cat));
  const [first = '', second = '', ...others] = teams;
  for (const teamId of [first, second, ...others.slice(0, -1), first, others.at(-1) ?? '']) {
    passTime(t, 1);
    t.equal((await open(cat, teamId)).status, 200);
  }
  const opened = await Promise.all(teams.map((teamId) => opens(`/teams/${teamId}/`, cat.jar)));
  t.strictSame(opened, [true, false, true, true, true, true, true]);
  t.ok(await opens('/users/cat/', cat.jar), "the user's own folder is no team");
});

t.test('a sign-out clears all sets below 8 KB, and the edge refuses each of them', async (t) => {
  for (const path of ['/auth/logout', '/auth/logout-all']) {
    const dan = await signIn('dan');
    const folders = ['/users/dan/'];
    for (let i = 0; i < 6; i++) {
      const team = await makeTeam(dan);
      await open(dan, team);
      folders.push(`/teams/${team}/`);
    }
    const stolen = folders.map((folder) => dan.jar.header(folder));
    const opened = () => Promise.all(folders.map((folder, index) => opens(folder, stolen[index] ?? '')));
    t.strictSame(new Set(await opened()), new Set([true]));
    const { answer, edge } = await dan.ask('POST', path);
    const bytes = [...answer.headers].reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);
    t.ok(bytes < 8_192, `${bytes} bytes`);
    t.equal(edge, 'told', path);
    t.strictSame(dan.jar.names(), [], path);
    t.strictSame(new Set(await opened()), new Set([false]), path);
  }
});

t.test('a service without teams opens none, although somebody is a member', async (t) => {
  const team = await makeTeam(ann);
  const without = await startService(t, provider.issuer, { USER_ID_CLAIM: 'id', TEAMS: 'off' });
  const { status, code } = await ann.askAt(without, 'POST', `/auth/refresh?team=${team}`);
  t.strictSame([status, code], [404, 'no_such_team']);
  t.equal((await ann.askAt(without, 'POST', '/auth/refresh')).status, 200);
});
