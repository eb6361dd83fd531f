import t from 'tap';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { createFileList } = await inNode('client/file-list.ts');

interface Asked {
  prefix?: string;
  cursor?: string;
  limit: number;
  signal: AbortSignal;
  answer: (page: object) => Promise<void>;
  fail: (error: unknown) => Promise<void>;
}

/** Lets promises that are settled be heard. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A list whose pages come when the test says so. */
function start(prefix?: string) {
  const asked: Asked[] = [];
  const list = (options: Asked) => {
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const settle = (how: (value: never) => void) => (value: unknown) => {
      how(value as never);
      return turn();
    };
    asked.push({ ...options, answer: settle(resolve), fail: settle(reject) });
    return promise;
  };
  const files = createFileList({ files: { list } }, prefix);
  const shown = () => {
    const { files: found, folders, ...state } = files.getSnapshot();
    return {
      files: found.map(({ name }: { name: string }) => name).join(' '),
      folders: folders.join(' '),
      ...state,
    };
  };
  return { files, asked, shown, last: () => asked.at(-1) as Asked };
}

const named = (names: string) => names.split(' ').map((name) => ({ name }));
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `${index}` }));
const IDLE = { isLoading: false, hasMore: false, error: undefined };

t.test('nothing is asked before somebody listens, and nothing after the last one has gone', async (t) => {
  const { files, asked, shown, last } = start('pets/');
  t.strictSame([asked.length, shown()], [0, { files: '', folders: '', hasMore: false, isLoading: true }]);
  let heard = 0;
  const stops = [files.subscribe(() => heard++), files.subscribe(() => heard++)];
  t.equal(asked.length, 1, 'the second listener asks nothing');
  t.match(last(), { prefix: 'pets/', cursor: undefined, limit: 100 });
  await last().answer({ files: named('a b'), folders: ['c'] });
  t.strictSame(shown(), { files: 'a b', folders: 'c', ...IDLE });
  const before = heard;
  stops[0]?.();
  t.equal(last().signal.aborted, false);
  void files.mutate();
  t.equal(heard, before + 1, 'the other one hears on');
  stops[1]?.();
  t.equal(last().signal.aborted, true);
  files.subscribe(() => {});
  t.equal(asked.length, 3, 'who comes later finds what there is then');
});

t.test('page after page, one at a time', async (t) => {
  const { files, asked, shown, last } = start();
  files.subscribe(() => {});
  await last().answer({ files: named('a b'), folders: ['x'], cursor: '1' });
  t.strictSame(shown(), { files: 'a b', folders: 'x', ...IDLE, hasMore: true });
  void files.loadMore();
  void files.loadMore();
  t.equal(asked.length, 2, 'one is on its way');
  t.equal(shown().isLoading, true);
  t.match(last(), { cursor: '1', limit: 100 });
  await last().answer({ files: named('c'), folders: ['y'] });
  t.strictSame(shown(), { files: 'a b c', folders: 'x y', ...IDLE });
  void files.loadMore();
  t.equal(asked.length, 2, 'there is no more');
});

t.test('a failure keeps what is there, and the next page is asked for again', async (t) => {
  const { files, shown, last } = start();
  files.subscribe(() => {});
  await last().answer({ files: named('a'), cursor: '1' });
  void files.loadMore();
  const error = new ApiError(503, 'files_unavailable');
  await last().fail(error);
  t.strictSame(shown(), { files: 'a', folders: '', isLoading: false, hasMore: true, error });
  void files.loadMore();
  t.equal(last().cursor, '1');
  await last().answer({ files: named('b') });
  t.strictSame(shown(), { files: 'a b', folders: '', ...IDLE });
  void files.mutate();
  const over = new ApiError(403, 'no_such_team');
  await last().fail(over);
  t.strictSame(shown(), { files: '', folders: '', ...IDLE, error: over }, 'no member any more');
});

t.test('as many are read again as there are, in pages of up to 1,000', async (t) => {
  const { files, asked, last, shown } = start();
  files.subscribe(() => {});
  await last().answer({ files: many(1_150) });
  const again = files.mutate((found: { name: string }[]) => found.slice(1_148));
  t.strictSame(shown(), { files: '1148 1149', folders: '', ...IDLE, isLoading: true }, 'until then');
  for (const [limit, count] of [
    [1_000, 1_000],
    [150, 145],
    [100, 10],
  ] as const) {
    t.equal(last().limit, limit);
    await last().answer({ files: many(count), cursor: 'more' });
  }
  await again;
  t.equal(asked.length, 4, 'no page is asked for in vain');
  t.match(shown(), { isLoading: false, hasMore: true });
  t.equal(files.getSnapshot().files.length, 1_155);
});

t.test('a later question ends the earlier one, whatever becomes of that', async (t) => {
  const { files, asked, shown, last } = start();
  files.subscribe(() => {});
  const [first] = asked;
  void files.mutate();
  t.equal(first?.signal.aborted, true);
  await first?.answer({ files: named('old') });
  t.match(shown(), { files: '', isLoading: true });
  const second = last();
  void files.mutate();
  await second.fail(new Error('late'));
  t.strictSame([shown().isLoading, shown().error], [true, undefined]);
  await last().answer({ files: named('new') });
  t.strictSame(shown(), { files: 'new', folders: '', ...IDLE });
});

t.test('a page may be empty, and a list shorter than before', async (t) => {
  const { files, asked, shown, last } = start();
  files.subscribe(() => {});
  await last().answer({ files: [], cursor: '1' });
  t.strictSame(shown(), { files: '', folders: '', ...IDLE, hasMore: true });
  void files.loadMore();
  await last().answer({ files: [], cursor: '1' });
  await last().answer({ files: named('a'), cursor: '2' });
  t.strictSame(
    asked.map(({ cursor }) => cursor),
    [undefined, undefined, '1'],
    'it reads on until there is one file more',
  );
  t.match(shown(), { files: 'a', isLoading: false, hasMore: true });
  for (const [cursor, name] of [
    ['2', 'b'],
    ['3', 'c'],
  ] as const) {
    void files.loadMore();
    t.equal(last().cursor, cursor);
    await last().answer({ files: named(name), cursor: `${Number(cursor) + 1}` });
  }
  void files.mutate();
  t.equal(last().cursor, undefined, 'from the beginning');
  await last().answer({ files: named('a b c'), cursor: '4' });
  t.match(shown(), { files: 'a b c', isLoading: false, hasMore: true });
  void files.mutate();
  await last().answer({ files: named('a') });
  t.match(shown(), { files: 'a', isLoading: false, hasMore: false });
});
