import t from 'tap';
import { startFiles, startPeople } from '../support/people.ts';
import { startStore } from '../support/service.ts';

const store = await startStore(t);
const { put, settings } = await startFiles(t);
const lines: Record<string, unknown>[] = [];
const { signIn, makeTeam } = await startPeople(t, {
  ...{ store, settings },
  logger: { level: 'info', stream: { write: (line: string) => lines.push(JSON.parse(line)) } },
});
const [ann, ben] = [await signIn('ann'), await signIn('ben')];
const team = await makeTeam(ann, [[ben, 'editor']]);

/** An answer, and what the audit says of the request. */
async function ask(method: string, path: string, body?: object) {
  lines.length = 0;
  const { status, json } = await ann.ask(method, path, body);
  const said = lines
    .filter(({ audit }) => audit)
    .map(({ level, time, pid, hostname, reqId, msg, audit, ...details }) => details);
  return { status, json, said };
}

t.test('what the audit says of a request, line by line', async (t) => {
  await signIn('ann');
  const sessions = Object((await ann.ask('GET', '/api/sessions')).json['sessions']);
  const other = sessions.find(({ current }: { current: boolean }) => !current).id;
  const TEAM = `/api/teams/${team}`;
  const whose = { userId: 'ann', team };
  const rows: [...Parameters<typeof ask>, ...[status: number, said: readonly object[]]][] = [
    ['POST', '/api/folders', { name: 'f' }, 201, [{ event: 'folder_made', userId: 'ann', file: 'f' }]],
    ['POST', `${TEAM}/folders`, { name: 'f' }, 201, [{ event: 'folder_made', ...whose, file: 'f' }]],
    [
      ...(['DELETE', `${TEAM}/invitations/${'x'.repeat(70)}`, undefined, 204] as const),
      [{ event: 'invitation_ended', ...whose, invitation: 'x'.repeat(64) }],
    ],
    [
      ...(['DELETE', `${TEAM}/members/ben`, undefined, 204] as const),
      [{ event: 'member_removed', ...whose, member: 'ben' }],
    ],
    [
      ...(['DELETE', `/api/sessions/${other}`, undefined, 204] as const),
      [{ event: 'session_ended', userId: 'ann', session: other }],
    ],
    ['DELETE', '/api/sessions/none', undefined, 404, []],
  ];
  for (const [method, path, body, status, said] of rows) {
    const answer = await ask(method, path, body);
    t.strictSame([answer.status, answer.said], [status, said], `${method} ${path}`);
  }
});

t.test('who opens a share has no name', async (t) => {
  await put('users/ann/a', 'a');
  const { json, said } = await ask('POST', '/api/shares', { name: 'a' });
  const { id: share, page } = json;
  t.strictSame(said, [{ event: 'share_created', userId: 'ann', share, file: 'a' }]);
  const opened = await ask('POST', '/auth/shares/open', { secret: String(page).split('#share=')[1] });
  t.strictSame([opened.status, opened.said], [200, [{ event: 'share_opened', owner: 'ann', share }]]);
});
