import { mock } from 'node:test';
import t from 'tap';
import { inNode } from '../../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { createLibrary } = await inNode('page/files/library.ts');
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

t.test('the list is asked again until each scan has ended', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const scans = ['scanning', 'scanning', 'refused', 'never asked'];
  let asked = 0;
  const list = async () => ({ files: [{ name: 'a', scan: scans[asked++] }] });
  const library = createLibrary({ files: { list } }, () => {});
  await library.refresh();
  for (const [ms, times] of [
    [1_400, 1],
    [100, 2],
    [2_900, 2],
    [100, 3],
    [60_000, 3],
  ] as const) {
    mock.timers.tick(ms);
    for (let turn = 0; turn < 10; turn++) await undefined;
    t.equal(asked, times, `${ms}`);
  }
  t.equal(library.get('a').scan, 'refused');
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
