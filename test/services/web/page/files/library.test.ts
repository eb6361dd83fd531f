import { mock } from 'node:test';
import t from 'tap';
import { inNode } from '../../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { createLibrary, mayChange } = await inNode('page/files/library.ts');
const { createSelection } = await inNode('page/files/selection.ts');
const { walk } = await inNode('page/uploads/picker.ts');

t.test('a file that is deleted between two pages of the list does not come back', async (t) => {
  const next = Promise.withResolvers<object>();
  const pages = [Promise.resolve({ files: [{ name: 'a' }], cursor: '1' }), next.promise];
  const library = createLibrary({ files: { list: () => pages.shift() } }, () => {});
  const names = () => [...library.all()].map(({ name }) => name);
  const reading = library.refresh();
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(names(), ['a']);
  library.drop('a');
  library.drop('b');
  next.resolve({ files: [{ name: 'b' }, { name: 'c' }] });
  await reading;
  t.strictSame(names(), ['c']);
});

/** A list whose host answers when the test says so. `news` are the calls of the host and of `onChange` since the last call. */
function heldLibrary() {
  const told: string[] = [];
  const asked: { resolve: (answer: object) => void; reject: (error: Error) => void }[] = [];
  const list = (options: { limit: number; cursor?: string; prefix?: string }) => {
    told.push(['list', ...Object.values(options).filter((each) => each !== undefined)].join(' '));
    return new Promise((resolve, reject) => void asked.push({ resolve, reject }));
  };
  const library = createLibrary({ files: { list } }, () => told.push(state()));
  const state = () => [library.state(), ...[...library.all()].map(({ name }) => name)].join(' ');
  return {
    library,
    answer: (files: string[], more: object = {}) =>
      asked.shift()?.resolve({
        files: files.map((each) => ({ name: each, scan: each.startsWith('new') ? 'scanning' : undefined })),
        ...more,
      }),
    fail: (error: Error = new ApiError(0, 'network')) => asked.shift()?.reject(error),
    news: async () => {
      for (let turn = 0; turn < 20; turn++) await undefined;
      return [...told.splice(0), state()].join(', ');
    },
  };
}

/** Each row has an act, and what the host and the page are told by it, with the list at the end. */
t.test('the list is read, read again, and changed', async (t) => {
  const network = new EventTarget();
  Object.assign(globalThis, { addEventListener: network.addEventListener.bind(network) });
  t.teardown(() => Object.assign(globalThis, { addEventListener: undefined }));
  const { library, answer, fail, news } = heldLibrary();
  for (const [what, act, wanted] of [
    ['begin', () => library.refresh(), 'list 1000, reading'],
    [
      'a page',
      () => answer(['a', 'c'], { folders: ['f'], cursor: '1' }),
      'reading a c f/, list 1000 1, reading a c f/',
    ],
    ['the end', () => answer(['d']), 'read a c f/ d, read a c f/ d'],
    ['again', () => library.refresh(), 'list 1000, read a c f/ d'],
    ['a page, which is not shown', () => answer(['a', 'b'], { cursor: '1' }), 'list 1000 1, read a c f/ d'],
    ['a file has come', () => library.look('x'), 'list x 1, read a c f/ d'],
    ['the list comes before it', () => answer(['c']), 'read a b c, read a b c'],
    ['it is there', () => answer(['x']), 'read a b c x, read a b c x'],
    ['it is gone, and a longer name is next', () => library.look('x'), 'list x 1, read a b c x'],
    ['so the host says', () => answer(['xy']), 'read a b c, read a b c'],
    ['a reading', () => library.refresh(), 'list 1000, read a b c'],
    ['during which a file comes', () => library.look('e'), 'list e 1, read a b c'],
    ['another reading', () => library.refresh(), 'list 1000, read a b c'],
    ['the first is too late', () => answer(['z']), 'read a b c'],
    ['the file is noted', () => answer(['e']), 'read a b c'],
    ['many are deleted', () => library.dropAll(['a', 'b']), 'read c, read c'],
    ['the second counts', () => answer(['a', 'b', 'd']), 'read d e, read d e'],
    ['a change counts for one reading', () => library.refresh(), 'list 1000, read d e'],
    ['and not for the next', () => answer(['a', 'b']), 'read a b, read a b'],
    ['a reading', () => library.refresh(), 'list 1000, read a b'],
    ['another one', () => library.refresh(), 'list 1000, read a b'],
    ['the first fails too late', () => fail(), 'read a b'],
    ['the second fails', () => fail(), 'failed a b, failed a b'],
    ['the person tries again', () => library.refresh(), 'list 1000, reading a b'],
    ['the network is back meanwhile', () => network.dispatchEvent(new Event('online')), 'reading a b'],
    ['it fails', () => fail(), 'failed a b, failed a b'],
    ['the network is back', () => network.dispatchEvent(new Event('online')), 'list 1000, reading a b'],
    ['no session', () => fail(new ApiError(401, 'no_session')), 'failed a b, failed a b'],
    ['the network is back', () => network.dispatchEvent(new Event('online')), 'failed a b'],
  ] as const) {
    act();
    t.equal(await news(), wanted, what);
  }
  await t.rejects(Promise.all([library.look('a'), fail()]), { code: 'network' }, 'who looks is told');
  library.refresh();
  answer([], { folders: ['g'] });
  await news();
  const empty = { name: 'g/', size: 0, type: '', etag: '', lastModified: '', url: '' };
  t.strictSame([...library.all()], [empty]);
});

t.test('the list is asked again until each scan has ended', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { library, answer, news } = heldLibrary();
  library.refresh();
  for (const [what, act, wanted] of [
    ['one is scanned', () => answer(['a', 'b', 'new']), 'list 1000, read a b new, read a b new'],
    ['other news', () => library.drop('b'), 'read a new, read a new'],
    ['a wait', () => mock.timers.tick(1_499), 'read a new'],
    ['is over', () => mock.timers.tick(1), 'list 1000, read a new'],
    ...[3_000, 6_000, 12_000, 24_000, 30_000, 30_000].flatMap((ms) => [
      ['still', () => answer(['new']), 'read new, read new'],
      [`${ms}`, () => mock.timers.tick(ms - 1), 'read new'],
      [`${ms} are over`, () => mock.timers.tick(1), 'list 1000, read new'],
    ]),
    ['it has ended', () => answer(['a']), 'read a, read a'],
    ['nothing is asked', () => mock.timers.tick(60_000), 'read a'],
    ['the next one', () => library.refresh(), 'list 1000, read a'],
    ['is scanned', () => answer(['new']), 'read new, read new'],
    ['a short wait', () => mock.timers.tick(1_500), 'list 1000, read new'],
  ] as [string, () => void, string][]) {
    act();
    t.equal(await news(), wanted, what);
  }
});

t.test('who may only look changes nothing', async (t) => {
  t.strictSame(
    [undefined, { role: 'manager' }, { role: 'editor' }, { role: 'viewer' }].map((team) =>
      mayChange({ team }),
    ),
    [true, true, true, false],
  );
});

t.test('a list that fails is not asked again, whatever was scanned', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let asked = 0;
  const list = async () => {
    if (asked++ > 0) throw new Error('signed out');
    return { files: [{ name: 'a', scan: 'scanning' }] };
  };
  await createLibrary({ files: { list } }, () => {}).refresh();
  for (let look = 0; look < 3; look++) {
    mock.timers.tick(60_000);
    for (let turn = 0; turn < 10; turn++) await undefined;
  }
  t.equal(asked, 2);
});

t.test('a list that a lost network has failed is asked again once the network is back', async (t) => {
  const network = new EventTarget();
  Object.assign(globalThis, { addEventListener: network.addEventListener.bind(network) });
  t.teardown(() => Object.assign(globalThis, { addEventListener: undefined }));
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await undefined;
  };
  for (const [error, asked] of [
    [new ApiError(0, 'network'), 3],
    [new ApiError(401, 'no_session'), 2],
  ] as const) {
    let count = 0;
    const list = async () => {
      if (++count === 2) throw error;
      return { files: [{ name: 'a', scan: count === 1 ? 'scanning' : undefined }] };
    };
    mock.timers.enable({ apis: ['setTimeout'] });
    const library = createLibrary({ files: { list } }, () => {});
    await library.refresh();
    mock.timers.tick(60_000);
    await settle();
    t.equal(library.state(), 'failed', error.code);
    mock.timers.reset();
    for (let time = 0; time < 2; time++) {
      network.dispatchEvent(new Event('online'));
      await settle();
    }
    t.equal(count, asked, error.code);
    t.equal(library.state(), asked === 3 ? 'read' : 'failed', error.code);
  }
});

t.test('Shift selects from the last touched file; where none was touched, one file', async (t) => {
  const entries = ['a', 'b', 'c', 'd'].map((name) => ({ kind: 'file', file: { name } }));
  const selection = createSelection(() => {});
  selection.extend('c', entries);
  t.strictSame(selection.keys(), ['c']);
  selection.extend('d', entries);
  t.strictSame(selection.keys(), ['c', 'd']);
  selection.clear();
  selection.toggle('d');
  selection.extend('b', entries);
  t.strictSame(selection.keys().toSorted(), ['b', 'c', 'd']);
});

t.test('Shift selects one file if the last touched file is gone, or not found by the search', async (t) => {
  const entries = ['a', 'b', 'd', 'e'].map((name) => ({ kind: 'file', file: { name } }));
  const selection = createSelection(() => {});
  selection.toggle('c');
  selection.keep((name: string) => name !== 'c');
  selection.extend('d', entries);
  t.strictSame(selection.keys(), ['d']);
  selection.extend('e', entries);
  t.strictSame(selection.keys(), ['d', 'e'], 'and the next range begins there');
});

t.test(
  'a folder that cannot be read does not hold up the rest of the drop',
  { timeout: 10_000 },
  async (t) => {
    const file = {
      isFile: true,
      fullPath: '/in/a',
      file: (done: (file: object) => void) => done({ name: 'a' }),
    };
    const folder = (readEntries: (done: (entries: object[]) => void, fail: () => void) => void) => ({
      kind: 'file',
      webkitGetAsEntry: () => ({ isDirectory: true, createReader: () => ({ readEntries }) }),
    });
    const parts = [[file], []];
    const items = [folder((_done, fail) => fail()), folder((done) => done(parts.shift() ?? []))];
    const found: string[] = [];
    await walk({ items }, (files: { path: string }[]) => found.push(...files.map(({ path }) => path)));
    t.strictSame(found, ['in/a']);
  },
);
