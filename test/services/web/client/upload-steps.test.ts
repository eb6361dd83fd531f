import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { upload } = await inNode('client/uploads.ts');
const { addMissing } = await inNode('client/thumbnails.ts');

const hashOf = (bytes: string) => createHash('sha256').update(bytes).digest('hex');

type Send = (
  signed: { url: string },
  body: Blob,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
) => unknown;

/** A user whose hosts answer as the test says. `done` has the steps in order. */
function start(
  t: Test,
  {
    send = () => '"of-s3"',
    draw,
    there = () => undefined,
  }: {
    send?: Send;
    draw?: () => unknown;
    there?: () => object | undefined;
  } = {},
) {
  const wait = globalThis.setTimeout;
  t.intercept(globalThis, 'setTimeout', { value: (run: () => void) => wait(run, 0), configurable: true });
  const done: string[] = [];
  let begun = 0;
  const user = {
    id: 'alice',
    ask: async (method: string, path: string) => {
      done.push(`${method} ${path}`);
      const upload = { url: `put-${++begun}` };
      return { name: 'a', url: 'https://files/a', etag: 'of-the-host', upload };
    },
    send: async (...put: Parameters<Send>) => {
      done.push(put[0].url);
      return send(...put);
    },
    fetch: async (url: string, { method }: { method: string }) => {
      done.push(`${method} ${url}`);
      const found = there();
      if (!found) throw new TypeError('no answer');
      return found;
    },
    draw: draw && (async () => draw()),
  };
  return { user, done };
}

/** The file that has the name. */
const present = (bytes: string, isRead = true) => ({
  ok: true,
  headers: new Headers({ 'content-length': `${bytes.length}`, 'last-modified': 'then' }),
  blob: async () => (isRead ? new Blob([bytes]) : t.fail('it is loaded')),
});
const refused = (status: number) => new ApiError(status, 'storage_refused');

t.test('the ETag is that of S3', async (t) => {
  const { user, done } = start(t);
  t.match(await upload(user, new Blob(['a']), { name: 'a' }), { name: 'a', etag: '"of-s3"' });
  t.strictSame(done, ['POST /uploads', 'put-1']);
});

t.test('progress, and one drawing', async (t) => {
  let drawn = 0;
  const { user } = start(t, {
    send: (_signed, _body, _signal, onSent) => [0, 2, 4, 5].map(onSent),
    draw: () => {
      drawn++;
    },
  });
  const told: number[] = [];
  await upload(user, new Blob(['four']), { name: 'a', onProgress: (part: number) => told.push(part) });
  t.strictSame([told, drawn], [[0, 0.5, 1, 1], 1]);
});

t.test('a name that is taken: what S3 has, and whether its answer was lost', async (t) => {
  for (const [what, first, bytes, there, method, ends] of [
    ['lost, and it is this file', refused(500), 'mine', present('mine'), 'GET', { name: 'a' }],
    ['lost on the way', new ApiError(0, 'network'), 'mine', present('mine'), 'GET', { name: 'a' }],
    [
      'lost, and it is another one',
      refused(503),
      'mine',
      present('your'),
      'GET',
      { code: 'file_exists', size: 4 },
    ],
    [
      'lost, and a large one is there',
      refused(503),
      'mine',
      present('large', false),
      'GET',
      { code: 'file_exists' },
    ],
    [
      'lost, and nothing is said',
      refused(503),
      'mine',
      { ok: false },
      'GET',
      { status: 409, code: 'file_exists' },
    ],
    ['not lost', refused(409), 'mine', present('mine', false), 'HEAD', { status: 409, lastModified: 'then' }],
    ['not lost, and both are empty', refused(409), '', present(''), 'HEAD', { status: 409, size: 0 }],
  ] as const) {
    let tries = 0;
    const { user, done } = start(t, {
      send: () => {
        throw ++tries === 1 ? first : refused(412);
      },
      there: () => there,
    });
    const end = await upload(user, new Blob([bytes]), { name: 'a' }).catch((error: object) => error);
    t.match(end, ends, what);
    const look = `${method} https://files/a?v=${hashOf(bytes)}`;
    t.strictSame(done, ['POST /uploads', 'put-1', 'POST /uploads', 'put-2', look], what);
  }
});

t.test('a thumbnail that is missing: whether one was made', async (t) => {
  const file = { url: 'https://files/a.png?v=1', type: 'image/png' };
  const asked: unknown[] = [];
  for (const [draw, isMade] of [
    [undefined, false],
    [async () => undefined, false],
    [async () => async () => false, false],
    [async () => async () => true, true],
  ] as const) {
    const { user } = start(t);
    const drawing =
      draw &&
      ((...given: unknown[]) => {
        asked.push(given);
        return draw();
      });
    t.equal(await addMissing({ ...user, draw: drawing }, file), isMade);
  }
  t.strictSame(asked.at(-1), ['https://files/a.png', 'image/png'], 'without the version');
});
