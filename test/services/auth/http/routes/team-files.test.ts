import process from 'node:process';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import t from 'tap';
import { SESSION_COOKIE } from '../../../../../core/cookies.ts';
import { folderKey } from '../../../../../core/file-name.ts';
import {
  newTeamId,
  type Owner,
  parseTeamId,
  type TeamId,
  teamOwner,
  userOwner,
} from '../../../../../core/owner.ts';
import { deriveUserId, type UserId } from '../../../../../core/user-id.ts';
import type { Role } from '../../../../../services/auth/domain/membership.ts';
import { withShare } from '../../../../../services/auth/domain/shares.ts';
import { newTeam } from '../../../../../services/auth/domain/team.ts';
import { withMembership, withoutMembership } from '../../../../../services/auth/domain/team-starts.ts';
import { changeTeam } from '../../../../../services/auth/records/change-team.ts';
import { hex, put as putPart } from '../../../../support/multipart.ts';
import { BUCKET, OPERATOR, put, raw, s3Client, startS3 } from '../../../local/support/local-s3.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { change, nowEpoch, seedSession } from '../../support/seed-session.ts';
import { STORE_CREDENTIALS, startService, startStore, tokenMacOf } from '../../support/service.ts';

await startStore(t);
const { store, port: s3Port } = await startS3({
  credentials: [OPERATOR, { ...STORE_CREDENTIALS, principal: { kind: 'operator' } }],
});
t.teardown(() => store.close());
process.env['AWS_ENDPOINT_URL_S3'] = `http://localhost:${s3Port}`;
const s3 = s3Client(s3Port);
t.teardown(() => s3.destroy());

const provider = await startMisbehavingProvider(t);
const lines: string[] = [];
const stream = { write: (line: string) => void lines.push(line) };
const MAX_TEAM_BYTES = 20_000_000;
const settings = {
  BUCKET_NAME: BUCKET,
  AWS_ENDPOINT_URL_S3: `http://localhost:${s3Port}`,
  MAX_TEAM_BYTES: String(MAX_TEAM_BYTES),
};
const service = await startService(t, provider.issuer, settings, { level: 'info', stream });
const { origin, stores, deps } = service;
const port = Number(new URL(origin).port);

const ALICE = deriveUserId('https://issuer.example', 'alice');
const BOB = deriveUserId('https://issuer.example', 'bob');
const TEAMS = {
  viewed: newTeamId(),
  edited: newTeamId(),
  managed: newTeamId(),
  another: newTeamId(),
  former: newTeamId(),
};
const ROLES: Record<string, Record<UserId, Role>> = {
  viewed: { [ALICE]: 'viewer', [BOB]: 'manager' },
  edited: { [ALICE]: 'editor', [BOB]: 'editor' },
  managed: { [ALICE]: 'manager' },
  another: { [BOB]: 'manager' },
  former: { [BOB]: 'manager' },
};

/** What the record says. The item stays as it is. */
async function give(userId: UserId, teamId: TeamId, role: Role | undefined): Promise<void> {
  await change(stores.users, userId, (user) =>
    role
      ? withMembership(user, { teamId, role, kind: 'made' }, nowEpoch())
      : withoutMembership(user, teamId, nowEpoch()),
  );
}

for (const [name, teamId] of Object.entries(TEAMS)) {
  const roles = [ALICE, BOB].flatMap((userId) => {
    const role = ROLES[name]?.[userId];
    return role ? [{ userId, role, joinedAtEpoch: nowEpoch() }] : [];
  });
  await stores.teams.write(teamId, 0, { ...newTeam(name, { userId: BOB }, nowEpoch()), members: roles });
  for (const { userId, role } of roles) await give(userId, teamId, role);
}
await give(ALICE, TEAMS.former, 'editor');
await give(ALICE, TEAMS.former, undefined);

const tokens = new Map<UserId, string>();
for (const id of [ALICE, BOB]) {
  tokens.set(id, (await seedSession(stores.users, id, {}, tokenMacOf(service))).token);
}

interface Ask {
  method: string;
  path: string;
  body?: object;
}

async function ask({ method, path, body }: Ask, userId = ALICE, headers: Record<string, string> = {}) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const cookie = `${SESSION_COOKIE}=${tokens.get(userId)}`;
  const sent = body === undefined ? '' : JSON.stringify(body);
  const length = { 'content-length': String(Buffer.byteLength(sent)) };
  const answer = await raw(port, method, path, { origin, cookie, ...json, ...length, ...headers }, sent);
  const { code } = answer.body.startsWith('{') ? JSON.parse(answer.body) : { code: undefined };
  return { status: answer.status, code, text: answer.body };
}

/** Every key in the bucket, with its ETag, and the shares of each folder. */
async function stored(): Promise<Map<string, string>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  const files = Contents.map(({ Key = '', ETag = '' }): [string, string] => [Key, ETag]);
  const shares = [...OWNERS].map(async ([folder, owner]): Promise<[string, string]> => {
    const book = await bookOf(owner);
    return [`${folder}shares`, JSON.stringify([book?.shares, book?.revokedShares])];
  });
  return new Map([...files, ...(await Promise.all(shares))]);
}

async function bookOf(owner: Owner) {
  if (owner.kind === 'team') return (await stores.teams.read(owner.id))?.team;
  return (await stores.users.read(owner.id)).user;
}

/** A share of the folder's file, by Bob in a team. The number is that of the share. */
async function shared(owner: Owner): Promise<number> {
  const share = { name: 'film.mp4', expiresAtEpoch: nowEpoch() + 600 };
  if (owner.kind === 'user') {
    return (await change(stores.users, owner.id, (user) => withShare(user, share, nowEpoch()))).lastShare;
  }
  if (!(await bookOf(owner))) return 1;
  const by = { ...share, maker: { userId: BOB, start: 1 } };
  const team = await changeTeam({ ...stores, clock: deps.clock }, { teamId: owner.id }, (item) =>
    withShare(item, by, nowEpoch()),
  );
  return team.lastShare;
}

const BYTES = Buffer.from('a film');
const SHA256 = hex(BYTES);

let uploadsBegun = 0;

/** An upload in parts whose one part is there. The text is the upload's id. */
async function begun(owner: Owner, userId = owner.kind === 'user' ? owner.id : ALICE): Promise<string> {
  const file = { key: `${folderKey(owner)}film.mp4`, size: BYTES.length, type: 'video/mp4', replace: true };
  const uploader = { owner, userId };
  const { id } = await deps.uploads.begin(uploader, file, `upload-${++uploadsBegun}`);
  for (const part of await deps.uploads.presignParts(id, uploader, [{ number: 1, sha256: SHA256 }])) {
    await putPart(part, BYTES);
  }
  return id;
}

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
    ask: (base) => ({ method: 'POST', path: `${base}/uploads`, body: { ...small, size: 17_000_000 } }),
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
  owner: Owner;
  /** What Alice is there. Undefined: she does not belong to it. */
  role?: Role;
}

const FOLDERS: Record<string, Folder> = {
  own: { path: '/api', owner: userOwner(ALICE), role: 'manager' },
  "another user's": { path: `/api/teams/${BOB}`, owner: userOwner(BOB) },
  'her own, as if it were a team': { path: `/api/teams/${ALICE}`, owner: userOwner(ALICE) },
  'own team as viewer': ofTeam('viewed', 'viewer'),
  'own team as editor': ofTeam('edited', 'editor'),
  'own team as manager': ofTeam('managed', 'manager'),
  'another team': ofTeam('another'),
  'a former team': ofTeam('former'),
  'a team that nobody made': {
    path: `/api/teams/${'a'.repeat(26)}`,
    owner: teamOwner(parseTeamId('a'.repeat(26))),
  },
  'no id': { path: '/api/teams/none', owner: userOwner(ALICE) },
};

function ofTeam(name: keyof typeof TEAMS, role?: Role): Folder {
  const path = `/api/teams/${TEAMS[name]}`;
  return { path, owner: teamOwner(TEAMS[name]), ...(role ? { role } : {}) };
}

const OWNERS = new Map(Object.values(FOLDERS).map(({ owner }) => [folderKey(owner), owner]));

/** Each folder has the same file with another content. */
async function fill(): Promise<void> {
  for (const folder of OWNERS.keys()) await put(s3, `${folder}film.mp4`, `of ${folder}`);
}

/** What changed outside of one folder. */
function changedOutside(folder: string, before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => !key.startsWith(folder) && before.get(key) !== after.get(key),
  );
}

t.test('every route in every folder: who belongs to it with enough rights, and nobody else', async (t) => {
  for (const [place, { path, owner, role }] of Object.entries(FOLDERS)) {
    const mayRead = role !== undefined;
    const mayEdit = role === 'editor' || role === 'manager';
    await fill();
    const share = await shared(owner);
    let before = await stored();
    for (const [name, route] of Object.entries(ROUTES)) {
      const what = `${place}: ${name}`;
      const upload = isAboutUpload(route) ? await begun(owner) : '';
      const { status, code, text } = await ask(route.ask(path, upload, share));
      const isAllowed = route.needs === 'viewer' ? mayRead : mayEdit;
      const refusal = mayRead ? [403, 'role_too_low'] : [404, 'no_such_team'];
      if (isAllowed) t.equal(status, route.status, what);
      else t.strictSame([status, code], name.endsWith('HEAD') ? [404, undefined] : refusal, what);
      const folder = isAllowed ? folderKey(owner) : 'nobody';
      for (const key of OWNERS.keys())
        t.ok(key === folder || !text.includes(key), `${what}: nothing of ${key}`);
      const after = await stored();
      t.strictSame(changedOutside(folder, before, after), [], `${what}: nothing else changed`);
      before = after;
    }
  }
});

t.test('an upload goes on in its own folder only, and only by who began it', async (t) => {
  const routes = Object.entries(ROUTES).filter(([, route]) => isAboutUpload(route));
  t.equal(routes.length, 4);
  const uploads: [of: string, owner: Owner, by: UserId][] = [
    ['her own folder', userOwner(ALICE), ALICE],
    ["another user's folder", userOwner(BOB), BOB],
    ['a team where she is a viewer', teamOwner(TEAMS.viewed), ALICE],
    ['a team where she is an editor', teamOwner(TEAMS.edited), ALICE],
    ['a team where she is a manager', teamOwner(TEAMS.managed), ALICE],
    ['another team', teamOwner(TEAMS.another), BOB],
    ['a former team', teamOwner(TEAMS.former), ALICE],
    ['her team, begun by another member', teamOwner(TEAMS.edited), BOB],
  ];
  await fill();
  for (const [of, owner, by] of uploads) {
    const upload = await begun(owner, by);
    const before = await stored();
    for (const [place, folder] of Object.entries(FOLDERS)) {
      if (folder.role !== 'editor' && folder.role !== 'manager') continue;
      if (folderKey(folder.owner) === folderKey(owner) && by === ALICE) continue;
      for (const [name, route] of routes) {
        const { status, code } = await ask(route.ask(folder.path, upload, 0));
        const what = `an upload to ${of}, in ${place}: ${name}`;
        t.strictSame([status, code], [404, 'no_such_upload'], what);
      }
    }
    t.strictSame(changedOutside('nobody', before, await stored()), [], of);
    await deps.uploads.complete(upload, { owner, userId: by });
  }
});

t.test('an uploader whose role was lowered, or who was removed, gets no further', async (t) => {
  const { path, owner } = ofTeam('edited', 'editor');
  const parts = ROUTES['addresses of parts'];
  const complete = ROUTES['complete an upload'];
  if (!parts || !complete) throw new Error('there are no such routes');
  const upload = await begun(owner);
  const before = await stored();
  for (const [role, refusal] of [
    ['viewer', [403, 'role_too_low']],
    [undefined, [404, 'no_such_team']],
  ] as const) {
    await give(ALICE, TEAMS.edited, role);
    for (const route of [parts, complete]) {
      const { status, code } = await ask(route.ask(path, upload, 0));
      t.strictSame([status, code], refusal, route.ask(path, '', 0).path);
    }
  }
  t.strictSame(changedOutside('nobody', before, await stored()), []);
  await give(ALICE, TEAMS.edited, 'editor');
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
      for (const key of OWNERS.keys()) t.notOk(text.includes(key), `${spelling}${end}`);
    }
  }
  const { text } = await ask({ method: 'GET', path: `/api/teams/${id}/files?team=${TEAMS.another}` });
  t.notOk(text.includes(TEAMS.another), 'a query names no team');
});

t.test('a refusal comes in its order', async (t) => {
  const path = `/api/teams/${TEAMS.viewed}/uploads`;
  const bad = { method: 'POST', path, body: { nonsense: 1 } };
  const codeOf = async (asked: Ask, headers: Record<string, string> = {}) =>
    (await ask(asked, ALICE, headers)).code;
  const none = { ...bad, path: `/api/teams/${TEAMS.another}/uploads` };
  const edited = { ...bad, path: `/api/teams/${TEAMS.edited}/uploads` };
  t.equal(await codeOf(none, { origin: 'null', cookie: '' }), 'cross_origin');
  t.equal(await codeOf(none, { cookie: '', 'gateway-user': BOB }), 'no_session');
  t.equal(await codeOf(none, { 'gateway-user': BOB }), 'account_changed');
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
