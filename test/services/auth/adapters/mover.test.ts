import t, { type Test } from 'tap';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createInvoke } from '../../../../services/auth/adapters/invoke.ts';
import { createMover } from '../../../../services/auth/adapters/mover.ts';

const OWNER = userOwner(parseUserId('ann'));
const folder = { token: 't', owner: OWNER };
const request = { token: 't', from: { owner: OWNER, name: 'a' }, to: { owner: OWNER, name: 'b' } };
const copied = { name: 'b', size: 1, etag: 'e' };
const [AT, ISO] = [new Date(0), '1970-01-01T00:00:00.000Z'];
const version = { name: 'a', versionId: 'v' };

type Mover = ReturnType<typeof createMover>;

/** A mover whose function answers like this, with all that it is asked. */
function moverWith(outcome: unknown) {
  const asked: [payload: object, how: string][] = [];
  const mover = createMover(async (payload, how) => {
    asked.push([payload, how]);
    return outcome;
  });
  return { mover, asked };
}

t.test('what each call asks of the function, and what it makes of the answer', async (t) => {
  const moved = { ...copied, sharesEnded: 2, edge: 'told' };
  const trashed = { ...version, size: 1, isReplaced: false };
  const kept = { versionId: 'v', size: 1, etag: 'e', isCurrent: true };
  const counted = { bytes: 3, keptBytes: 1, files: 2 };
  const many = { restored: [version], failed: [{ ...version, code: 'file_exists' }] };
  const rows: [call: (mover: Mover) => Promise<unknown>, asked: object, answer: unknown, made: unknown][] = [
    [(mover) => mover.copy(request), { operation: 'copy', ...request }, copied, copied],
    [(mover) => mover.move(request), { operation: 'move', ...request }, moved, moved],
    [
      (mover) => mover.trash({ ...folder, cursor: 'c' }),
      { operation: 'trash', ...folder, cursor: 'c' },
      { files: [{ ...trashed, deletedAt: ISO }], cursor: 'd' },
      { files: [{ ...trashed, deletedAt: AT }], cursor: 'd' },
    ],
    [
      (mover) => mover.versions({ ...folder, name: 'a' }),
      { operation: 'versions', ...folder, name: 'a' },
      { versions: [{ ...kept, lastModified: ISO }] },
      [{ ...kept, lastModified: AT }],
    ],
    [
      (mover) => mover.restore({ ...folder, ...version }),
      { operation: 'restore', ...folder, ...version },
      copied,
      copied,
    ],
    [
      (mover) => mover.restoreMany({ ...folder, files: [version] }),
      { operation: 'restore_many', ...folder, files: [version] },
      many,
      many,
    ],
    [
      (mover) => mover.deleteVersion({ ...folder, ...version }),
      { operation: 'delete_version', ...folder, ...version },
      null,
      undefined,
    ],
    [(mover) => mover.count(OWNER), { operation: 'count', owner: OWNER }, counted, counted],
    [
      (mover) => mover.emptyTrash({ ...folder, before: new Date(ISO) }),
      { operation: 'empty_trash', ...folder, before: ISO, withinMs: 6_000 },
      { isEmpty: true },
      undefined,
    ],
  ];
  for (const [call, wanted, answer, made] of rows) {
    const { mover, asked } = moverWith({ answer });
    t.strictSame(await call(mover), made, JSON.stringify(wanted));
    t.strictSame(asked, [[wanted, 'answer']]);
    if (answer === null) continue;
    await t.rejects(
      call(moverWith({ answer: null }).mover),
      { code: 'files_unavailable' },
      JSON.stringify(wanted),
    );
    await t.rejects(call(moverWith(answer).mover), { code: 'files_unavailable' }, 'without its envelope');
  }
});

t.test('what goes on in the background is an event', async (t) => {
  const { mover, asked } = moverWith(undefined);
  await mover.begin('move', { ...request, id: 'i' });
  t.strictSame(asked, [[{ operation: 'move', ...request, id: 'i' }, 'event']]);
  const full = moverWith({ answer: { isEmpty: false } });
  await full.mover.emptyTrash({ ...folder, before: new Date(ISO) });
  const of = { operation: 'empty_trash', ...folder, before: ISO };
  t.strictSame(full.asked, [
    [{ ...of, withinMs: 6_000 }, 'answer'],
    [{ ...of, withinMs: 600_000 }, 'event'],
  ]);
});

t.test('an error of the function is the error of the call', async (t) => {
  const failed = { code: 'file_exists', detail: 'There is one.', members: { size: 1, lastModified: ISO } };
  await t.rejects(moverWith(failed).mover.copy(request), {
    ...{ code: 'file_exists', message: 'There is one.', members: failed.members },
  });
  await t.rejects(moverWith({ ...failed, code: 'nonsense' }).mover.copy(request), {
    ...{ code: 'files_unavailable', cause: { message: 'not an answer to copy' } },
  });
});

/** A Lambda that answers like this. */
async function startLambda(t: Test, status: number, body: string, headers: Record<string, string> = {}) {
  const seen: unknown[] = [];
  const server = await listenOnLoopback(async (incoming, response) => {
    seen.push(incoming.url, incoming.headers['x-amz-invocation-type'], (await incoming.toArray()).join(''));
    response.writeHead(status, headers).end(body);
  }, 0);
  t.teardown(() => server.close(0));
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const endpoint = `http://localhost:${server.port}`;
  const invoke = createInvoke({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }, 'mover');
  return { invoke, seen };
}

t.test('a function is asked by its name, for an answer or as an event', async (t) => {
  const path = '/2015-03-31/functions/mover/invocations';
  const answers = await startLambda(t, 200, '{"a":1}');
  t.strictSame(await answers.invoke({ b: 2 }, 'answer'), { a: 1 });
  t.strictSame(answers.seen, [path, 'RequestResponse', '{"b":2}']);
  const events = await startLambda(t, 202, '');
  t.equal(await events.invoke({ b: 2 }, 'event'), undefined);
  t.strictSame(events.seen, [path, 'Event', '{"b":2}']);
});

t.test('a function that crashes, or answers no JSON, is files_unavailable', async (t) => {
  const crashed = await startLambda(t, 200, '{}', { 'x-amz-function-error': 'Unhandled' });
  await t.rejects(crashed.invoke({}, 'answer'), {
    ...{ code: 'files_unavailable', cause: { message: 'mover failed: Unhandled' } },
  });
  for (const body of ['', '<html>']) {
    const { invoke } = await startLambda(t, 200, body);
    await t.rejects(
      invoke({}, 'answer'),
      { code: 'files_unavailable', cause: { name: 'SyntaxError' } },
      body,
    );
  }
});
