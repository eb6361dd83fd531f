import t from 'tap';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { once } = await inNode('client/once.ts');
const { persist, unlessAborted } = await inNode('client/send.ts');

t.test('what may pass is tried again, and all else is final', async (t) => {
  const wait = globalThis.setTimeout;
  t.intercept(globalThis, 'setTimeout', { value: (run: () => void) => wait(run, 0), configurable: true });
  for (const [error, isPassing] of [
    [new ApiError(0, 'network'), true],
    [new ApiError(429, 'too_many_requests'), true],
    [new ApiError(500, 'internal'), true],
    [new ApiError(503, 'store_unavailable'), true],
    [new ApiError(403, 'storage_refused'), true],
    [new ApiError(409, 'storage_refused'), true],
    [new ApiError(403, 'role_too_low'), false],
    [new ApiError(409, 'file_exists'), false],
    [new ApiError(400, 'storage_refused'), false],
    [new ApiError(1, 'network'), false],
    [new ApiError(430, 'bad_request'), false],
    [new ApiError(499, 'bad_request'), false],
    [new Error('of the program'), false],
  ] as const) {
    const tries: number[] = [];
    const run = async (retries: number) => {
      tries.push(retries);
      if (tries.length === 1) throw error;
      return 'done';
    };
    const ends = persist(run, new AbortController().signal).catch(() => 'failed');
    t.strictSame([await ends, tries], isPassing ? ['done', [0, 1]] : ['failed', [0]], String(error.message));
  }
});

t.test('nothing is tried once the signal has aborted', async (t) => {
  const run = () => t.fail('it is tried') as never;
  await t.rejects(persist(run, AbortSignal.abort()), { name: 'AbortError' });
});

t.test('work ends with its signal, and the signal keeps nothing of it', async (t) => {
  const signal = new EventTarget() as EventTarget & Partial<AbortSignal>;
  let listeners = 0;
  t.intercept(signal, 'addEventListener', { value: () => listeners++, configurable: true });
  t.intercept(signal, 'removeEventListener', { value: () => listeners--, configurable: true });
  t.equal(await unlessAborted(Promise.resolve('done'), signal), 'done');
  await t.rejects(unlessAborted(Promise.reject(new Error('failed')), signal), { message: 'failed' });
  await Promise.resolve();
  t.equal(listeners, 0);
  t.equal(await unlessAborted(Promise.resolve('done')), 'done', 'without a signal');
  const never = new Promise(() => {});
  const stopping = new AbortController();
  const stopped = unlessAborted(never, stopping.signal);
  stopping.abort(new Error('stop'));
  await t.rejects(stopped, { message: 'stop' });
  await t.rejects(unlessAborted(never, stopping.signal), { message: 'stop' }, 'it has aborted before');
});

t.test('once: one call at a time, also after a failure', async (t) => {
  let calls = 0;
  const run = once(async () => {
    calls++;
    if (calls === 1) throw new Error('failed');
    return calls;
  });
  t.strictSame(
    (await Promise.allSettled([run(), run()])).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.strictSame(await Promise.all([run(), run()]), [2, 2]);
  t.equal(await run(), 3);
});
