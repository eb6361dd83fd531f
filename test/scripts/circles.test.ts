import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { circlesOf, foldersOf, importsOf } from '../../scripts/circles.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

/** The circles of a tree of files: by each path what it imports. */
function circlesIn(t: Test, files: Record<string, string>) {
  const directory = temporaryDirectory(t);
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), source);
  }
  const imports = importsOf(directory);
  return { files: circlesOf(imports), folders: circlesOf(foldersOf(imports)) };
}

t.test('no circle of files or folders is in this checkout', (t) => {
  const imports = importsOf('.');
  t.ok(imports.has('scripts/circles.ts'), 'the sources were found');
  t.strictSame(circlesOf(imports), []);
  t.strictSame(circlesOf(foldersOf(imports)), []);
  t.end();
});

t.test('a circle of files is said, also one of types or of an import that comes later', (t) => {
  const found = circlesIn(t, {
    'infra/a.ts': "import type { B } from './b.ts';",
    'infra/b.ts': "const a = await import('./c.ts');",
    'infra/c.ts': "export { a } from './a.ts';",
  });
  t.strictSame(found, { files: ['infra/a.ts → infra/b.ts → infra/c.ts → infra/a.ts'], folders: [] });
  t.end();
});

t.test('a circle of folders is said where no file is in one', (t) => {
  const found = circlesIn(t, {
    'infra/build.ts': "import { a } from '../services/state.ts';",
    'infra/synth.ts': "import { v } from './values.ts';",
    'infra/values.ts': '',
    'services/stack.ts': "import { a } from '../infra/synth.ts';",
    'services/state.ts': "import { v } from './limits.ts';",
    'services/limits.ts': '',
  });
  t.strictSame(found, { files: [], folders: ['infra → services → infra'] });
  t.end();
});

t.test('what imports nothing closes no circle', (t) => {
  const found = circlesIn(t, {
    'edge/limits.ts': '',
    'edge/main.ts': "import { walk } from './rooms/walk.ts';",
    'edge/rooms/walk.ts': "import { limit } from '../limits.ts';",
  });
  t.strictSame(found, { files: [], folders: [] });
  t.end();
});
