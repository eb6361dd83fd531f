import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { circlesOf, dependenciesOf, foldersOf, importsOf, importsPastDoors } from '../../scripts/circles.ts';
import { readRooms } from '../../scripts/rooms.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

/** A tree of two rooms and of files: the key is a path, the value its content. */
function tree(t: Test, files: Record<string, string>): string {
  const directory = temporaryDirectory(t);
  const room = (name: string, other: string) =>
    JSON.stringify({ name, exports: { './*': './*.ts' }, dependencies: { [other]: '*' } });
  const manifests = {
    'package.json': JSON.stringify({ workspaces: ['infra', 'services'] }),
    'infra/package.json': room('@a/infra', 'esbuild'),
    'services/package.json': room('@a/services', '@a/infra'),
  };
  for (const [file, source] of Object.entries({ ...manifests, ...files })) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), source);
  }
  return directory;
}

function circlesIn(t: Test, files: Record<string, string>) {
  const imports = importsOf(tree(t, files));
  return { files: circlesOf(imports), folders: circlesOf(foldersOf(imports)) };
}

t.test('no circle of packages, files or folders is in this checkout', (t) => {
  const imports = importsOf('.');
  t.ok(imports.has('scripts/circles.ts'), 'the sources were found');
  t.strictSame(circlesOf(imports), []);
  t.strictSame(circlesOf(foldersOf(imports)), []);
  const packages = dependenciesOf(readRooms('.'));
  t.ok(packages.get('@cloudfront-cookie-gateway/infra')?.includes('@cloudfront-cookie-gateway/core'));
  t.strictSame(circlesOf(packages), []);
  t.strictSame(importsPastDoors('.'), []);
  t.end();
});

t.test('a circle of files is reported, also one of types or of a late import', (t) => {
  const found = circlesIn(t, {
    'infra/a.ts': "import type { B } from './b.ts';",
    'infra/b.ts': "const a = await import('./c.ts');",
    'infra/c.ts': "export { a } from './a.ts';",
  });
  t.strictSame(found, { files: ['infra/a.ts → infra/b.ts → infra/c.ts → infra/a.ts'], folders: [] });
  t.end();
});

t.test('a circle of folders is reported if no circle of files is in it', (t) => {
  const found = circlesIn(t, {
    'infra/build.ts': "import { a } from '@a/services/state';",
    'infra/synth.ts': "import { v } from './values.ts';",
    'infra/values.ts': '',
    'services/stack.ts': "import { a } from '../infra/synth.ts';",
    'services/state.ts': "import { v } from './limits.ts';",
    'services/limits.ts': '',
  });
  t.strictSame(found, { files: [], folders: ['infra → services → infra'] });
  t.end();
});

t.test('a file without imports closes no circle', (t) => {
  const found = circlesIn(t, {
    'edge/limits.ts': '',
    'edge/main.ts': "import { walk } from './rooms/walk.ts';",
    'edge/rooms/walk.ts': "import { limit } from '../limits.ts';",
  });
  t.strictSame(found, { files: [], folders: [] });
  t.end();
});

t.test('a circle of packages is reported, also of a development dependency', (t) => {
  const directory = tree(t, {
    'infra/package.json': JSON.stringify({ name: '@a/infra', devDependencies: { '@a/services': '*' } }),
  });
  t.strictSame(circlesOf(dependenciesOf(readRooms(directory))), ['@a/infra → @a/services → @a/infra']);
  t.end();
});

t.test('an import past the door of a room is reported, except in a test', (t) => {
  const directory = tree(t, {
    'infra/a.ts': "import { b } from './rooms/b.ts';",
    'infra/rooms/b.ts': "import { c } from '../../services/c.ts';",
    'services/c.ts': "import { t } from '../test/support.ts';",
    'services/d.ts': "import { a } from '@a/infra/a';",
    'scripts/e.ts': "import { a } from '../infra/a.ts';",
    'test/f.test.ts': "import { a } from '../infra/a.ts';",
  });
  t.strictSame(importsPastDoors(directory).toSorted(), [
    'infra/rooms/b.ts imports ../../services/c.ts',
    'scripts/e.ts imports ../infra/a.ts',
    'services/c.ts imports ../test/support.ts',
  ]);
  t.end();
});
