import { createHash } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import Schema from 'typebox/schema';
import { parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { AUDIT_EVENTS } from '../../../../services/auth/http/audit.ts';
import { exchange, idTokenByDevice, postToken, withBearer } from '../../../support/bearer.ts';
import {
  CookieJar,
  inTeam,
  openLink,
  parseJson,
  png,
  type SignedInUser,
  send,
  sha256,
  signIn,
} from '../../../support/client.ts';
import { logoutToken } from '../../../support/logout-token.ts';
import { begin, FILM_BYTES, film, hex, putParts } from '../../../support/multipart.ts';
import { startTestStack } from '../../../support/test-stack.ts';
import { storesOf } from '../support/service.ts';

interface Operation {
  operationId: string;
  summary: string;
  parameters: { name: string; in: string; required: boolean }[];
  security?: object[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Document {
  openapi: string;
  servers: { url: string }[];
  components: { securitySchemes: Record<string, { name?: string }> };
  paths: Record<string, Record<string, Operation>>;
}

const stack = await startTestStack(t);
const { appOrigin } = stack;
const db = new DynamoDBClient({
  endpoint: `http://localhost:${stack.settings.ports.dynamodb}`,
  region: 'us-east-1',
  credentials: stack.state.secrets.service,
});
t.teardown(() => db.destroy());
const { TableNames = [] } = await db.send(new ListTablesCommand({}));
const tableName = TableNames.find((name) => name.includes('Sessions')) ?? '';
const { moves } = storesOf({ db, tableName });
const viewer = await signIn(stack, 'viewer');
const answer = await fetch(`${appOrigin}/api/openapi.json`);
const document = await parseJson<Document>(answer);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
);

t.test('the document is OpenAPI 3.1 of this host', async (t) => {
  t.match(answer.headers.get('content-type'), 'application/json');
  t.equal(document.openapi, '3.1.0');
  t.strictSame(document.servers, [{ url: appOrigin }]);
  const ids = operations.map(({ operationId }) => operationId);
  t.equal(new Set(ids).size, ids.length, 'operation ids are unique');
  for (const { path, operationId, parameters, summary, responses } of operations) {
    const inPath = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name);
    t.strictSame(
      parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
      inPath,
      operationId,
    );
    t.ok(summary.length > 5 && Object.values(responses).every(({ description }) => description), operationId);
    t.ok(
      Object.keys(responses).some((status) => status < '400'),
      operationId,
    );
  }
});

/** The answers of an operation, one for each situation. Every operation of the document must be here. */
type Drive = (user: SignedInUser, get: typeof ask) => Promise<Response[]>;
const ask = (path: string, init: RequestInit = {}) => send(new CookieJar(), appOrigin + path, init);
const FILM = film();
const upload = { name: 'a b.png', type: 'image/png', size: png().length, sha256: sha256(png()) };
async function placed(user: SignedInUser, get: typeof ask, how: 'move' | 'copy'): Promise<Response[]> {
  const path = `/api/files/${how}`;
  const name = `${how}.png`;
  await user.upload({ name, type: 'image/png', bytes: png(), replace: true });
  return [
    await user.post(path, { from: name, to: `${how} 2.png`, replace: true }),
    await user.post(path, { from: 'none.png', to: 'x.png' }),
    await user.post(path, { from: `${how} 2.png`, to: `${how} 2.png` }),
    await user.post(path, { from: name, to: '..' }),
    await user.post(path, { from: name, to: 'x.png', toTeam: 'none' }),
    await user.post(path, { from: name }),
    await get(path, { method: 'POST' }),
  ];
}

/** A file in the trash. */
async function trashed(user: SignedInUser): Promise<{ name: string; version?: string }> {
  const name = 'gone.png';
  await user.upload({ name, type: 'image/png', bytes: png(), replace: true });
  const answer = await user.post('/api/files/delete', { names: [name] });
  const { deleted } = await parseJson<{ deleted: { name: string; version?: string }[] }>(answer);
  return deleted[0] ?? { name };
}

/** These are the operations on files, which are there twice: in the user's own folder and in those of teams. */
const FOLDER_DRIVES: Record<string, Drive> = {
  list_files: async (user, get) => {
    await user.upload({ name: 'a b.png', type: 'image/png', bytes: png() });
    return [
      await user.request(`${appOrigin}/api/files`),
      await user.request(`${appOrigin}/api/files?limit=1&prefix=a`),
      await user.request(`${appOrigin}/api/files?limit=0`),
      await get('/api/files'),
    ];
  },
  usage: async (user, get) => [
    await user.request(`${appOrigin}/api/files/usage`),
    await get('/api/files/usage'),
  ],
  create_upload: async (user, get) => [
    await user.post('/api/uploads', upload),
    await user.post('/api/uploads', { ...upload, size: FILM_BYTES }),
    await user.post('/api/uploads', { ...upload, size: 2 ** 40 }),
    await user.post('/api/uploads', { ...upload, type: 'text/HTML' }),
    await user.post('/api/uploads', { ...upload, name: '../a.png' }),
    await user.post('/api/uploads', {}),
    await get('/api/uploads', { method: 'POST' }),
  ],
  create_thumbnail: async (user, get) => {
    await user.upload({ name: 'with.png', type: 'image/png', bytes: png() });
    const thumbnail = { name: 'with.png', size: 9, sha256: sha256(png()) };
    return [
      await user.post('/api/thumbnails', thumbnail),
      await user.post('/api/thumbnails', { ...thumbnail, name: 'none.png' }),
      await user.post('/api/thumbnails', { ...thumbnail, size: 65_537 }),
      await user.post('/api/thumbnails', { ...thumbnail, name: '.thumbnails/with.png' }),
      await user.post('/api/thumbnails', { ...thumbnail, size: 0 }),
      await get('/api/thumbnails', { method: 'POST' }),
    ];
  },
  describe_file: async (user, get) => {
    await user.upload({ name: 'with.png', type: 'image/png', bytes: png() });
    const described = { name: 'with.png', etag: createHash('md5').update(png()).digest('hex'), width: 1 };
    return [
      await user.post('/api/files/details', described),
      await user.post('/api/files/details', { ...described, etag: '0' }),
      await user.post('/api/files/details', { ...described, name: '..' }),
      await user.post('/api/files/details', { ...described, width: 0 }),
      await get('/api/files/details', { method: 'POST' }),
    ];
  },
  delete_file: async (user, get) => [
    await user.delete('/api/files?name=none.png'),
    await user.delete('/api/files?name=..'),
    await user.delete('/api/files'),
    await get('/api/files?name=a', { method: 'DELETE' }),
    await get('/api/files?name=a', { method: 'DELETE', headers: { origin: appOrigin } }),
  ],
  delete_files: async (user, get) => [
    await user.post('/api/files/delete', { names: ['none.png', '..'] }),
    await user.post('/api/files/delete', { names: [] }),
    await get('/api/files/delete', { method: 'POST' }),
  ],
  move_file: (user, get) => placed(user, get, 'move'),
  copy_file: (user, get) => placed(user, get, 'copy'),
  read_move: async (user, get) => {
    const { url } = await user.upload({ name: 'm.png', type: 'image/png', bytes: png(), replace: true });
    const [, kind, id = ''] = new URL(url).pathname.split('/');
    const from = kind === 'teams' ? teamOwner(parseTeamId(id)) : userOwner(parseUserId(id));
    const startedAtEpoch = Math.floor(Date.now() / 1_000);
    await moves.create(id, { userId: parseUserId(user.id), from, startedAtEpoch });
    return [
      await user.request(`${appOrigin}/api/files/moves/${id}`),
      await user.request(`${appOrigin}/api/files/moves/none`),
      await get('/api/files/moves/none'),
    ];
  },
  make_folder: async (user, get) => [
    await user.post('/api/folders', { name: 'empty' }),
    await user.post('/api/folders', { name: 'empty' }),
    await user.post('/api/folders', { name: '..' }),
    await user.post('/api/folders', {}),
    await get('/api/folders', { method: 'POST' }),
  ],
  list_trash: async (user, get) => {
    await trashed(user);
    return [await user.request(`${appOrigin}/api/trash`), await get('/api/trash')];
  },
  restore_files: async (user, get) => {
    const file = await trashed(user);
    return [
      await user.post('/api/trash/restore', file),
      await user.post('/api/trash/restore', file),
      await user.post('/api/trash/restore', { files: [file] }),
      await user.post('/api/trash/restore', { ...file, version: 'none', name: 'none.png' }),
      await user.post('/api/trash/restore', { ...file, name: '..' }),
      await user.post('/api/trash/restore', {}),
      await get('/api/trash/restore', { method: 'POST' }),
    ];
  },
  empty_trash: async (user, get) => {
    const { name, version } = await trashed(user);
    return [
      await user.delete(`/api/trash?name=${name}&version=${version}`),
      await user.delete('/api/trash?name=..&version=x'),
      await user.delete('/api/trash?name=a'),
      await user.delete('/api/trash'),
      await get('/api/trash', { method: 'DELETE' }),
    ];
  },
  list_versions: async (user, get) => {
    await user.upload({ name: 'v.png', type: 'image/png', bytes: png(), replace: true });
    return [
      await user.request(`${appOrigin}/api/files/versions?name=v.png`),
      await user.request(`${appOrigin}/api/files/versions?name=none.png`),
      await user.request(`${appOrigin}/api/files/versions?name=..`),
      await user.request(`${appOrigin}/api/files/versions`),
      await get('/api/files/versions?name=v.png'),
    ];
  },
  restore_version: async (user, get) => {
    await user.upload({ name: 'v.png', type: 'image/png', bytes: png(), replace: true });
    const { versions } = await parseJson<{ versions: { version: string }[] }>(
      await user.request(`${appOrigin}/api/files/versions?name=v.png`),
    );
    const file = { name: 'v.png', version: versions[0]?.version };
    return [
      await user.post('/api/files/versions/restore', file),
      await user.post('/api/files/versions/restore', { ...file, version: 'none' }),
      await user.post('/api/files/versions/restore', { ...file, name: '..' }),
      await user.post('/api/files/versions/restore', {}),
      await get('/api/files/versions/restore', { method: 'POST' }),
    ];
  },
  create_share: async (user, get) => {
    await user.upload({ name: 'a b.png', type: 'image/png', bytes: png() });
    return [
      await user.post('/api/shares', { name: 'a b.png' }),
      await user.post('/api/shares', { name: 'none.png' }),
      await user.post('/api/shares', { name: 'a b.png', download: 'a/b' }),
      await user.post('/api/shares', { name: 'a b.png', ip: '::1' }),
      await user.post('/api/shares', {}),
      await get('/api/shares', { method: 'POST' }),
    ];
  },
  list_shares: async (user, get) => {
    await user.post('/api/shares', { name: 'a b.png' });
    return [await user.request(`${appOrigin}/api/shares`), await get('/api/shares')];
  },
  delete_share: async (user, get) => {
    const { id } = await parseJson<{ id: number }>(await user.post('/api/shares', { name: 'a b.png' }));
    return [
      await user.delete(`/api/shares/${id}`),
      await user.delete('/api/shares/999'),
      await user.delete('/api/shares/x'),
      await get('/api/shares/1', { method: 'DELETE' }),
    ];
  },
  read_upload: async (user, get) => {
    const { upload: begun } = await begin(user, 'a.mp4');
    await putParts(user, begun, FILM, [3]);
    return [
      await user.request(`${appOrigin}/api/uploads/${begun.id}`),
      await user.request(`${appOrigin}/api/uploads/none`),
      await get(`/api/uploads/${begun.id}`),
    ];
  },
  presign_parts: async (user, get) => {
    const path = `/api/uploads/${(await begin(user, 'a.mp4')).upload.id}/parts`;
    const sha256 = hex(FILM.subarray(0, 1_024));
    return [
      await user.post(path, { parts: [{ number: 1, sha256 }] }),
      await user.post(path, { parts: [{ number: 4, sha256 }] }),
      await user.post(path, { parts: [{ number: 0, sha256 }] }),
      await user.post(path, { parts: [] }),
      await user.post('/api/uploads/none/parts', { parts: [{ number: 1, sha256 }] }),
      await get(path, { method: 'POST' }),
    ];
  },
  complete_upload: async (user, get) => {
    const { upload: begun } = await begin(user, 'a.mp4');
    const path = `/api/uploads/${begun.id}/complete`;
    const early = await user.post(path);
    await putParts(user, begun, FILM, [1, 2, 3]);
    return [
      early,
      await user.post(path),
      await user.post('/api/uploads/none/complete'),
      await get(path, { method: 'POST', headers: { origin: appOrigin } }),
      await get(path, { method: 'POST' }),
    ];
  },
  abort_upload: async (user, get) => {
    const { upload: begun } = await begin(user, 'a.mp4');
    return [
      await user.delete(`/api/uploads/${begun.id}`),
      await user.delete('/api/uploads/none'),
      await get(`/api/uploads/${begun.id}`, { method: 'DELETE' }),
    ];
  },
};

const DRIVES: Record<string, Drive> = {
  livez: async () => [await ask('/livez')],
  readyz: async () => [await ask('/readyz')],
  openapi: async () => [await ask('/api/openapi.json')],
  login: async () => [await ask('/auth/login?return_to=/x')],
  callback: async (user) => [user.callback, await ask('/auth/callback?state=x')],
  session: async (user) => [await user.request(`${appOrigin}/auth/session`), await ask('/auth/session')],
  refresh: async (user) => [
    await user.post('/auth/refresh'),
    await user.post('/auth/refresh', { background: true }),
    await user.post('/auth/refresh', { other: 1 }),
    await ask('/auth/refresh', { method: 'POST' }),
    await ask('/auth/refresh', { method: 'POST', headers: { origin: appOrigin } }),
    await user.request(`${appOrigin}/auth/refresh`, {
      method: 'POST',
      headers: { origin: appOrigin, 'gateway-user': 'other' },
    }),
  ],
  list_sessions: async (user) => [
    await user.request(`${appOrigin}/api/sessions`),
    await ask('/api/sessions'),
  ],
  delete_session: async (user) => {
    const other = await signIn(stack, 'alice');
    const listed = await parseJson<{ sessions: { id: string; current: boolean }[] }>(
      await other.request(`${appOrigin}/api/sessions`),
    );
    const id = listed.sessions.find(({ current }) => current)?.id;
    return [
      await user.delete(`/api/sessions/${id}`),
      await user.delete(`/api/sessions/${id}`),
      await ask(`/api/sessions/${id}`, { method: 'DELETE' }),
      await ask(`/api/sessions/${id}`, { method: 'DELETE', headers: { origin: appOrigin } }),
    ];
  },
  logout: async () => [
    await (await signIn(stack, 'one')).post('/auth/logout'),
    await (await signIn(stack, 'two')).request(`${appOrigin}/auth/logout`, {
      method: 'POST',
      headers: { origin: appOrigin },
    }),
    await ask('/auth/logout', { method: 'POST' }),
  ],
  logout_all: async () => [
    await (await signIn(stack, 'four')).post('/auth/logout-all'),
    await ask('/auth/logout-all', { method: 'POST' }),
  ],
  backchannel_logout: async () => {
    const form = (body: Record<string, string>) =>
      ask('/auth/backchannel-logout', { method: 'POST', body: new URLSearchParams(body) });
    return [
      await form({ logout_token: await logoutToken(stack, { sub: 'five' }) }),
      await form({ logout_token: 'x' }),
      await form({}),
    ];
  },
  token: async () => {
    const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
    const idToken = await idTokenByDevice(issuer, 'six');
    return [
      await postToken(appOrigin, idToken),
      await postToken(appOrigin, idToken),
      await postToken(appOrigin, idToken, { grant_type: 'x' }),
      await postToken(appOrigin, idToken, {}, { origin: appOrigin }),
    ];
  },
  done: async () => [await ask('/auth/done')],
  end_session: async () => {
    const user = await signIn(stack, 'three');
    const { redirect_to } = await parseJson<{ redirect_to: string }>(await user.post('/auth/logout'));
    return [await ask(redirect_to), await ask(redirect_to)];
  },
  signed_out: async () => {
    const user = await signIn(stack, 'six');
    const { redirect_to } = await parseJson<{ redirect_to: string }>(await user.post('/auth/logout'));
    const { headers } = await user.request(appOrigin + redirect_to);
    const state = new URL(headers.get('location') ?? '').searchParams.get('state');
    const back = `${appOrigin}/auth/signed-out?state=${state}`;
    return [await user.request(back), await user.request(back)];
  },
};

const A_USER = 'a'.repeat(26);

/** A team of the user, and its path. */
async function makeTeam(user: SignedInUser): Promise<{ id: string; path: string }> {
  const { id } = await parseJson<{ id: string }>(await user.post('/api/teams', { name: 'Photos' }));
  return { id, path: `/api/teams/${id}` };
}

/** A team of the user, with another member, who is a viewer and makes the requests. */
async function joinTeam(user: SignedInUser) {
  const { path } = await makeTeam(user);
  const invited = await user.post(`${path}/invitations`, { role: 'viewer' });
  const { id, url } = await parseJson<{ id: string; url: string }>(invited);
  const secret = new URL(url).hash.replace('#join=', '');
  return {
    path,
    invitation: id,
    viewer,
    secret,
    joined: await viewer.post('/api/invitations/accept', { secret }),
  };
}

/** Sends a request as the app's own page does. */
function change(user: SignedInUser, method: 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object) {
  const headers = { origin: appOrigin, ...(body && { 'content-type': 'application/json' }) };
  return user.request(appOrigin + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

const TEAM_DRIVES: Record<string, Drive> = {
  list_teams: async (user) => {
    await makeTeam(user);
    return [await user.request(`${appOrigin}/api/teams`), await ask('/api/teams')];
  },
  make_team: async (user) => [
    await user.post('/api/teams', { name: 'Photos' }),
    await user.post('/api/teams', { name: 'x'.repeat(101) }),
    await user.post('/api/teams', {}),
    await ask('/api/teams', { method: 'POST' }),
  ],
  read_team: async (user) => {
    const { path } = await makeTeam(user);
    return [await user.request(appOrigin + path), await user.request(`${appOrigin}/api/teams/x`)];
  },
  rename_team: async (user) => {
    const { path, viewer } = await joinTeam(user);
    return [
      await change(user, 'PATCH', path, { name: 'Films' }),
      await change(user, 'PATCH', path, { name: ' ' }),
      await change(user, 'PATCH', path, {}),
      await change(viewer, 'PATCH', path, { name: 'Mine' }),
      await change(user, 'PATCH', '/api/teams/x', { name: 'None' }),
    ];
  },
  delete_team: async (user) => {
    const { path, viewer } = await joinTeam(user);
    return [
      await change(viewer, 'DELETE', path),
      await change(user, 'DELETE', path),
      await change(user, 'DELETE', path),
    ];
  },
  invite: async (user) => {
    const { path } = await makeTeam(user);
    return [
      await user.post(`${path}/invitations`, { role: 'editor', uses: 2, expiresIn: 3_600 }),
      await user.post(`${path}/invitations`, { role: 'owner' }),
      await user.post('/api/teams/x/invitations', { role: 'viewer' }),
    ];
  },
  list_invitations: async (user) => {
    const { path, viewer } = await joinTeam(user);
    await user.post(`${path}/invitations`, { role: 'editor' });
    return [
      await user.request(`${appOrigin}${path}/invitations`),
      await viewer.request(`${appOrigin}${path}/invitations`),
    ];
  },
  end_invitation: async (user) => {
    const { path, invitation, viewer } = await joinTeam(user);
    return [
      await change(user, 'DELETE', `${path}/invitations/${invitation}`),
      await change(user, 'DELETE', `${path}/invitations/none`),
      await change(viewer, 'DELETE', `${path}/invitations/${invitation}`),
    ];
  },
  accept_invitation: async (user) => {
    const { joined, secret, viewer } = await joinTeam(user);
    return [
      joined,
      await viewer.post('/api/invitations/accept', { secret }),
      await (await signIn(stack, 'late')).post('/api/invitations/accept', { secret }),
      await viewer.post('/api/invitations/accept', {}),
    ];
  },
  look_at_invitation: async (user) => {
    const { path } = await makeTeam(user);
    const invited = await user.post(`${path}/invitations`, { role: 'viewer' });
    const { url } = await parseJson<{ url: string }>(invited);
    const secret = new URL(url).hash.replace('#join=', '');
    const look = (body: object) => user.post('/api/invitations/look', body);
    return [await look({ secret }), await look({ secret: `${secret}x` }), await look({})];
  },
  place_team: async (user) => {
    const { path, viewer } = await joinTeam(user);
    const place = `${path}/place`;
    return [
      await change(viewer, 'PUT', place, { place: 'Work' }),
      await change(viewer, 'PUT', place, { place: null }),
      await change(viewer, 'PUT', place, { place: '..' }),
      await change(viewer, 'PUT', '/api/teams/x/place', { place: 'Work' }),
    ];
  },
  change_role: async (user) => {
    const { path, viewer } = await joinTeam(user);
    const member = `${path}/members/${viewer.id}`;
    return [
      await change(user, 'PATCH', member, { role: 'editor' }),
      await change(user, 'PATCH', member, { role: 'owner' }),
      await change(user, 'PATCH', `${path}/members/${user.id}`, { role: 'viewer' }),
      await change(user, 'PATCH', `${path}/members/${A_USER}`, { role: 'viewer' }),
      await change(viewer, 'PATCH', member, { role: 'manager' }),
    ];
  },
  remove_member: async (user) => {
    const { path, viewer } = await joinTeam(user);
    return [
      await change(viewer, 'DELETE', `${path}/members/${user.id}`),
      await change(user, 'DELETE', `${path}/members/${user.id}`),
      await change(user, 'DELETE', `${path}/members/${A_USER}`),
      await change(viewer, 'DELETE', `${path}/members/${viewer.id}`),
      await change(viewer, 'DELETE', `${path}/members/${viewer.id}`),
    ];
  },
};

/** A link to a new team of the user, and whoever has opened it. */
async function makeLink(user: SignedInUser, wanted: object) {
  const { path } = await makeTeam(user);
  const made = await user.post(`${path}/links`, wanted);
  const { id, url } = await parseJson<{ id: string; url: string }>(made.clone());
  const secret = new URL(url).hash.replace('#link=', '');
  return { made, id, secret, links: `${path}/links` };
}

const LINK_DRIVES: Record<string, Drive> = {
  make_link: async (user) => {
    const { made, links } = await makeLink(user, { role: 'viewer' });
    return [
      made,
      await user.post(links, { role: 'uploader', name: 'Tax', expiresIn: 60, maxFiles: 1 }),
      await user.post(links, { role: 'uploader', name: 'a/b' }),
      await user.post(links, { role: 'editor' }),
      await user.post('/api/teams/x/links', { role: 'viewer' }),
      await ask(links, { method: 'POST' }),
    ];
  },
  list_links: async (user) => {
    const { links } = await makeLink(user, { role: 'uploader', name: 'Tax' });
    await user.post(links, { role: 'viewer' });
    return [await user.request(appOrigin + links), await ask(links)];
  },
  change_link: async (user) => {
    const { links, id } = await makeLink(user, { role: 'viewer' });
    return [
      await change(user, 'PATCH', `${links}/${id}`, { password: 'p' }),
      await change(user, 'PATCH', `${links}/${id}`, { expiresIn: 1 }),
      await change(user, 'PATCH', `${links}/none`, { expiresIn: 60 }),
    ];
  },
  end_link: async (user) => {
    const { links, id } = await makeLink(user, { role: 'viewer' });
    return [
      await change(user, 'DELETE', `${links}/${id}`),
      await change(user, 'DELETE', `${links}/${id}`),
      await ask(`${links}/${id}`, { method: 'DELETE' }),
    ];
  },
  open_share: async (user) => {
    await user.upload({ name: 'shared.png', type: 'image/png', bytes: png(), replace: true });
    const { page } = await parseJson<{ page: string }>(
      await user.post('/api/shares', { name: 'shared.png' }),
    );
    const open = (body: object) => user.post('/auth/shares/open', body);
    return [
      await open({ secret: page.replace(/.*#share=/, '') }),
      await open({ secret: 'none' }),
      await open({}),
      await ask('/auth/shares/open', { method: 'POST' }),
    ];
  },
  open_link: async (user) => {
    const { secret } = await makeLink(user, { role: 'viewer', password: 'p' });
    const open = (body: object) => user.post('/auth/links/open', body);
    return [
      await open({ secret, password: 'p' }),
      await open({ secret: (await makeLink(user, { role: 'uploader' })).secret }),
      await open({ secret }),
      await open({ secret, password: 'q' }),
      await open({ secret: 'none' }),
      await open({}),
      await ask('/auth/links/open', { method: 'POST' }),
    ];
  },
  refresh_link: async (user) => {
    const { secret, id } = await makeLink(user, { role: 'viewer' });
    const viewer = await openLink(stack, secret);
    return [await viewer.post(`/auth/links/${id}/refresh`), await user.post(`/auth/links/${id}/refresh`)];
  },
  link_list_files: async (user, get) => {
    const viewer = await openLink(stack, (await makeLink(user, { role: 'viewer' })).secret);
    const uploader = await openLink(stack, (await makeLink(user, { role: 'uploader' })).secret);
    return [
      await viewer.request(`${appOrigin}/api/files`),
      await viewer.request(`${appOrigin}/api/files?limit=0`),
      await uploader.request(`${appOrigin}/api/files`),
      await get('/api/links/none/files'),
    ];
  },
};
/** The operations of `FOLDER_DRIVES` that whoever has an uploader's link can do too. */
const THROUGH_LINK = ['create_upload', 'read_upload', 'presign_parts', 'complete_upload', 'abort_upload'];

/** The answers of an operation. The drives of the own folder are sent to that of a team too, and through a link. */
async function answersOf(
  operationId: string,
  user: SignedInUser,
  { id, path }: Awaited<ReturnType<typeof makeTeam>>,
): Promise<Response[]> {
  const other = { ...DRIVES, ...TEAM_DRIVES, ...LINK_DRIVES }[operationId];
  const ofFolder = FOLDER_DRIVES[operationId.replace(/^(team|link)_/, '')];
  if (other) return other(user, ask);
  if (!ofFolder) return [];
  if (operationId.startsWith('link_')) {
    const { id, secret } = await makeLink(user, { role: 'uploader' });
    const uploader = await openLink(stack, secret);
    return ofFolder(uploader, (own, init) => ask(own.replace('/api', `/api/links/${id}`), init));
  }
  if (!operationId.startsWith('team_')) return ofFolder(user, ask);
  return ofFolder(inTeam(stack, user, id), (own, init) => ask(own.replace('/api', path), init));
}

t.test('every operation answers as the document says', async (t) => {
  const user = await signIn(stack, 'alice');
  const team = await makeTeam(user);
  const ofFolders = Object.keys(FOLDER_DRIVES).flatMap((name) => [name, `team_${name}`]);
  t.strictSame(
    operations.map(({ operationId }) => operationId).toSorted(),
    [
      ...ofFolders,
      ...THROUGH_LINK.map((name) => `link_${name}`),
      ...[DRIVES, TEAM_DRIVES, LINK_DRIVES].flatMap((drives) => Object.keys(drives)),
    ].toSorted(),
  );
  const answers = async ({ operationId, responses }: (typeof operations)[number], doer: SignedInUser) => {
    const seen: number[] = [];
    for (const answered of await answersOf(operationId, doer, team)) {
      const { status } = answered;
      seen.push(status);
      const described = responses[status];
      const type = answered.headers.get('content-type')?.split(';')[0] ?? '';
      const text = answered.bodyUsed ? '' : await answered.text();
      if (!described?.content) {
        t.ok(described && text === '', `${operationId} ${status} has no body`);
        continue;
      }
      const schema = described.content[type]?.schema;
      t.ok(schema, `${operationId} ${status} is ${type}`);
      const [fits, errors] = Schema.Errors(schema ?? false, type === 'text/html' ? text : JSON.parse(text));
      t.ok(fits, `${operationId} ${status} ${JSON.stringify(errors)}`);
    }
    t.ok(
      seen.some((status) => status < 400),
      `${operationId} succeeds`,
    );
  };
  // Each lane has files or teams of its own, and a person makes only so many teams a day.
  const lanes = Map.groupBy(operations, ({ operationId: id }) => {
    if (id in LINK_DRIVES || id.startsWith('link_')) return 'links';
    if (id in TEAM_DRIVES) return 'teams';
    return id in DRIVES ? 'others' : `files ${id.startsWith('team_')}`;
  });
  await Promise.all(
    [...lanes].map(async ([lane, those]) => {
      const doer = /^(files|others)/.test(lane) ? user : await signIn(stack, lane);
      for (const operation of those) await answers(operation, doer);
    }),
  );
  const log = (await stack.settledLog()).join('\n');
  const seen = new Set([...log.matchAll(/"audit":true,"event":"(\w+)"/g)].map(([, event]) => event));
  t.strictSame(
    Object.keys(AUDIT_EVENTS).filter((event) => !seen.has(event)),
    [
      // The provider's part, and what a manager does to another member, have tests of their own.
      ...['backchannel_logout', 'ended_at_recheck'],
      ...['revoked', 'forget_begun', 'forgotten', 'restored', 'released'],
      'member_removed',
    ],
    'each other change has its line in the audit',
  );
});

t.test(
  'a stranger is 401 where the document asks for a session, and 410 where it asks for a link',
  async (t) => {
    t.equal(document.components.securitySchemes['link']?.name, '__Host-link-{link}');
    for (const { path, method, operationId, security, responses, parameters, requestBody } of operations) {
      const url =
        appOrigin +
        path.replace(/{\w+}/g, 'x') +
        (parameters.some((each) => each.in === 'query') ? '?name=x' : '');
      const headers = { origin: appOrigin, ...(requestBody ? { 'content-type': 'application/json' } : {}) };
      const init = { method: method.toUpperCase(), headers, ...(requestBody ? { body: '{' } : {}) };
      const answered = await fetch(url, { ...init, redirect: 'manual' });
      const isAsked = security?.some((each) => 'session' in each) === true;
      const isOfLink = security?.some((each) => 'link' in each) === true;
      t.equal(
        isOfLink,
        /links\/\{link\}/.test(path) && !path.includes('{team}'),
        `${operationId}: through a link`,
      );
      t.equal(answered.status === 401, isAsked, `${operationId} ${answered.status}`);
      t.equal(answered.status === 410, isOfLink, `${operationId} ${answered.status}`);
      if (isOfLink) t.match(responses['410']?.description, '`link_over`', operationId);
      const described = responses['401']?.description ?? '';
      t.equal(described.includes('`no_session`'), isAsked, `${operationId} documents it`);
      if (isAsked) t.equal((await parseJson<{ code: string }>(answered)).code, 'no_session', path);
    }
    const asked = operations
      .filter(({ security }) => security?.some((each) => 'session' in each))
      .map(({ operationId }) => operationId);
    t.equal(asked.length, 66);
  },
);

t.test('an access token stands for the cookie wherever the document says so', async (t) => {
  const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
  const { access_token: token } = await exchange(appOrigin, await idTokenByDevice(issuer, 'seven'));
  for (const { path, method, operationId, security = [], requestBody, responses } of operations) {
    const url = appOrigin + path.replace(/{\w+}/g, 'x');
    const headers = requestBody ? { 'content-type': 'application/json' } : {};
    const init = { method: method.toUpperCase(), headers, ...(requestBody ? { body: '{' } : {}) };
    const isTaken = security.some((each) => 'bearer' in each);
    t.equal(
      isTaken,
      security.some((each) => 'session' in each),
      `${operationId}: both or none`,
    );
    if (!isTaken) continue;
    const answered = await withBearer(token, url, init);
    t.notOk([401, 429].includes(answered.status), `${operationId} ${answered.status}`);
    t.ok(responses[answered.status], `${operationId} documents ${answered.status}`);
    t.strictSame(answered.headers.getSetCookie(), [], operationId);
  }
  const refreshed = await withBearer(token, `${appOrigin}/auth/refresh`, { method: 'POST' });
  const body = await parseJson<{ files: object }>(refreshed);
  const schema = operations.find(({ operationId }) => operationId === 'refresh')?.responses['200']?.content;
  const [fits, errors] = Schema.Errors(schema?.['application/json']?.schema ?? false, body);
  t.ok(fits && 'query' in body.files, JSON.stringify(errors));
});

t.test('a person gets a page with the code in place of problem+json', async (t) => {
  const page = await ask('/auth/session', { headers: { accept: 'text/html' } });
  t.equal(page.status, 401);
  t.match(page.headers.get('content-type'), 'text/html');
  t.match(await page.text(), '<code>no_session</code>');
});
