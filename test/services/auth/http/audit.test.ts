import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { newTeam, withSettled } from '../../../../services/auth/domain/team.ts';
import { withMembership } from '../../../../services/auth/domain/team-starts.ts';
import { LOGGER } from '../../../../services/auth/wiring/logger.ts';
import { change, nowEpoch, seedSession } from '../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../support/service.ts';

await startStore(t);
const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
const lines: Record<string, unknown>[] = [];
const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
const settings = { TEAMS: 'made' };
const service = await startService(t, 'http://localhost:1', settings, { ...LOGGER, stream });
const { app, origin, stores, deps } = service;
const teamId = newTeamId();
const team = withSettled(newTeam('Photos', { userId: ANN }, nowEpoch()), [ANN]);
const ben = { userId: BEN, role: 'editor', joinedAtEpoch: nowEpoch() } as const;
await stores.teams.write(teamId, 0, { ...team, members: [...team.members, ben] });
await change(stores.users, ANN, (user) =>
  withMembership(user, { teamId, role: 'manager', kind: 'made' }, nowEpoch()),
);
const { token } = await seedSession(stores.users, ANN, {}, tokenMacOf(service));
const other = await seedSession(stores.users, ANN, {}, tokenMacOf(service));
const FILE = { size: 1, etag: 'e', lastModified: new Date(0) };
Object.assign(deps.objects, {
  find: async (key: string) => (key.endsWith('/f') ? undefined : { key, ...FILE }),
  list: async () => ({ files: [] }),
  delete: async () => {},
  deleteMany: async (keys: string[]) =>
    keys.map((key) => (key.endsWith('/kept') ? { key, code: 'InternalError' } : { key, versionId: 'v' })),
  markFolder: async () => true,
});

/** The answer with what it says of the edge, and what the audit says of the request. */
async function ask(method: 'POST' | 'DELETE', url: string, payload?: object) {
  lines.length = 0;
  const headers = { host: new URL(origin).host, origin, cookie: `__Host-session=${token}` };
  const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
  const said = lines
    .filter(({ audit }) => audit)
    .map(({ level, time, pid, hostname, reqId, msg, audit, ...details }) => details);
  const edge = answer.headers['gateway-edge'];
  return { status: answer.statusCode, edge, body: answer.body, said };
}

t.test('what the audit says of a request, line by line', async (t) => {
  const TEAM = `/api/teams/${teamId}`;
  const rows: [...Parameters<typeof ask>, ...[status: number, said: readonly object[], edge?: string]][] = [
    ['POST', '/api/folders', { name: 'f' }, 201, [{ event: 'folder_made', userId: ANN, file: 'f' }]],
    [
      ...(['POST', `${TEAM}/folders`, { name: 'f' }, 201] as const),
      [{ event: 'folder_made', userId: ANN, team: teamId, file: 'f' }],
    ],
    [
      ...(['DELETE', `${TEAM}/invitations/${'x'.repeat(70)}`, undefined, 204] as const),
      [{ event: 'invitation_ended', userId: ANN, team: teamId, invitation: 'x'.repeat(64) }],
    ],
    [
      ...(['DELETE', `${TEAM}/members/ben`, undefined, 204] as const),
      ...([[{ event: 'member_removed', userId: ANN, team: teamId, member: BEN }], 'told'] as const),
    ],
    [
      ...(['DELETE', `/api/sessions/${other.id}`, undefined, 204] as const),
      ...([[{ event: 'session_ended', userId: ANN, session: other.id }], 'told'] as const),
    ],
    ['DELETE', '/api/sessions/none', undefined, 404, []],
  ];
  for (const [method, url, payload, status, said, edge] of rows) {
    const { body: _body, ...answer } = await ask(method, url, payload);
    t.strictSame(answer, { status, edge, said }, `${method} ${url}`);
  }
});

t.test('who opens a share has no name', async (t) => {
  const made = await ask('POST', '/api/shares', { name: 'a' });
  const { page, id } = JSON.parse(made.body);
  t.strictSame(made.said, [{ event: 'share_created', userId: ANN, share: id, file: 'a' }]);
  const { status, said } = await ask('POST', '/auth/shares/open', { secret: page.split('#share=')[1] });
  t.strictSame([status, said], [200, [{ event: 'share_opened', owner: ANN, share: id }]]);
});
