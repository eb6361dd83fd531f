import t, { type Test } from 'tap';
import { inNode } from '../in-node.ts';

const { createUploadQueue } = await inNode('client/upload-queue.ts');

interface Sent {
  options: { replace?: boolean; signal: AbortSignal; onProgress: (part: number) => void };
  end: (stored?: object) => void;
  fail: (error: object) => void;
}

/** A queue, and a folder whose uploads end when the test says so. */
function start(_t: Test, concurrency?: number) {
  const sent: Record<string, Sent> = {};
  const upload = (_file: object, { name, ...options }: Sent['options'] & { name: string }) => {
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    sent[name] = { options, end: (stored = {}) => resolve(stored), fail: reject };
    return promise;
  };
  const queue = createUploadQueue();
  if (concurrency !== undefined) queue.setConcurrency(concurrency);
  const add = (names: string, options?: object) =>
    queue.add(
      { files: { upload } },
      names.split(' ').map((name) => ({ name, file: {} })),
      options,
    );
  const shown = () =>
    queue
      .getSnapshot()
      .map(({ id, name, status }: { id: number; name: string; status: string }) => `${id} ${name} ${status}`);
  return { queue, add, sent, shown };
}

/** Lets promises that are settled be heard. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('so many are sent at once, in order', async (t) => {
  const { queue, add, sent, shown } = start(t);
  void add('a b c d');
  t.strictSame(
    shown(),
    ['1 a waiting', '2 b waiting', '3 c waiting', '4 d waiting'],
    'before it is said how many',
  );
  t.equal(queue.getSnapshot()[0].progress, 0);
  queue.setConcurrency(2);
  t.strictSame(shown(), ['1 a sending', '2 b sending', '3 c waiting', '4 d waiting']);
  queue.setConcurrency(1);
  sent['b']?.end();
  await turn();
  t.strictSame(shown(), ['1 a sending', '2 b done', '3 c waiting', '4 d waiting'], 'one is enough');
  queue.setConcurrency(3);
  t.strictSame(shown(), ['1 a sending', '2 b done', '3 c sending', '4 d sending']);
});

t.test('progress, an end and a failure; each change is heard once', async (t) => {
  const { queue, add, sent } = start(t, 2);
  let heard = 0;
  const stop = queue.subscribe(() => heard++);
  const ends = add('a b', { replace: true });
  t.equal(heard, 3, 'added, and begun twice');
  t.equal(sent['a']?.options.replace, true);
  sent['a']?.options.onProgress(0.5);
  t.equal(heard, 4);
  const error = { code: 'file_exists' };
  sent['a']?.fail(error);
  sent['b']?.end({ name: 'b' });
  await ends;
  await turn();
  t.match(queue.getSnapshot(), [
    { id: 1, name: 'a', status: 'failed', progress: 0.5, error },
    { id: 2, name: 'b', status: 'done', progress: 1, stored: { name: 'b' } },
  ]);
  t.equal(heard, 6);
  stop();
  void queue.retry(1, { replace: false });
  t.equal(heard, 6, 'nobody listens any more');
  t.match(queue.getSnapshot()[0], { status: 'sending', progress: 0 });
  t.equal(queue.getSnapshot()[0].error, undefined);
  t.equal(sent['a']?.options.replace, false);
});

t.test('the promise of some files waits for these, and for no others', async (t) => {
  const { add, sent } = start(t, 1);
  const over: string[] = [];
  void add('a').then(() => over.push('a'));
  void add('b c').then(() => over.push('b c'));
  await turn();
  t.strictSame(over, []);
  sent['a']?.end();
  await turn();
  t.strictSame(over, ['a'], 'those that wait are not over');
  sent['b']?.end();
  await turn();
  sent['c']?.fail({});
  await turn();
  t.strictSame(over, ['a', 'b c']);
});

t.test('only what has failed is sent again', async (t) => {
  const { queue, add, sent, shown } = start(t, 1);
  void add('a b');
  const first = sent['a'];
  await Promise.race([queue.retry(1), turn()]);
  t.equal(sent['a'], first, 'it is under way');
  first?.end();
  await turn();
  await queue.retry(1);
  await queue.retry(9);
  t.strictSame(shown(), ['1 a done', '2 b sending']);
  sent['b']?.fail({});
  await turn();
  await queue.retry(1);
  t.strictSame(shown(), ['1 a done', '2 b failed'], 'the one that has failed is another one');
  const again = queue.retry(2);
  sent['b']?.end();
  await again;
  t.strictSame(shown(), ['1 a done', '2 b done']);
});

t.test('one that is cancelled goes at once, and leaves its place to another', async (t) => {
  const { queue, add, sent, shown } = start(t, 1);
  void add('a b');
  queue.cancel(1);
  t.equal(sent['a']?.options.signal.aborted, true);
  t.strictSame(shown(), ['2 b sending']);
  sent['a']?.fail({});
  await turn();
  t.strictSame(shown(), ['2 b sending']);
  await queue.retry(1);
  t.strictSame(shown(), ['2 b sending']);
});

t.test('an end of all', async (t) => {
  const { queue, add, sent, shown } = start(t, 1);
  const ends = add('a b');
  queue.stop();
  await ends;
  t.equal(sent['a']?.options.signal.aborted, true);
  sent['a']?.fail({});
  await turn();
  t.strictSame(shown(), []);
  t.notOk(sent['b']);
  void add('c');
  t.strictSame(shown(), ['3 c sending'], 'it can be used again');
});
