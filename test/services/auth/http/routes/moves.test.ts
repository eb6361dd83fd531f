import t from 'tap';
import { userOwner } from '../../../../../core/owner.ts';
import { parseUserId } from '../../../../../core/user-id.ts';
import type { Started, Wanted } from '../../../../../services/auth/files/moves.ts';
import { LOGGER } from '../../../../../services/auth/logger.ts';
import { seedSession } from '../../support/seed-session.ts';
import { startService, startStore, tokenMacOf } from '../../support/service.ts';

await startStore(t);
const ANN = parseUserId('ann');
const OWN = userOwner(ANN);

const lines: Record<string, unknown>[] = [];
const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
const service = await startService(t, 'http://localhost:1', {}, { ...LOGGER, stream });
const { token } = await seedSession(service.stores.users, ANN, {}, tokenMacOf(service));

/** What a route asks of the moves, answers, and writes into the audit. */
async function ask(operation: 'move' | 'copy', body: Partial<Wanted>, started: Started) {
  const { app, deps, origin } = service;
  const asked: unknown[] = [];
  deps.moves.start = async (...given) => {
    asked.push(given);
    return started;
  };
  lines.length = 0;
  const headers = { host: new URL(origin).host, origin, cookie: `__Host-session=${token}` };
  const answer = await app.inject({
    ...({ method: 'POST', url: `/api/files/${operation}`, headers, payload: body } as const),
  });
  const audits = lines.flatMap(({ audit, event, userId, file, to, toOwner, move }) =>
    audit ? [{ event, userId, file, to, toOwner, move }] : [],
  );
  const edge = answer.headers['gateway-edge'];
  return { asked, status: answer.statusCode, said: answer.json(), edge, audits };
}

const FILE = { name: 'f/b.png', size: 5, etag: 'e', sharesEnded: 2 };
const SAID = { name: 'f/b.png', url: 'http://localhost:1/users/ann/f/b.png?v=e', etag: 'e', sharesEnded: 2 };

t.test('the audit tells each move and each copy, also one that goes on', async (t) => {
  const rows: [
    ...[operation: 'move' | 'copy', more: Partial<Wanted>, started: Started],
    ...[status: number, said: object, edge: string | undefined],
  ][] = [
    ['move', {}, { file: { ...FILE, edge: 'pending' } }, 200, SAID, 'pending'],
    ['copy', {}, { file: FILE }, 200, SAID, undefined],
    ['move', { replace: true }, { id: 'i' }, 202, { id: 'i' }, undefined],
    ['copy', {}, { id: 'i' }, 202, { id: 'i' }, undefined],
  ];
  for (const [operation, more, started, status, said, edge] of rows) {
    const wanted = { from: 'a.png', to: 'f/b.png', ...more };
    const event = operation === 'move' ? 'file_moved' : 'file_copied';
    const move = 'id' in started ? started.id : undefined;
    t.strictSame(
      await ask(operation, wanted, started),
      {
        asked: [[operation, { owner: OWN, userId: ANN, token }, { ...wanted, toOwner: OWN }]],
        ...{ status, said, edge },
        audits: [{ event, userId: ANN, file: 'a.png', to: 'f/b.png', toOwner: ANN, move }],
      },
      `${operation} ${status}`,
    );
  }
});
