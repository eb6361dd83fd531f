import { on } from 'node:events';
import { existsSync, mkdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createWatcher } from '../../../edge/command/watching.ts';
import { folderOf } from '../local/support/serve.ts';

/** A watcher whose clock stands still, so that each change is seen by itself. */
function watching(t: Test, folder: string) {
  mock.timers.enable({ apis: ['setTimeout'] });
  let changes = 0;
  const watcher = createWatcher(() => {
    changes += 1;
  });
  t.teardown(() => {
    watcher.stop();
    mock.timers.reset();
  });
  return {
    watcher,
    /** Writes a file, or makes or removes a folder, and waits until every watch of the folder around it has told. */
    async write(name: string) {
      const path = join(folder, name);
      const seen = watch(dirname(path));
      const told = on(seen, 'change');
      if (existsSync(path) && name.endsWith('/')) rmSync(path, { recursive: true });
      else if (name.endsWith('/')) mkdirSync(path);
      else writeFileSync(path, '');
      for await (const [, what] of told) if (what === basename(path)) break;
      seen.close();
      await setImmediate();
    },
    /** The number of times that something has changed since the last call. */
    changes() {
      mock.timers.tick(100);
      const count = changes;
      changes = 0;
      return count;
    },
  };
}

t.test('what is meant in a folder counts, at any depth and once', async (t) => {
  const folder = folderOf(t, {
    'own/a.js': '',
    'own/lib/b.js': '',
    'own/.git/c.js': '',
    'own/node_modules/d.js': '',
  });
  const { watcher, write, changes } = watching(t, folder);
  watcher.add([join(folder, 'own')], (file) => file.endsWith('.js'));
  for (const [name, count] of [
    ['own/a.js', 1],
    ['own/lib/b.js', 1],
    ['own/notes.txt', 0],
    ['beside.js', 0],
    ['own.js', 0],
    ['own/.git/c.js', 0],
    ['own/node_modules/d.js', 0],
  ] as const) {
    await write(name);
    t.equal(changes(), count, name);
  }
  await write('own/a.js');
  await write('own/lib/b.js');
  t.equal(changes(), 1, 'two changes at once');
  await write('own/new/');
  t.equal(changes(), 1, 'a new folder');
  await write('own/new/e.js');
  t.equal(changes(), 1, 'a file in it');
});

t.test('a file counts, and the folder that it may get', async (t) => {
  const folder = folderOf(t, { 'a.json': '' });
  const { watcher, write, changes } = watching(t, folder);
  watcher.add([join(folder, 'a.json'), join(folder, 'none/b.json')]);
  for (const [name, count] of [
    ['a.json', 1],
    ['b.json', 0],
    ['none', 1],
  ] as const) {
    await write(name);
    t.equal(changes(), count, name);
  }
});

t.test('a folder that is not where the command runs may go, and be made anew later', async (t) => {
  const folder = folderOf(t, { 'out/a.json': '' });
  const { watcher, write, changes } = watching(t, folder);
  watcher.add([join(folder, 'out/a.json')]);
  for (const name of ['out/', 'out/', 'out/a.json']) {
    await write(name);
    t.equal(changes(), 1, name);
  }
});

t.test('a stopped watcher says nothing, not even of what it has seen', async (t) => {
  const folder = folderOf(t, { 'a.json': '' });
  const { watcher, write, changes } = watching(t, folder);
  watcher.add([join(folder, 'a.json')]);
  await write('a.json');
  watcher.stop();
  t.equal(changes(), 0);
  await write('a.json');
  t.equal(changes(), 0);
});
