import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { circlesOf, foldersOf, importsOf } from '../../scripts/circles.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

/** The circles of a tree of files: the key is a path, the value its content. */
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

t.test('a file without imports closes no circle', (t) => {
  const found = circlesIn(t, {
    'edge/limits.ts': '',
    'edge/main.ts': "import { walk } from './rooms/walk.ts';",
    'edge/rooms/walk.ts': "import { limit } from '../limits.ts';",
  });
  t.strictSame(found, { files: [], folders: [] });
  t.end();
});
