import t from 'tap';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { createFileList } = await inNode('client/file-list.ts');

/** A list whose host answers when the test says so. */
function open(prefix?: string) {
  const told: string[] = [];
  const asked: { resolve: (page: object) => void; reject: (error: Error) => void }[] = [];
  const list = ({ signal, ...options }: { signal: AbortSignal }) => {
    told.push(`list ${JSON.stringify(options).replaceAll('"', '')}`);
    signal.addEventListener('abort', () => told.push('stopped'));
    return new Promise((resolve, reject) => void asked.push({ resolve, reject }));
  };
  const files = createFileList({ files: { list } }, prefix);
  return {
    files,
    told,
    answer: (names: string, cursor?: string, folders?: string[]) =>
      asked.shift()?.resolve({ files: [...names].map((name) => ({ name })), cursor, folders }),
    fail: (code: string) => asked.shift()?.reject(new ApiError(409, code)),
    news: async () => {
      for (let turn = 0; turn < 20; turn++) await undefined;
      const { files: found, folders, hasMore, isLoading, error } = files.getSnapshot();
      const state = [found.map(({ name }: { name: string }) => name).join(''), ...folders];
      if (hasMore) state.push('and more');
      if (isLoading) state.push('loading');
      if (error) state.push(error.code);
      return [...told.splice(0), state.join(' ')].join(', ');
    },
  };
}

t.test('a list is read page by page, and again', async (t) => {
  const { files, answer, fail, news, told } = open('f/');
  const listener = () => told.push('changed');
  const other = () => told.push('changed there');
  let leave = () => {};
  let leaveThere = () => {};
  for (const [index, [act, wanted]] of (
    [
      [() => files.loadMore(), ' loading'],
      [() => (leave = files.subscribe(listener)), 'changed, list {prefix:f/,limit:100},  loading'],
      [() => (leaveThere = files.subscribe(other)), ' loading'],
      [() => files.loadMore(), ' loading'],
      [() => answer('ab', '1', ['g']), 'changed, changed there, ab g and more'],
      [
        () => files.loadMore(),
        'stopped, changed, changed there, list {prefix:f/,cursor:1,limit:100}, ab g and more loading',
      ],
      [() => files.loadMore(), 'ab g and more loading'],
      [() => answer('', '2'), 'list {prefix:f/,cursor:2,limit:100}, ab g and more loading'],
      [() => answer('c', '3', ['h']), 'changed, changed there, abc g h and more'],
      [
        () => files.loadMore(),
        'stopped, stopped, changed, changed there, list {prefix:f/,cursor:3,limit:100}, abc g h and more loading',
      ],
      [() => fail('network'), 'changed, changed there, abc g h and more network'],
      [
        () => files.mutate(),
        'stopped, changed, changed there, list {prefix:f/,limit:100}, abc g h and more loading network',
      ],
      [() => answer('a', '9'), 'list {prefix:f/,cursor:9,limit:100}, abc g h and more loading network'],
      [() => answer('bcd', '10'), 'changed, changed there, abcd and more'],
      [
        () => files.mutate((all: object[]) => all.slice(1)),
        'changed, changed there, stopped, stopped, changed, changed there, list {prefix:f/,limit:100}, bcd and more loading',
      ],
      [
        () => files.mutate(),
        'stopped, changed, changed there, list {prefix:f/,limit:100}, bcd and more loading',
      ],
      [() => answer('late'), 'bcd and more loading'],
      [() => answer('abcd'), 'changed, changed there, abcd'],
      [() => files.loadMore(), 'abcd'],
      [() => files.mutate(), 'stopped, changed, changed there, list {prefix:f/,limit:100}, abcd loading'],
      [() => files.mutate(), 'stopped, changed, changed there, list {prefix:f/,limit:100}, abcd loading'],
      [() => fail('late'), 'abcd loading'],
      [() => fail('no_such_team'), 'changed, changed there,  no_such_team'],
      [() => leave(), ' no_such_team'],
      [() => files.mutate(), 'stopped, changed there, list {prefix:f/,limit:100},  loading no_such_team'],
      [() => leaveThere(), 'stopped,  loading no_such_team'],
      [() => answer('late'), ' loading no_such_team'],
      [
        () => (leave = files.subscribe(listener)),
        'changed, list {prefix:f/,limit:100},  loading no_such_team',
      ],
      [() => answer('z'), 'changed, z'],
    ] as [() => unknown, string][]
  ).entries()) {
    act();
    const now = await news();
    t.equal(now, wanted, `${index} ${act}`);
  }
});

t.test('a first page may be empty although others follow', async (t) => {
  const { files, answer, news } = open();
  files.subscribe(() => {});
  answer('', '1');
  t.equal(await news(), 'list {limit:100},  and more');
});

t.test('one file is a page, and fewer files than before are all', async (t) => {
  const { files, answer, news } = open();
  files.subscribe(() => {});
  answer('a', '1');
  await news();
  files.loadMore();
  t.match(await news(), 'list {cursor:1,limit:100}');
  answer('bcd');
  await news();
  files.mutate();
  answer('ab');
  t.match(await news(), /, ab$/);
  files.mutate();
  await news();
  answer('a'.repeat(1_001));
  await news();
  files.mutate();
  await news();
  answer('a'.repeat(500), '2');
  t.match(await news(), 'list {cursor:2,limit:501}');
});

t.test('as many as there were are asked for at once, and 1,000 at most', async (t) => {
  const { files, answer, news } = open();
  files.subscribe(() => {});
  for (const [count, limit] of [
    [150, 100],
    [1_001, 150],
    [1, 1_000],
  ] as const) {
    t.match(await news(), new RegExp(`^(?:stopped, )?list {limit:${limit}}, `));
    answer('x'.repeat(count));
    await news();
    files.mutate();
  }
});
