import t from 'tap';
import { userOwner } from '../../../../../core/owner.ts';
import { parseUserId } from '../../../../../core/user-id.ts';
import type { Mover } from '../../../../../services/auth/domain/mover.ts';
import { LOGGER } from '../../../../../services/auth/logger.ts';
import { seedSession } from '../../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../../support/service.ts';

await startStore(t);
const ANN = parseUserId('ann');

/** A service that keeps what was deleted for so many days. Its mover has one deleted file, and one that was replaced. */
async function start(KEEP_DELETED_DAYS: string) {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const service = await startService(t, 'http://localhost:1', { KEEP_DELETED_DAYS }, { ...LOGGER, stream });
  const { app, deps, origin, stores } = service;
  const { token } = await seedSession(stores.users, ANN, {}, tokenMacOf(service));
  const calls: unknown[] = [];
  const says =
    <T>(call: keyof Mover, answer: T) =>
    async ({ token: sent, owner, ...more }: { token: string; owner: object }) => {
      t.strictSame([sent, owner], [token, userOwner(ANN)], call);
      calls.push([call, more]);
      return answer;
    };
  const deleted = { name: 'f/a.png', versionId: 'v', size: 5, deletedAt: new Date('2026-01-02T23:59:59Z') };
  const kept = { versionId: 'v', size: 5, etag: 'e', lastModified: new Date(0), isCurrent: true };
  const [one, other] = ['f/a.png', 'b'].map((name) => ({ name, versionId: 'v' }));
  Object.assign(deps.objects, { now: async () => new Date(0) });
  Object.assign(deps.mover, {
    trash: says('trash', {
      files: [
        { ...deleted, isReplaced: false },
        { ...deleted, isReplaced: true },
      ],
      cursor: 'd',
    }),
    restore: says('restore', { name: 'f/a.png', size: 5, etag: 'e' }),
    restoreMany: says('restoreMany', { restored: [one], failed: [{ ...other, code: 'file_exists' }] }),
    deleteVersion: says('deleteVersion', undefined),
    emptyTrash: says('emptyTrash', undefined),
    versions: says('versions', [kept]),
  });
  return async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    lines.length = 0;
    const headers = { host: new URL(origin).host, origin, cookie: `__Host-session=${token}` };
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
    const said = answer.body === '' ? undefined : answer.json();
    const audits = lines.flatMap(({ audit, event, userId, file }) => (audit ? [[event, userId, file]] : []));
    return { status: answer.statusCode, said, calls: calls.splice(0), audits };
  };
}

const NAMED = { name: 'f/a.png', version: 'v' };
const OF_MOVER = { name: 'f/a.png', versionId: 'v' };
const URL_OF_FILE = 'http://localhost:1/users/ann/f/a.png?v=e';
const FILE = { name: 'f/a.png', size: 5, type: 'image/png', etag: 'e', url: URL_OF_FILE };

type Row = readonly [
  ...[method: 'GET' | 'POST' | 'DELETE', url: string, payload: object | undefined],
  ...[call: readonly [name: string, more: object], said: unknown],
  audit?: readonly [event: string, file?: string],
];
const ROWS: Row[] = [
  [
    ...(['GET', '/api/trash?cursor=c', undefined, ['trash', { cursor: 'c' }]] as const),
    {
      files: [
        { ...NAMED, size: 5, deletedAt: '2026-01-02T23:59:59.000Z', goesAt: '2026-01-10T00:00:00.000Z' },
      ],
      cursor: 'd',
    },
  ],
  ['POST', '/api/trash/restore', NAMED, ['restore', OF_MOVER], FILE, ['file_restored', 'f/a.png']],
  [
    ...(['POST', '/api/trash/restore', { files: [NAMED] }] as const),
    ['restoreMany', { files: [OF_MOVER] }],
    { restored: [NAMED], failed: [{ name: 'b', code: 'file_exists' }] },
    ['file_restored', 'f/a.png'],
  ],
  ['DELETE', '/api/trash', undefined, ['emptyTrash', { before: new Date(0) }], undefined, ['trash_emptied']],
  [
    ...(['DELETE', '/api/trash?name=f/a.png&version=v', undefined, ['deleteVersion', OF_MOVER]] as const),
    ...([undefined, ['version_deleted', 'f/a.png']] as const),
  ],
  [
    ...(['GET', '/api/files/versions?name=f/a.png', undefined, ['versions', { name: 'f/a.png' }]] as const),
    {
      versions: [
        { version: 'v', size: 5, etag: 'e', lastModified: '1970-01-01T00:00:00.000Z', current: true },
      ],
    },
  ],
  [
    ...(['POST', '/api/files/versions/restore', NAMED, ['restore', { ...OF_MOVER, replace: true }]] as const),
    ...([FILE, ['version_restored', 'f/a.png']] as const),
  ],
];

t.test('what each route asks of the mover, answers and writes into the audit', async (t) => {
  const ask = await start('7');
  for (const [method, url, payload, call, said, audit] of ROWS) {
    const audits = audit ? [[audit[0], ANN, audit[1]]] : [];
    const status = said === undefined ? 204 : 200;
    t.strictSame(
      await ask(method, url, payload),
      { status, said, calls: [call], audits },
      `${method} ${url}`,
    );
  }
});

t.test('where nothing is kept, each of them says so, and asks nothing of the mover', async (t) => {
  const ask = await start('0');
  for (const [method, url, payload] of ROWS) {
    const { said, ...refused } = await ask(method, url, payload);
    t.strictSame(
      [said.code, refused],
      ['no_trash', { status: 409, calls: [], audits: [] }],
      `${method} ${url}`,
    );
  }
});
