import t from 'tap';
import { joinTeam, type Person, startFiles, startPeople } from '../support/people.ts';
import { startService, startStore } from '../support/service.ts';

const store = await startStore(t);
const { put, settings, close } = await startFiles(t);
const { service, provider, openUrl, signIn, makeTeam } = await startPeople(t, { store, settings });

/** Shares a file of one's own folder, or of a team. */
async function share(person: Person, base = '/api', more: object = {}) {
  const { status, json, text } = await person.ask('POST', `${base}/shares`, { name: 'a.png', ...more });
  if (status !== 201) throw new Error(text);
  return { id: Number(json['id']), url: new URL(String(json['url'])), warning: json['warning'] };
}

async function listed(person: Person, base = '/api'): Promise<{ id: number; page?: string }[]> {
  const { text } = await person.ask('GET', `${base}/shares`);
  return JSON.parse(text).shares;
}

/** Ann, with two teams. Each folder has a file of one name. */
async function start(name: string) {
  const ann = await signIn(name);
  const teams = [await makeTeam(ann), await makeTeam(ann)];
  await put(`users/${name}/a.png`, 'own');
  for (const team of teams) await put(`teams/${team}/a.png`, team);
  const [red, blue] = teams.map((id) => `/api/teams/${id}`);
  return { ann, teams, red: String(red), blue: String(blue) };
}

t.test("a link to a team's file opens until it is revoked, and no other link ends then", async (t) => {
  const { ann, red, blue } = await start('ann');
  const links = [await share(ann), await share(ann, red), await share(ann, red), await share(ann, blue)];
  const opened = () => Promise.all(links.map(({ url }) => openUrl(url)));
  t.notOk((await opened()).includes('revoked'));
  const [own, first, second] = links;
  t.match(
    await ann.ask('DELETE', `${blue}/shares/2`),
    { status: 404, code: 'not_found' },
    'of the other team',
  );
  t.match(await ann.ask('DELETE', '/api/shares/2'), { status: 404 }, 'nor is it of the user');
  t.match(await ann.ask('DELETE', `${red}/shares/${first?.id}`), { status: 204, edge: 'told' });
  const isRevoked = async () => (await opened()).map((each) => each === 'revoked');
  t.strictSame(
    await isRevoked(),
    [false, true, false, false],
    'others have the same number, or the same team',
  );
  t.match(await ann.ask('DELETE', `${red}/files?name=a.png`), { status: 204, edge: 'told' });
  t.strictSame(await isRevoked(), [false, true, true, false], 'the file is deleted');
  t.not(own?.url.pathname, second?.url.pathname);
});

t.test('a link opens its own path only', async (t) => {
  const { ann, teams, blue } = await start('bea');
  for (const { url } of [await share(ann), await share(ann, blue)]) {
    for (const path of ['/users/bea/a.png', ...teams.map((id) => `/teams/${id}/a.png`)]) {
      if (path !== url.pathname) t.equal(await openUrl(url, path), '403', `${url.pathname} at ${path}`);
    }
  }
});

t.test('a list of shares has the pages of those that one made, not of others', async (t) => {
  const { ann, teams, red } = await start('cora');
  const ben = await signIn('ben');
  await joinTeam(teams[0] ?? '', ann, ben, 'editor');
  const [own, other] = [await share(ann, red), await share(ben, red)];
  t.strictSame(
    (await listed(ann, red)).map(({ id, page }) => [id, page !== undefined]),
    [
      [own.id, true],
      [other.id, false],
    ],
  );
});

t.test('"sign out everywhere" also ends what that person made in teams', async (t) => {
  const { ann, red, blue } = await start('dora');
  const links = [await share(ann, red), await share(ann, blue)];
  const { json } = await ann.ask('POST', `${red}/invitations`, { role: 'editor' });
  t.match(await ann.ask('POST', '/auth/logout-all'), { status: 200, edge: 'told' });
  await service.runSchedule();
  for (const { url } of links) t.equal(await openUrl(url), 'revoked', url.pathname);
  const secret = String(json['url']).split('#join=')[1];
  const late = await (await signIn('eve')).ask('POST', '/api/invitations/accept', { secret });
  t.equal(late.code, 'invitation_over');
});

t.test('a share has one id, as the list writes it', async (t) => {
  const ann = await signIn('one-id');
  await put('users/one-id/a.png', 'own');
  const { id } = await share(ann);
  for (const other of [`0${id}`, `+${id}`, `-${id}`, `${id}.0`, `${id}e0`, `${id}x`, 'x', `%20${id}`, '0'])
    t.equal((await ann.ask('DELETE', `/api/shares/${other}`)).status, 404, other);
  t.strictSame(
    (await listed(ann)).map((each) => each.id),
    [id],
  );
  t.equal((await ann.ask('DELETE', `/api/shares/${id}`)).status, 204);
  t.strictSame(await listed(ann), []);
});

t.test('if the files host has IPv6, each share that is limited to addresses has a warning', async (t) => {
  const onIpv6 = await startService(t, provider.issuer, {
    ...{ ...settings, FILES_IPV6: 'true', USER_ID_CLAIM: 'id' },
  });
  const [ivy, other] = [await signIn('ivy'), await signIn('ivy', { of: onIpv6 })];
  await put('users/ivy/a.png', 'own');
  const ip = '192.0.2.1';
  t.equal((await share(ivy, '/api', { ip })).warning, undefined);
  t.equal((await share(other)).warning, undefined);
  t.match((await share(other, '/api', { ip })).warning, /IPv6/);
});

// S3 is down from here on.
t.test('if S3 fails while a file is deleted, its shares are revoked all the same', async (t) => {
  const ann = await signIn('frida');
  await put('users/frida/a.png', 'own');
  const { url } = await share(ann);
  await close();
  t.match(await ann.ask('DELETE', '/api/files?name=a.png'), { status: 503, code: 'files_unavailable' });
  t.equal(await openUrl(url), 'revoked');
});
