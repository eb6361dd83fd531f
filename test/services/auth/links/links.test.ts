import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { CookieJar, parseJson, send } from '../../../support/client.ts';
import { withQuickHashes } from '../support/model/quick-hashes.ts';
import { endIn, type Person, policyIn, startFiles, startIn, startPeople } from '../support/people.ts';
import { startStore } from '../support/service.ts';

const store = await startStore(t);
const { put, settings } = await startFiles(t);
const lines: string[] = [];
const answers: string[] = [];
const { service, origin, opens, signIn, makeTeam } = await startPeople(t, {
  store,
  settings: {
    ...{ ...settings, TEAMS: 'made' },
    ALLOWED_TYPES: 'text/plain,video/mp4',
  },
  logger: { level: 'info', stream: { write: (line: string) => void lines.push(line) } },
});
const { passTime } = service;

const [ANN, BEN, CAT, DAN] = [
  await signIn('ann'),
  await signIn('ben'),
  await signIn('cat'),
  await signIn('dan'),
];

/** A team of Ann, Ben and Cat, with two files. */
async function newTeam(): Promise<string> {
  const teamId = await makeTeam(ANN, [
    [BEN, 'editor'],
    [CAT, 'viewer'],
  ]);
  await put(`teams/${teamId}/a.txt`, 'a');
  await put(`teams/${teamId}/b/c.txt`, 'c');
  return teamId;
}

const TEAM = await newTeam();
const OTHER = await newTeam();

async function ask(jar: CookieJar, method: string, path: string, body?: object) {
  const headers = { origin, ...(body ? { 'content-type': 'application/json' } : {}) };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const answer = await send(jar, `${origin}${path}`, init);
  const text = await answer.text();
  answers.push(text);
  const json: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  return { answer, status: answer.status, code: json['code'], json, text };
}

const as = (person: Person | undefined, method: string, path: string, body?: object) =>
  ask(person?.jar ?? new CookieJar(), method, path, body);

/** Makes a link, and returns its id and its secret. */
async function make(body: object, { by = BEN, teamId = TEAM } = {}) {
  const { status, json, text } = await as(by, 'POST', `/api/teams/${teamId}/links`, body);
  if (status !== 201) throw new Error(text);
  const [before, secret = ''] = String(json['url']).split('#link=');
  if (before !== `${origin}/`) throw new Error(`${before}`);
  return { id: String(json['id']), secret, expiresAt: String(json['expiresAt']) };
}

const open = (secret: string, more: object = {}, jar = new CookieJar()) =>
  ask(jar, 'POST', '/auth/links/open', { secret, ...more });

/** A browser that has opened a link. */
async function browser({ secret }: { secret: string }, more: object = {}): Promise<CookieJar> {
  const jar = new CookieJar();
  const { status, text } = await open(secret, more, jar);
  if (status !== 200) throw new Error(text);
  return jar;
}

const refresh = (jar: CookieJar, id: string) => ask(jar, 'POST', `/auth/links/${id}/refresh`);
const list = (jar: CookieJar, id: string) => ask(jar, 'GET', `/api/links/${id}/files`);

/** Whether nothing of a link works any more. */
async function isOver(t: Test, jar: CookieJar, { id, secret }: { id: string; secret: string }, what: string) {
  const again = new CookieJar();
  const answers = [await list(jar, id), await refresh(jar, id), await open(secret, {}, again)];
  t.strictSame(
    answers.map(({ status, code }) => [status, code]),
    answers.map(() => [410, 'link_over']),
    what,
  );
  t.strictSame(again.names(), []);
}

t.test('a view link: the folder for whoever has the address, without an account', async (t) => {
  const link = await make({ role: 'viewer', name: 'Summer' });
  const leftSeconds = (Date.parse(link.expiresAt) - Date.now()) / 1_000;
  t.ok(leftSeconds > 604_700 && leftSeconds <= 604_800, 'seven days');
  const jar = new CookieJar();
  const { answer, status, json } = await open(link.secret, {}, jar);
  t.equal(status, 200);
  const cookies = answer.headers.getSetCookie();
  const named = cookies.map((line) => `${line.split('=')[0]} ${/; Path=([^;]+)/.exec(line)?.[1]}`);
  const folder = `/teams/${TEAM}/`;
  const names = ['Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
  t.strictSame(named, [
    ...names.map((name) => `CloudFront-${name} ${folder}`),
    `__Host-files-${TEAM} /`,
    `__Host-link-${link.id} /`,
  ]);
  t.match(cookies.at(-1), /; HttpOnly; Secure; SameSite=Lax$/);
  t.notMatch(cookies.at(-1), /Max-Age|Expires/);
  t.match(policyIn(answer), `"Resource":"http://localhost:8080${folder}*"`);
  t.ok(startIn(answer) >= 1_000_000_000 && startIn(answer) < 1_100_000_000);
  t.match(json, {
    link: { id: link.id, role: 'viewer', team: { id: TEAM, name: 'Photos' }, expiresAt: link.expiresAt },
    cookies: { expiresAt: new Date(endIn(answer) * 1_000).toISOString().replace('.000Z', '') },
  });
  const { json: listed } = await list(jar, link.id);
  t.match(listed, { files: [{ name: 'a.txt' }, { name: 'b/c.txt' }] });
  const renewed = await refresh(jar, link.id);
  t.strictSame([renewed.status, startIn(renewed.answer)], [200, startIn(answer)]);
  t.strictSame((await as(CAT, 'GET', '/api/files')).status, 200);
  const { json: links } = await as(BEN, 'GET', `/api/teams/${TEAM}/links`);
  const url = `${service.origin}/#link=${link.secret}`;
  t.match(links, { links: [{ id: link.id, name: 'Summer', maker: 'ben', hasPassword: false, url }] });
  const { json: ofOthers } = await as(ANN, 'GET', `/api/teams/${TEAM}/links`);
  t.match(ofOthers, { links: [{ id: link.id, name: 'Summer' }] });
  t.notMatch(JSON.stringify(ofOthers), link.secret.split('.')[1] ?? '', 'only its maker sees the URL');
});

t.test('nothing that is no pass of this link goes on with it', async (t) => {
  const [link, other] = [await make({ role: 'viewer' }), await make({ role: 'viewer' }, { teamId: OTHER })];
  const jar = await browser(link);
  const pass = jar.get(`__Host-link-${link.id}`) ?? '';
  const theirs = (await browser(other)).get(`__Host-link-${other.id}`) ?? '';
  const [team = '', secret = '', name = '', mac = ''] = pass.split('.');
  const wrong = [
    ...['', '*', secret, theirs, `${team}.${secret}`, `${pass}.x`],
    `${OTHER}.${secret}.${name}.${mac}`,
    `${team}.${secret}.${name.slice(0, -1)}1.${mac}`,
    `${team}.${secret}.${name}.${theirs.split('.')[3]}`,
    `${team}.${'A'.repeat(43)}.${name}.${mac}`,
    [team, theirs.split('.')[1], ...theirs.split('.').slice(2)].join('.'),
  ];
  for (const value of wrong) {
    const other = new CookieJar();
    const cookie = `__Host-link-${link.id}=${value}; path=/`;
    other.store(new Response(null, { headers: { 'set-cookie': cookie } }));
    const { status, code } = await list(other, link.id);
    t.strictSame([status, code], [410, 'link_over'], value);
  }
  for (const text of [
    '',
    '.',
    `${TEAM}.x`,
    link.id,
    `${TEAM}.${link.id}`,
    `${OTHER}.${secret}`,
    'x'.repeat(256),
  ]) {
    const { status, code } = await open(text);
    t.strictSame([status, code], [410, 'link_over'], text);
  }
  t.equal((await list(jar, link.id)).status, 200);
});

t.test('an ended link opens nothing, and the edge refuses what it has opened', async (t) => {
  const link = await make({ role: 'viewer' });
  const other = await make({ role: 'viewer' });
  const jar = await browser(link);
  const stays = await browser(other);
  t.ok(await opens(`/teams/${TEAM}/`, jar));
  const { status, answer: ended } = await as(ANN, 'DELETE', `/api/teams/${TEAM}/links/${link.id}`);
  t.strictSame([status, ended.headers.get('gateway-edge')], [204, 'told']);
  t.notOk(await opens(`/teams/${TEAM}/`, jar));
  await isOver(t, jar, link, 'ended');
  t.equal((await list(stays, other.id)).status, 200);
  t.equal((await as(ANN, 'DELETE', `/api/teams/${TEAM}/links/${link.id}`)).status, 204);
});

t.test('no cookie outlives its link, and an expired link is like an unknown one', async (t) => {
  const link = await make({ role: 'viewer', expiresIn: 120 });
  const jar = new CookieJar();
  const { answer } = await open(link.secret, {}, jar);
  t.equal(endIn(answer) * 1_000, Math.floor(Date.parse(link.expiresAt) / 1_000) * 1_000);
  passTime(t, 120);
  await isOver(t, jar, link, 'expired');
  const { json } = await as(BEN, 'GET', `/api/teams/${TEAM}/links`);
  t.notMatch(JSON.stringify(json), link.id);
});

t.test('a link with a password', (t) =>
  withQuickHashes(async () => {
    const link = await make({ role: 'viewer', password: 'Gr\u00fc\u00dfe' });
    const refused = async (more: object, status: number, code: string) => {
      const jar = new CookieJar();
      const answer = await open(link.secret, more, jar);
      t.strictSame([answer.status, answer.code, jar.names()], [status, code, []]);
    };
    await refused({}, 401, 'password_needed');
    await refused({ password: 'Gruesse' }, 403, 'wrong_password');
    await refused({ password: '' }, 403, 'wrong_password');
    t.equal(
      (await open(link.secret, { password: 'Gru\u0308\u00dfe' })).status,
      200,
      'in another Unicode form',
    );
    const jar = await browser(link, { password: 'Gr\u00fc\u00dfe' });
    const folder = `/teams/${TEAM}/`;
    t.ok(await opens(folder, jar));
    const path = `/api/teams/${TEAM}/links/${link.id}`;
    const { status, json, answer: changed } = await as(BEN, 'PATCH', path, { password: 'new' });
    t.strictSame([status, changed.headers.get('gateway-edge')], [200, 'told']);
    t.match(json, { id: link.id, hasPassword: true });
    t.equal((await list(jar, link.id)).code, 'link_over', 'what the old password has opened');
    t.notOk(await opens(folder, jar));
    t.equal((await refresh(jar, link.id)).code, 'link_over');
    await refused({ password: 'Gr\u00fc\u00dfe' }, 403, 'wrong_password');
    const anew = await browser(link, { password: 'new' });
    t.equal((await as(BEN, 'PATCH', path, { expiresIn: 30 * 86_400 })).status, 200);
    t.equal((await list(anew, link.id)).status, 200, 'a later end closes nothing');
    t.ok(await opens(folder, anew));
    t.equal((await as(BEN, 'PATCH', path, { expiresIn: 3_600 })).status, 200);
    t.equal((await list(anew, link.id)).code, 'link_over', 'an earlier end does');
    t.notOk(await opens(folder, anew));
    t.equal((await as(BEN, 'PATCH', `${path}x`, { password: 'new' })).code, 'no_such_link');
  }),
);

t.test('ten wrong passwords within ten minutes, whoever sends them', (t) =>
  withQuickHashes(async () => {
    const link = await make({ role: 'viewer', password: 'right' });
    for (let i = 0; i < 9; i++)
      t.equal((await open(link.secret, { password: 'wrong' })).code, 'wrong_password');
    passTime(t, 10);
    t.equal((await open(link.secret, { password: 'right' })).status, 200, 'after nine');
    t.equal((await open(link.secret, { password: 'wrong' })).code, 'wrong_password');
    // So late, the last one can no more turn out to be right.
    passTime(t, 10);
    const late = await open(link.secret, { password: 'right' });
    t.strictSame([late.status, late.code], [429, 'too_many_requests']);
    t.ok(Number(late.answer.headers.get('retry-after')) > 0);
    const other = await make({ role: 'viewer', password: 'right' });
    t.equal((await open(other.secret, { password: 'right' })).status, 200, 'other links go on');
    passTime(t, 600);
    t.equal((await open(link.secret, { password: 'right' })).status, 200, 'ten minutes later');
  }),
);

t.test('a hundred wrong passwords at the links of one team keep an IP address out of that team', (t) =>
  withQuickHashes(async () => {
    const teamId = await newTeam();
    const links = [];
    for (let i = 0; i < 11; i++) links.push(await make({ role: 'viewer', password: 'right' }, { teamId }));
    const elsewhere = await make({ role: 'viewer', password: 'right' }, { teamId: OTHER });
    const [last, ...tried] = links;
    for (const { secret } of tried) for (let i = 0; i < 10; i++) await open(secret, { password: 'wrong' });
    passTime(t, 10);
    t.equal((await open(last?.secret ?? '', { password: 'right' })).status, 429);
    t.equal((await open(elsewhere.secret, { password: 'right' })).status, 200, 'a link of another team');
  }),
);

const TEXT = { type: 'text/plain', size: 3, sha256: createHash('sha256').update('abc').digest('hex') };
type Promised = { name: string; upload: { url: string; headers: Record<string, string>; id?: string } };
const ask1 = (jar: CookieJar, id: string, body: object) => ask(jar, 'POST', `/api/links/${id}/uploads`, body);

async function sent(jar: CookieJar, id: string, name: string): Promise<string> {
  const { status, text } = await ask1(jar, id, { ...TEXT, name });
  if (status !== 201) throw new Error(text);
  const { name: stored, upload }: Promised = JSON.parse(text);
  const { status: put } = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: 'abc' });
  return `${put} ${stored}`;
}

t.test('an upload link takes 100 files and 10 GB, unless its maker says otherwise', async (t) => {
  const path = `/api/teams/${TEAM}/links`;
  const long = await as(BEN, 'POST', path, { role: 'uploader', name: 'x'.repeat(41) });
  t.strictSame([long.status, long.code], [422, 'invalid_name']);
  const { id } = await make({ role: 'uploader', name: 'x'.repeat(40) });
  const { text } = await as(BEN, 'GET', `/api/teams/${TEAM}/links`);
  const { links }: { links: { id: string }[] } = JSON.parse(text);
  const made = links.find((each) => each.id === id);
  t.match(made, { role: 'uploader', maxFiles: 100, maxBytes: 10_737_418_240 });
  await as(BEN, 'DELETE', `/api/teams/${TEAM}/links/${id}`);
});

t.test('an upload link: files come into its folder, and nothing is read or overwritten', async (t) => {
  const link = await make({ role: 'uploader', name: 'Tax', maxFiles: 6, maxBytes: 20_000_000 });
  const jar = new CookieJar();
  const { answer, json } = await open(link.secret, {}, jar);
  t.match(json, { link: { role: 'uploader' } });
  t.notOk('cookies' in json);
  t.strictSame(jar.names(), [`__Host-link-${link.id}`], 'no cookies for the folder');
  t.notMatch(answer.headers.getSetCookie().join(), 'CloudFront');
  const folder = `Tax-${link.id.slice(0, 8)}`;
  t.equal(await sent(jar, link.id, 'a.txt'), `200 ${folder}/a.txt`);
  const second = await browser(link);
  t.equal(await sent(second, link.id, 'a.txt'), `200 ${folder}/a (2).txt`);
  t.equal(await sent(second, link.id, 'a.txt'), `200 ${folder}/a (3).txt`);
  for (const [body, code] of [
    [{ ...TEXT, name: 'a.txt', replace: true }, 'bad_request'],
    [{ ...TEXT, name: '../a.txt' }, 'invalid_name'],
    [{ ...TEXT, name: '' }, 'invalid_name'],
    [{ ...TEXT, name: 'invoice\u200ffdp.exe' }, 'invalid_name'],
    [{ ...TEXT, name: 'a.png', type: 'image/png' }, 'type_not_allowed'],
    [{ name: 'film.mp4', type: 'video/mp4', size: 20_000_000 }, 'link_full'],
  ] as const)
    t.equal((await ask1(jar, link.id, body)).code, code, code);
  const film = { name: 'film.mp4', type: 'video/mp4', size: 17_000_000 };
  const begun = await ask1(jar, link.id, film);
  t.equal(begun.status, 201);
  const { upload }: Promised = JSON.parse(begun.text);
  const parts = `/api/links/${link.id}/uploads/${upload.id}`;
  t.equal((await ask(jar, 'GET', parts)).status, 200);
  t.equal((await ask(second, 'GET', parts)).code, 'no_such_upload', 'of another browser');
  t.equal((await as(BEN, 'GET', `/api/teams/${TEAM}/uploads/${upload.id}`)).code, 'no_such_upload');
  t.equal(
    (await ask(jar, 'POST', `${parts}/parts`, { parts: [{ number: 1, sha256: TEXT.sha256 }] })).status,
    200,
  );
  t.equal((await ask(jar, 'DELETE', parts)).status, 204);
  t.equal(await sent(jar, link.id, 'e/f.txt'), `200 ${folder}/e/f.txt`);
  t.equal(await sent(jar, link.id, 'g'), `200 ${folder}/g`);
  t.equal((await ask1(jar, link.id, { ...TEXT, name: 'h.txt' })).code, 'link_full', 'six were signed');
  const { json: links } = await as(BEN, 'GET', `/api/teams/${TEAM}/links`);
  t.match(JSON.stringify(links), '"maxFiles":6,"maxBytes":20000000,"files":6,"bytes":17000015');
  t.equal((await list(jar, link.id)).code, 'role_too_low');
  const viewer = await make({ role: 'viewer' });
  t.equal((await ask1(await browser(viewer), viewer.id, { ...TEXT, name: 'a.txt' })).code, 'role_too_low');
  t.equal((await as(BEN, 'DELETE', `/api/teams/${TEAM}/links/${link.id}`)).status, 204);
  t.equal((await ask1(jar, link.id, { ...TEXT, name: 'i.txt' })).code, 'link_over');
});

/** What editors alone may ask for. */
const asksOf = (path: string, id: string): [method: string, path: string, body?: object][] => [
  ['GET', path],
  ['POST', path, { role: 'viewer' }],
  ['PATCH', `${path}/${id}`, { password: 'x' }],
  ['DELETE', `${path}/${id}`],
];

t.test('editors make and end links, from the page alone', async (t) => {
  const link = await make({ role: 'viewer' });
  const path = `/api/teams/${TEAM}/links`;
  const asked = asksOf(path, link.id);
  for (const [method, at, body] of asked) {
    t.equal((await as(CAT, method, at, body)).code, 'role_too_low', `${method} of a viewer`);
    t.equal((await as(DAN, method, at, body)).code, 'no_such_team', `${method} of a stranger`);
    t.equal((await as(undefined, method, at, body)).code, 'no_session', `${method} of nobody`);
  }
  const jar = await browser(link);
  for (const [method, at] of [
    ...asked.slice(1),
    ['POST', '/auth/links/open'],
    ['POST', `/auth/links/${link.id}/refresh`],
    ['POST', `/api/links/${link.id}/uploads`],
  ] as const) {
    const answer = await send(jar, `${origin}${at}`, { method, headers: { origin: 'http://localhost:1' } });
    t.equal((await parseJson<{ code: string }>(answer)).code, 'cross_origin', `${method} ${at}`);
  }
  t.equal((await as(BEN, 'DELETE', `/api/teams/${OTHER}/links/${link.id}`)).status, 204);
  t.equal((await list(jar, link.id)).status, 200, 'a link of another team stays');
});

t.test('whoever is removed takes the links along, and a deleted team has none', async (t) => {
  const teamId = await newTeam();
  const folder = `/teams/${teamId}/`;
  const made = await make({ role: 'viewer' }, { teamId });
  const annes = await make({ role: 'viewer' }, { teamId, by: ANN });
  const [jar, stays] = [await browser(made), await browser(annes)];
  const removed = await as(ANN, 'DELETE', `/api/teams/${teamId}/members/ben`);
  t.strictSame([removed.status, removed.answer.headers.get('gateway-edge')], [204, 'told']);
  await isOver(t, jar, made, 'of somebody who was removed');
  t.equal((await list(stays, annes.id)).status, 200);
  t.strictSame([await opens(folder, jar), await opens(folder, stays)], [false, true]);
  t.equal((await as(ANN, 'DELETE', `/api/teams/${teamId}`)).status, 204);
  t.notOk(await opens(folder, stays));
  await isOver(t, stays, annes, 'of a deleted team');
});

t.test('beside a session: the set of that team is replaced, and a sign-out clears all', async (t) => {
  const { jar } = await signIn('cat');
  const own = await ask(jar, 'POST', `/auth/refresh?team=${OTHER}`);
  const link = await make({ role: 'viewer' }, { teamId: OTHER });
  const opened = await open(link.secret, {}, jar);
  t.not(startIn(opened.answer), startIn(own.answer));
  t.equal(jar.header(`/teams/${OTHER}/`).match(/CloudFront-Policy=/g)?.length, 1);
  const again = await ask(jar, 'POST', `/auth/refresh?team=${OTHER}`);
  t.equal(startIn(again.answer), startIn(own.answer));
  t.ok(jar.get(`__Host-link-${link.id}`));
  await ask(jar, 'POST', '/auth/logout');
  t.strictSame(jar.names(), []);
});

t.test('a sixth link closes the first, so that a sign-out closes all', async (t) => {
  const jar = new CookieJar();
  const passes: string[] = [];
  for (let i = 0; i < 7; i++) {
    const link = await make({ role: 'uploader' }, { teamId: OTHER });
    passes.push(`__Host-link-${link.id}`);
    await open(link.secret, {}, jar);
    await open(link.secret, {}, jar);
  }
  t.strictSame(jar.names(), passes.slice(2));
  await ask(jar, 'POST', '/auth/logout');
  t.strictSame(jar.names(), []);
});

t.test("a seventh folder closes the one that was renewed longest ago, a link's or a team's", async (t) => {
  const jar = new CookieJar();
  const teams: string[] = [];
  for (let i = 0; i < 7; i++) {
    passTime(t, 1);
    const teamId = await newTeam();
    teams.push(teamId);
    await open((await make({ role: 'viewer' }, { teamId })).secret, {}, jar);
  }
  t.strictSame(
    teams.map((teamId) => jar.header(`/teams/${teamId}/`).includes('CloudFront-Policy')),
    [false, true, true, true, true, true, true],
  );
});

t.test('no secret in log or answers; the log says what becomes of links', (t) =>
  withQuickHashes(async () => {
    lines.length = 0;
    const link = await make({ role: 'viewer', password: 'pass word' });
    answers.length = 0;
    await open(link.secret);
    await open(link.secret, { password: 'pass wort' });
    const jar = await browser(link, { password: 'pass word' });
    await list(jar, link.id);
    await refresh(jar, link.id);
    await as(ANN, 'GET', `/api/teams/${TEAM}/links`);
    const path = `/api/teams/${TEAM}/links/${link.id}`;
    await as(BEN, 'PATCH', path, { password: 'pass ward' });
    await as(BEN, 'PATCH', path, { password: 'pass word'.repeat(30) });
    await as(BEN, 'DELETE', path);
    await open(link.secret, { password: 'pass ward' });
    const events = lines.map((line) => JSON.parse(line)).filter(({ audit }) => audit);
    const whose = { team: TEAM, link: link.id };
    t.match(events, [
      { event: 'link_made', userId: 'ben', ...whose, role: 'viewer' },
      { event: 'link_refused', ...whose, code: 'password_needed' },
      { event: 'link_refused', ...whose, code: 'wrong_password' },
      { event: 'link_opened', ...whose, role: 'viewer' },
      { event: 'link_changed', userId: 'ben', ...whose },
      { event: 'link_ended', userId: 'ben', ...whose },
      { event: 'link_refused', ...whose, code: 'link_over' },
    ]);
    const all = [...lines, ...answers].join('\n');
    const secrets = [link.secret.split('.')[1], jar.get(`__Host-link-${link.id}`)];
    for (const secret of ['pass w', ...secrets]) t.ok(secret && !all.includes(secret), 'a secret is shown');
  }),
);
