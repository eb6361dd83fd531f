import t from 'tap';
import { startFiles, startPeople } from '../support/people.ts';
import { startStore } from '../support/service.ts';

const store = await startStore(t);
const { settings } = await startFiles(t);
const { origin, signIn, makeTeam } = await startPeople(t, { store, settings });
const ann = await signIn('ann');

type Asked = { method?: string; url: string; payload?: object | string };

/** Whether a request passes the check of its form. What happens to it then is another matter. */
async function isForm({ method = 'POST', url, payload }: Asked): Promise<boolean> {
  const text =
    typeof payload === 'string'
      ? await (await fetch(origin + url, { method, body: new URLSearchParams(payload) })).text()
      : (await ann.ask(method, url, payload)).text;
  return !text.includes('"code":"bad_request"');
}

const sha256 = 'a'.repeat(64);
const text = (length: number) => 'x'.repeat(length);
const list = <T>(length: number, one: (index: number) => T) =>
  Array.from({ length }, (_, index) => one(index));
const TEAM = `/api/teams/${await makeTeam(ann)}`;

type Ask = (value: number) => Asked;
const get =
  (url: string): Ask =>
  (length) => ({ method: 'GET', url: url + text(length) });
/** @param more the members of the body that have the value; the body has these others too */
const post =
  (url: string, more: (value: number) => object, others: object = {}): Ask =>
  (value) => ({ url, payload: { ...others, ...more(value) } });
const upload = (more: (value: number) => object) =>
  post('/api/uploads', more, { name: 'a', size: 1, type: 'text/plain', sha256 });
const described = (more: (value: number) => object) =>
  post('/api/files/details', more, { name: 'a', etag: 'e' });
const share = (more: (value: number) => object) => post('/api/shares', more, { name: 'a' });
const invite = (more: (value: number) => object) => post(`${TEAM}/invitations`, more, { role: 'viewer' });
const link = (more: (value: number) => object) => post(`${TEAM}/links`, more, { role: 'uploader' });
const parts = (more: (value: number) => object[]) =>
  post('/api/uploads/x/parts', (n) => ({ parts: more(n) }));
const secret = (url: string) => post(url, (n) => ({ secret: text(n) }));

/** Each row: the last values that are taken, the first ones that are not, and the request that has one. */
const BOUNDS: [what: string, taken: number[], refused: number[], ask: Ask][] = [
  ['name of a file', [2_048], [2_049], upload((n) => ({ name: text(n) }))],
  ['size of an upload', [0], [-1], upload((size) => ({ size }))],
  ['type of an upload', [255], [256], upload((n) => ({ type: text(n) }))],
  ['size of a thumbnail', [1], [0], post('/api/thumbnails', (size) => ({ size }), { name: 'a', sha256 })],
  ['prefix of a list', [1_024], [1_025], get('/api/files?prefix=')],
  ['cursor of a list', [2_048], [2_049], get('/api/files?cursor=')],
  ['cursor of the trash', [2_048], [2_049], get('/api/trash?cursor=')],
  ['names to delete', [1, 1_000], [0, 1_001], post('/api/files/delete', (n) => ({ names: list(n, String) }))],
  [
    'files to restore',
    [1, 1_000],
    [0, 1_001],
    post('/api/trash/restore', (n) => ({ files: list(n, (i) => ({ name: `${i}`, version: 'v' })) })),
  ],
  [
    'a version',
    [1, 1_024],
    [0, 1_025],
    post('/api/files/versions/restore', (n) => ({ version: text(n) }), { name: 'a' }),
  ],
  ['width', [1, 65_535], [0, 65_536], described((width) => ({ width }))],
  ['etag', [64], [65], described((n) => ({ etag: text(n) }))],
  [
    'team of a copy',
    [64],
    [65],
    post('/api/files/copy', (n) => ({ toTeam: text(n) }), { from: 'a', to: 'b' }),
  ],
  ['id of a move', [64], [65], get('/api/files/moves/')],
  ['id of a session', [64], [65], (n) => ({ method: 'DELETE', url: `/api/sessions/${text(n)}` })],
  ['parts', [1, 100], [0, 101], parts((n) => list(n, (i) => ({ number: i + 1, sha256 })))],
  ['number of a part', [1, 10_000], [0, 10_001], parts((number) => [{ number, sha256 }])],
  ['seconds of a share', [60, 604_800], [59, 604_801], share((expiresIn) => ({ expiresIn }))],
  ['name to save a share under', [1_024], [1_025], share((n) => ({ download: text(n) }))],
  ['secret of a share', [256], [257], secret('/auth/shares/open')],
  ['name of a team', [2_048], [2_049], post('/api/teams', (n) => ({ name: text(n) }))],
  ['uses of an invitation', [1, 100], [0, 101], invite((uses) => ({ uses }))],
  ['seconds of an invitation', [60, 2_592_000], [59, 2_592_001], invite((expiresIn) => ({ expiresIn }))],
  ['secret of an invitation', [256], [257], secret('/api/invitations/accept')],
  ['name of a link', [2_048], [2_049], link((n) => ({ name: text(n) }))],
  ['password of a link', [1, 256], [0, 257], link((n) => ({ password: text(n) }))],
  ['files of a link', [1, 10_000], [0, 10_001], link((maxFiles) => ({ maxFiles }))],
  ['bytes of a link', [1, 1_024 ** 4], [0, 1_024 ** 4 + 1], link((maxBytes) => ({ maxBytes }))],
  ['seconds of a link', [60, 31_536_000], [59, 31_536_001], link((expiresIn) => ({ expiresIn }))],
  ['secret of a link', [256], [257], secret('/auth/links/open')],
  ['password', [256], [257], post('/auth/links/open', (n) => ({ password: text(n) }), { secret: 's' })],
  [
    'a logout token',
    [16_384],
    [16_385],
    (n) => ({ url: '/auth/backchannel-logout', payload: `logout_token=${text(n)}` }),
  ],
];

t.test('the last value that a request may have is taken, and the next one is not', async (t) => {
  for (const [what, taken, refused, asked] of BOUNDS) {
    for (const value of taken) t.equal(await isForm(asked(value)), true, `${what}: ${value}`);
    for (const value of refused) t.equal(await isForm(asked(value)), false, `${what}: ${value}`);
  }
});

t.test('a file of up to 16 MiB goes in one PUT, which needs its sha256', async (t) => {
  for (const [size, isInOne] of [
    [16_777_216, true],
    [16_777_217, false],
  ] as const) {
    const { status } = await ann.ask('POST', '/api/uploads', { name: 'a', size, type: 'image/png' });
    t.equal(status, isInOne ? 400 : 201, `${size}`);
  }
});
