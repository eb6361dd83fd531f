import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { newTeam, withSettled } from '../../../../services/auth/domain/team.ts';
import { withMembership } from '../../../../services/auth/domain/team-starts.ts';
import { change, nowEpoch, seedSession } from '../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../support/service.ts';

await startStore(t);
const ANN = parseUserId('ann');
const service = await startService(t, 'http://localhost:1', {
  ...{ TEAMS: 'made', RATE_LIMIT_PER_MINUTE: '10000' },
});
const { app, origin, stores, deps } = service;
deps.objects.find = async () => undefined;
deps.objects.list = async () => ({ files: [] });
const teamId = newTeamId();
await stores.teams.write(teamId, 0, withSettled(newTeam('Photos', { userId: ANN }, nowEpoch()), [ANN]));
await change(stores.users, ANN, (user) =>
  withMembership(user, { teamId, role: 'manager', kind: 'made' }, nowEpoch()),
);
const { token } = await seedSession(stores.users, ANN, {}, tokenMacOf(service));

type Asked = { method?: 'GET' | 'POST' | 'DELETE' | 'PATCH'; url: string; payload?: object | string };

/** Whether a request passes the check of its form. What happens to it then is another matter. */
async function isForm({ method = 'POST', url, payload }: Asked): Promise<boolean> {
  const { host } = new URL(origin);
  const isText = typeof payload === 'string';
  const answer = await app.inject({
    ...{ method, url },
    headers: {
      ...{ host, origin, cookie: `__Host-session=${token}` },
      ...(isText ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(payload === undefined ? {} : { payload }),
  });
  return !answer.body.includes('The request cannot be read');
}

const SHA256 = 'a'.repeat(64);
const text = (length: number) => 'x'.repeat(length);
const form = (given: Record<string, string>) => new URLSearchParams(given).toString();
const list = <T>(length: number, one: (index: number) => T) =>
  Array.from({ length }, (_, index) => one(index));
const TEAM = `/api/teams/${teamId}`;
const upload = (more: object) => ({ name: 'a', size: 1, type: 'text/plain', sha256: SHA256, ...more });
const described = (more: object) => ({ name: 'a', etag: 'e', ...more });
const link = (more: object) => ({ role: 'viewer', ...more });

/** Each row: the last values that are taken, the first ones that are not, and the request that has one. */
const BOUNDS: [what: string, taken: number[], refused: number[], asked: (value: number) => Asked][] = [
  ['name of a file', [2_048], [2_049], (n) => ({ url: '/api/uploads', payload: upload({ name: text(n) }) })],
  ['size of an upload', [0], [-1], (size) => ({ url: '/api/uploads', payload: upload({ size }) })],
  ['type of an upload', [255], [256], (n) => ({ url: '/api/uploads', payload: upload({ type: text(n) }) })],
  [
    'size of a thumbnail',
    [1],
    [0],
    (size) => ({ url: '/api/thumbnails', payload: { name: 'a', size, sha256: SHA256 } }),
  ],
  ['prefix of a list', [1_024], [1_025], (n) => ({ method: 'GET', url: `/api/files?prefix=${text(n)}` })],
  ['cursor of a list', [2_048], [2_049], (n) => ({ method: 'GET', url: `/api/files?cursor=${text(n)}` })],
  ['cursor of the trash', [2_048], [2_049], (n) => ({ method: 'GET', url: `/api/trash?cursor=${text(n)}` })],
  [
    'names to delete',
    [1, 1_000],
    [0, 1_001],
    (n) => ({ url: '/api/files/delete', payload: { names: list(n, String) } }),
  ],
  [
    'files to restore',
    [1, 1_000],
    [0, 1_001],
    (n) => ({
      url: '/api/trash/restore',
      payload: { files: list(n, (i) => ({ name: `${i}`, version: 'v' })) },
    }),
  ],
  [
    'a version',
    [1, 1_024],
    [0, 1_025],
    (n) => ({ url: '/api/files/versions/restore', payload: { name: 'a', version: text(n) } }),
  ],
  [
    'width',
    [1, 65_535],
    [0, 65_536],
    (width) => ({ url: '/api/files/details', payload: described({ width }) }),
  ],
  ['etag', [64], [65], (n) => ({ url: '/api/files/details', payload: described({ etag: text(n) }) })],
  [
    'team of a copy',
    [64],
    [65],
    (n) => ({ url: '/api/files/copy', payload: { from: 'a', to: 'b', toTeam: text(n) } }),
  ],
  ['id of a move', [64], [65], (n) => ({ method: 'GET', url: `/api/files/moves/${text(n)}` })],
  ['id of a session', [64], [65], (n) => ({ method: 'DELETE', url: `/api/sessions/${text(n)}` })],
  [
    'parts',
    [1, 100],
    [0, 101],
    (n) => ({
      url: '/api/uploads/x/parts',
      payload: { parts: list(n, (i) => ({ number: i + 1, sha256: SHA256 })) },
    }),
  ],
  [
    'number of a part',
    [1, 10_000],
    [0, 10_001],
    (number) => ({ url: '/api/uploads/x/parts', payload: { parts: [{ number, sha256: SHA256 }] } }),
  ],
  [
    'seconds of a share',
    [60, 604_800],
    [59, 604_801],
    (expiresIn) => ({ url: '/api/shares', payload: { name: 'a', expiresIn } }),
  ],
  [
    'name to save a share under',
    [1_024],
    [1_025],
    (n) => ({ url: '/api/shares', payload: { name: 'a', download: text(n) } }),
  ],
  ['secret of a share', [256], [257], (n) => ({ url: '/auth/shares/open', payload: { secret: text(n) } })],
  ['name of a team', [2_048], [2_049], (n) => ({ url: '/api/teams', payload: { name: text(n) } })],
  [
    'uses of an invitation',
    [1, 100],
    [0, 101],
    (uses) => ({ url: `${TEAM}/invitations`, payload: { role: 'viewer', uses } }),
  ],
  [
    'seconds of an invitation',
    [60, 2_592_000],
    [59, 2_592_001],
    (expiresIn) => ({ url: `${TEAM}/invitations`, payload: { role: 'viewer', expiresIn } }),
  ],
  [
    'secret of an invitation',
    [256],
    [257],
    (n) => ({ url: '/api/invitations/accept', payload: { secret: text(n) } }),
  ],
  ['name of a link', [2_048], [2_049], (n) => ({ url: `${TEAM}/links`, payload: link({ name: text(n) }) })],
  [
    'password of a link',
    [1, 256],
    [0, 257],
    (n) => ({ url: `${TEAM}/links`, payload: link({ password: text(n) }) }),
  ],
  [
    'files of a link',
    [1, 10_000],
    [0, 10_001],
    (maxFiles) => ({ url: `${TEAM}/links`, payload: link({ maxFiles }) }),
  ],
  [
    'bytes of a link',
    [1, 1_024 ** 4],
    [0, 1_024 ** 4 + 1],
    (maxBytes) => ({ url: `${TEAM}/links`, payload: link({ maxBytes }) }),
  ],
  [
    'seconds of a link',
    [60, 31_536_000],
    [59, 31_536_001],
    (expiresIn) => ({ url: `${TEAM}/links`, payload: link({ expiresIn }) }),
  ],
  ['secret of a link', [256], [257], (n) => ({ url: '/auth/links/open', payload: { secret: text(n) } })],
  [
    'password that is tried',
    [256],
    [257],
    (n) => ({ url: '/auth/links/open', payload: { secret: 's', password: text(n) } }),
  ],
  [
    'a logout token',
    [16_384],
    [16_385],
    (n) => ({ url: '/auth/backchannel-logout', payload: form({ logout_token: text(n) }) }),
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
    const answer = await app.inject({
      ...{ method: 'POST', url: '/api/uploads', payload: { name: 'a', size, type: 'image/png' } },
      headers: { host: new URL(origin).host, origin, cookie: `__Host-session=${token}` },
    });
    t.equal(answer.body.includes('needs its sha256'), isInOne, `${size}`);
  }
});
