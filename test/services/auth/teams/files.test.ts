import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import t from 'tap';
import { hex, put as putPart } from '../../../support/multipart.ts';
import { BUCKET, raw } from '../../local/support/local-s3.ts';
import { joinTeam, type Person, startFiles, startPeople } from '../support/people.ts';
import { startStore } from '../support/service.ts';

type Role = 'viewer' | 'editor' | 'manager';

const store = await startStore(t);
const { s3, put, settings } = await startFiles(t);
const MAX_TEAM_BYTES = 60_000_000;
const { origin, signIn, makeTeam } = await startPeople(t, {
  store,
  settings: { ...settings, MAX_TEAM_BYTES: String(MAX_TEAM_BYTES) },
});
const port = Number(new URL(origin).port);

const [alice, bob] = [await signIn('alice'), await signIn('bob')];
const TEAMS = {
  viewed: await makeTeam(bob, [[alice, 'viewer']]),
  edited: await makeTeam(bob, [[alice, 'editor']]),
  managed: await makeTeam(alice),
  another: await makeTeam(bob),
  former: await makeTeam(bob, [[alice, 'editor']]),
};

interface Ask {
  method: string;
  path: string;
  body?: object;
}

/** Asks byte for byte, since `fetch` would resolve dots. */
async function ask({ method, path, body }: Ask, person = alice, headers: Record<string, string> = {}) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const cookie = `__Host-session=${person.jar.get('__Host-session')}`;
  const sent = body === undefined ? '' : JSON.stringify(body);
  const length = { 'content-length': String(Buffer.byteLength(sent)) };
  const answer = await raw(port, method, path, { origin, cookie, ...json, ...length, ...headers }, sent);
  const { code } = answer.body.startsWith('{') ? JSON.parse(answer.body) : { code: undefined };
  return { status: answer.status, code, text: answer.body };
}

/** The rest of an upload in parts is zeros. */
const LARGE = Buffer.alloc(17_000_000);
const FILM = { name: 'film.mp4', size: LARGE.length, type: 'video/mp4', replace: true };

/** Begins an upload in parts. The text is its id. */
async function begun({ path, by }: Folder, person = by ?? alice): Promise<string> {
  const { json, text } = await person.ask('POST', `${path}/uploads`, FILM);
  const { id } = Object(json['upload']);
  if (typeof id !== 'string') throw new Error(text);
  return id;
}

/** Sends all parts of an upload. */
async function fill(path: string, id: string): Promise<void> {
  const { json } = await alice.ask('GET', `${path}/uploads/${id}`);
  const partSize = Number(json['partSize']);
  for (let number = 1; (number - 1) * partSize < LARGE.length; number++) {
    const bytes = LARGE.subarray((number - 1) * partSize, number * partSize);
    const asked = await alice.ask('POST', `${path}/uploads/${id}/parts`, {
      parts: [{ number, sha256: hex(bytes) }],
    });
    for (const part of JSON.parse(asked.text).parts) await putPart(part, bytes);
  }
}

const BYTES = Buffer.from('a film');
const SHA256 = hex(BYTES);

interface Route {
  needs: Role;
  /** The status of the answer to somebody who may do it. */
  status: number;
  ask: (base: string, upload: string, share: number) => Ask;
}

/** Whether the path names an upload. */
function isAboutUpload({ ask }: Route): boolean {
  return ask('', '<upload>', 0).path.includes('<upload>');
}

const small = { name: 'new.txt', size: BYTES.length, type: 'text/plain', sha256: SHA256 };
const ROUTES: Record<string, Route> = {
  list: { needs: 'viewer', status: 200, ask: (base) => ({ method: 'GET', path: `${base}/files` }) },
  'list by HEAD': {
    needs: 'viewer',
    status: 200,
    ask: (base) => ({ method: 'HEAD', path: `${base}/files` }),
  },
  usage: { needs: 'viewer', status: 200, ask: (base) => ({ method: 'GET', path: `${base}/files/usage` }) },
  'begin a small upload': {
    needs: 'editor',
    status: 201,
    ask: (base) => ({ method: 'POST', path: `${base}/uploads`, body: small }),
  },
  'begin a large upload': {
    needs: 'editor',
    status: 201,
    ask: (base) => ({ method: 'POST', path: `${base}/uploads`, body: { ...FILM, name: 'new.mp4' } }),
  },
  thumbnail: {
    needs: 'editor',
    status: 201,
    ask: (base) => ({
      method: 'POST',
      path: `${base}/thumbnails`,
      body: { name: 'film.mp4', size: BYTES.length, sha256: SHA256 },
    }),
  },
  'read an upload': {
    needs: 'editor',
    status: 200,
    ask: (base, upload) => ({ method: 'GET', path: `${base}/uploads/${upload}` }),
  },
  'addresses of parts': {
    needs: 'editor',
    status: 200,
    ask: (base, upload) => ({
      method: 'POST',
      path: `${base}/uploads/${upload}/parts`,
      body: { parts: [{ number: 1, sha256: SHA256 }] },
    }),
  },
  'complete an upload': {
    needs: 'editor',
    status: 200,
    ask: (base, upload) => ({ method: 'POST', path: `${base}/uploads/${upload}/complete` }),
  },
  'drop an upload': {
    needs: 'editor',
    status: 204,
    ask: (base, upload) => ({ method: 'DELETE', path: `${base}/uploads/${upload}` }),
  },
  'list shares': {
    needs: 'editor',
    status: 200,
    ask: (base) => ({ method: 'GET', path: `${base}/shares` }),
  },
  'share a file': {
    needs: 'editor',
    status: 201,
    ask: (base) => ({ method: 'POST', path: `${base}/shares`, body: { name: 'film.mp4' } }),
  },
  'revoke a share': {
    needs: 'editor',
    status: 204,
    ask: (base, _upload, share) => ({ method: 'DELETE', path: `${base}/shares/${share}` }),
  },
  'delete a file': {
    needs: 'editor',
    status: 204,
    ask: (base) => ({ method: 'DELETE', path: `${base}/files?name=film.mp4` }),
  },
};

interface Folder {
  path: string;
  /** What it is in the bucket. */
  key: string;
  /** Somebody who may do everything there. */
  by?: Person;
  /** What Alice is there. Undefined: she does not belong to it. */
  role?: Role;
}

const FOLDERS: Record<string, Folder> = {
  own: { path: '/api', key: 'users/alice/', by: alice, role: 'manager' },
  "another user's": { path: '/api/teams/bob', key: 'users/bob/' },
  'her own, as if it were a team': { path: '/api/teams/alice', key: 'users/alice/' },
  'own team as viewer': ofTeam('viewed', 'viewer'),
  'own team as editor': ofTeam('edited', 'editor'),
  'own team as manager': { ...ofTeam('managed', 'manager'), by: alice },
  'another team': ofTeam('another'),
  'a former team': ofTeam('former'),
  'a team that nobody made': { path: `/api/teams/${'a'.repeat(26)}`, key: `teams/${'a'.repeat(26)}/` },
  'no id': { path: '/api/teams/none', key: 'users/alice/' },
};
const BOBS_OWN: Folder = { path: '/api', key: 'users/bob/', by: bob };
const KEYS = new Set(Object.values(FOLDERS).map(({ key }) => key));

function ofTeam(name: keyof typeof TEAMS, role?: Role): Folder {
  const id = TEAMS[name];
  return { path: `/api/teams/${id}`, key: `teams/${id}/`, by: bob, ...(role ? { role } : {}) };
}

const mayEdit = ({ role }: Folder) => role === 'editor' || role === 'manager';

/** Each folder has the same file with another content. */
async function putFiles(): Promise<void> {
  for (const key of KEYS) await put(`${key}film.mp4`, `of ${key}`);
}

/** Every key in the bucket with its ETag, and the shares of each folder, but for one folder. */
async function storedOutside(folder: string | undefined): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  const files = Contents.map(({ Key = '', ETag = '' }) => `${Key} ${ETag}`);
  for (const { path, key, by } of [...Object.values(FOLDERS), BOBS_OWN]) {
    if (by) files.push(`${key} ${(await by.ask('GET', `${path}/shares`)).text}`);
  }
  return files.filter((each) => folder === undefined || !each.startsWith(folder));
}

await alice.ask('DELETE', `/api/teams/${TEAMS.former}/members/alice`);

t.test('every route in every folder: who belongs to it with enough rights, and nobody else', async (t) => {
  for (const [place, folder] of Object.entries(FOLDERS)) {
    const { path, key, by, role } = folder;
    await putFiles();
    const share = (await by?.ask('POST', `${path}/shares`, { name: 'film.mp4' }))?.json['id'] ?? 1;
    const own = mayEdit(folder) ? key : undefined;
    const before = await storedOutside(own);
    for (const [name, route] of Object.entries(ROUTES)) {
      const what = `${place}: ${name}`;
      const isAllowed = route.needs === 'viewer' ? role !== undefined : mayEdit(folder);
      const starter = isAllowed ? alice : by;
      const upload = isAboutUpload(route) && starter ? await begun(folder, starter) : 'none';
      if (isAllowed && name === 'complete an upload') await fill(path, upload);
      const { status, code, text } = await ask(route.ask(path, upload, Number(share)));
      const refusal = role ? [403, 'role_too_low'] : [404, 'no_such_team'];
      if (isAllowed) t.equal(status, route.status, what);
      else t.strictSame([status, code], name.endsWith('HEAD') ? [404, undefined] : refusal, what);
      for (const other of KEYS)
        t.ok((isAllowed && other === key) || !text.includes(other), `${what}: nothing of ${other}`);
      if (isAboutUpload(route) && starter) await starter.ask('DELETE', `${path}/uploads/${upload}`);
    }
    t.strictSame(await storedOutside(own), before, `${place}: nothing else changed`);
  }
});

t.test('an upload goes on in its own folder only, and only by who began it', async (t) => {
  const routes = Object.entries(ROUTES).filter(([, route]) => isAboutUpload(route));
  t.equal(routes.length, 4);
  const uploads: [of: string, folder: Folder, by: Person][] = [
    ['her own folder', { path: '/api', key: 'users/alice/' }, alice],
    ["another user's folder", BOBS_OWN, bob],
    ['a team where she is a viewer', ofTeam('viewed'), bob],
    ['a team where she is an editor', ofTeam('edited'), alice],
    ['a team where she is a manager', ofTeam('managed'), alice],
    ['another team', ofTeam('another'), bob],
    ['her team, begun by another member', ofTeam('edited'), bob],
  ];
  await putFiles();
  const before = await storedOutside(undefined);
  for (const [of, folder, by] of uploads) {
    const upload = await begun(folder, by);
    for (const [place, other] of Object.entries(FOLDERS)) {
      if (!mayEdit(other) || (other.key === folder.key && by === alice)) continue;
      for (const [name, route] of routes) {
        const { status, code } = await ask(route.ask(other.path, upload, 0));
        t.strictSame([status, code], [404, 'no_such_upload'], `an upload to ${of}, in ${place}: ${name}`);
      }
    }
    t.equal((await by.ask('DELETE', `${folder.path}/uploads/${upload}`)).status, 204, 'it goes on');
  }
  t.strictSame(await storedOutside(undefined), before);
});

t.test('an uploader whose role was lowered, or who was removed, gets no further', async (t) => {
  const { path } = ofTeam('edited');
  const parts = ROUTES['addresses of parts'];
  const complete = ROUTES['complete an upload'];
  if (!parts || !complete) throw new Error('there are no such routes');
  const upload = await begun(ofTeam('edited'), alice);
  await fill(path, upload);
  const member = `${path}/members/alice`;
  const refusals = async () => {
    const codes = [];
    for (const route of [parts, complete]) codes.push((await ask(route.ask(path, upload, 0))).code);
    return codes;
  };
  t.equal((await bob.ask('PATCH', member, { role: 'viewer' })).status, 200);
  t.strictSame(await refusals(), ['role_too_low', 'role_too_low']);
  t.equal((await bob.ask('DELETE', member)).status, 204);
  t.strictSame(await refusals(), ['no_such_team', 'no_such_team']);
  await joinTeam(TEAMS.edited, bob, alice, 'editor');
  t.equal((await ask(complete.ask(path, upload, 0))).status, 200, 'added again');
});

t.test("spellings of a team's id", async (t) => {
  const id = TEAMS.edited;
  const encoded = [...id].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
  const same = [encoded, `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`];
  for (const spelling of same) {
    const { status, text } = await ask({ method: 'GET', path: `/api/teams/${spelling}/files` });
    t.equal(status, 200, spelling);
    t.ok(text.includes(`/teams/${id}/`), 'the one folder that the id names');
  }
  const others = [
    ...[id.toUpperCase(), `${id}.`, `${id}%2e`, `${id}%20`, `%20${id}`, `${id}%00`, `${id}%0a`, `${id}%09`],
    ...[`${id};`, `${id}%3b`, `${id},${id}`, `${id}%2f`, `${id}%2F..%2F${TEAMS.another}`, `.%2f${id}`],
    ...[
      `${id}%5c`,
      `${id}*`,
      `${id}%3f`,
      `${id}%23`,
      `${id.slice(1)}`,
      `${id}a`,
      `${id}${id}`,
      `${'a'.repeat(101)}`,
    ],
    ...['', '.', '..', '%2e', '%2e%2e', ':team', '*', 'undefined', 'null', '__proto__', 'constructor', '0'],
    ...[
      `%25${id.charCodeAt(0).toString(16)}${id.slice(1)}`,
      '%zz',
      '%',
      '%c0%af',
      `${id}%e2%80%8b`,
      `%ef%bd%81${id.slice(1)}`,
    ],
    ...[`${id}/`, `/${id}`, `${id}/.`, `./${id}`, `../teams/${id}`, `${id}/..`, `${id}/../${TEAMS.another}`],
    ...[TEAMS.another, `${TEAMS.another}?team=${id}`, `${TEAMS.another}/files?x=/${id}`],
  ];
  for (const spelling of others) {
    for (const end of ['/files', '/files/usage']) {
      const { status, text } = await ask({ method: 'GET', path: `/api/teams/${spelling}${end}` });
      t.ok(status === 404 || status === 400, `${spelling}${end}: ${status}`);
      for (const key of KEYS) t.notOk(text.includes(key), `${spelling}${end}`);
    }
  }
  const { text } = await ask({ method: 'GET', path: `/api/teams/${id}/files?team=${TEAMS.another}` });
  t.notOk(text.includes(TEAMS.another), 'a query names no team');
});

t.test('a refusal comes in its order', async (t) => {
  const path = `/api/teams/${TEAMS.viewed}/uploads`;
  const bad = { method: 'POST', path, body: { nonsense: 1 } };
  const codeOf = async (asked: Ask, headers: Record<string, string> = {}) =>
    (await ask(asked, alice, headers)).code;
  const none = { ...bad, path: `/api/teams/${TEAMS.another}/uploads` };
  const edited = { ...bad, path: `/api/teams/${TEAMS.edited}/uploads` };
  t.equal(await codeOf(none, { origin: 'null', cookie: '' }), 'cross_origin');
  t.equal(await codeOf(none, { cookie: '', 'gateway-user': 'bob' }), 'no_session');
  t.equal(await codeOf(none, { 'gateway-user': 'bob' }), 'account_changed');
  t.equal(await codeOf(none), 'no_such_team');
  t.equal(await codeOf(bad), 'role_too_low');
  t.equal(await codeOf(edited), 'bad_request');
});

t.test("a team's files have a limit of their own", async (t) => {
  const large = { ...small, size: MAX_TEAM_BYTES + 1 };
  const codeOf = async (path: string) =>
    (await ask({ method: 'POST', path: `${path}/uploads`, body: large })).code;
  t.equal(await codeOf(`/api/teams/${TEAMS.edited}`), 'quota_exceeded');
  t.equal(await codeOf('/api'), undefined);
  const { text } = await ask({ method: 'GET', path: `/api/teams/${TEAMS.edited}` });
  t.equal(JSON.parse(text).maxBytes, MAX_TEAM_BYTES, 'and a page is told it');
});
