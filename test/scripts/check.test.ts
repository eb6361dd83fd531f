import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { circlesOf, dependenciesOf, foldersOf, importsOf, importsPastDoors } from '../../scripts/circles.ts';
import { readRooms, roomOf } from '../../scripts/rooms.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

const CORE = '@cloudfront-cookie-gateway/core/errors';
/** What the inner folders of the service may not import. */
const OUTSIDE = ['fastify', '@fastify/cookie', '@aws-sdk/client-dynamodb', 'node:fs', 'openid-client'];

/** Imports that a file of a folder may have, and imports that it may not have. */
const FOLDERS: Record<string, { may: string[]; mayNot: string[] }> = {
  core: { may: ['./errors.ts', 'node:crypto', 'node:buffer'], mayNot: ['node:http', 'node:fs'] },
  'services/auth/domain': {
    may: ['./session.ts', CORE, 'node:crypto'],
    mayNot: ['../adapters/users.ts', '../http/audit.ts', '../records/change-record.ts', ...OUTSIDE],
  },
  'services/auth/settings': {
    may: ['../domain/session.ts', CORE, 'node:fs'],
    mayNot: ['../app.ts', '../adapters/users.ts', '@aws-sdk/client-s3', 'fastify'],
  },
  'services/auth/records': {
    may: ['../domain/session.ts', CORE],
    mayNot: ['../adapters/users.ts', '../sessions/end.ts', '../revocations/edge-teller.ts', ...OUTSIDE],
  },
  'services/auth/revocations': {
    may: ['../domain/session.ts', '../records/change-record.ts', './edge-lease.ts', CORE, 'prom-client'],
    mayNot: ['../adapters/lease.ts', '../http/audit.ts', '../sessions/end.ts', ...OUTSIDE],
  },
  'services/auth/files': {
    may: [CORE, '../domain/file-ports.ts', './usage.ts', 'node:crypto'],
    mayNot: ['../adapters/files.ts', '../http/route.ts', '../shares/shares.ts', '../app.ts', ...OUTSIDE],
  },
  'services/auth/sessions': {
    may: ['../domain/session.ts', '../revocations/edge-teller.ts', CORE, 'node:crypto'],
    mayNot: ['../adapters/users.ts', '../http/route.ts', '../shares/shares.ts', '../app.ts', ...OUTSIDE],
  },
  'services/auth/shares': {
    may: ['../domain/shares.ts', '../records/change-record.ts', '../sessions/session-deps.ts', CORE],
    mayNot: ['../adapters/users.ts', '../http/route.ts', ...OUTSIDE],
  },
  'services/auth/links': {
    may: ['../domain/link.ts', '../records/change-record.ts', '../files/usage.ts', CORE],
    mayNot: ['../adapters/users.ts', '../http/route.ts', '../app.ts', '../shares/shares.ts', ...OUTSIDE],
  },
  'services/auth/adapters': {
    may: ['../domain/ports.ts', './dynamodb.ts', CORE, '@aws-sdk/client-dynamodb', 'openid-client'],
    mayNot: ['../http/audit.ts', '../sessions/end.ts', '../settings/config.ts', 'fastify'],
  },
  'services/auth/http': {
    may: ['../sessions/end.ts', CORE, 'fastify'],
    mayNot: ['../adapters/users.ts', '@aws-sdk/client-s3', 'openid-client'],
  },
};

/** A tree with a file for each import. Returns the files that the linter refuses by a rule. */
function refused(t: Parameters<typeof temporaryDirectory>[0], rule: string, imports: [string, string][]) {
  const directory = temporaryDirectory(t);
  for (const file of ['biome.json', '.gitignore', 'core/package.json', 'services/auth/package.json']) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    copyFileSync(file, join(directory, file));
  }
  for (const [folder, from] of imports) {
    mkdirSync(join(directory, folder), { recursive: true });
    writeFileSync(join(directory, fileFor(folder, from)), `export { x } from '${from}';\n`);
  }
  const { stdout } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['lint', `--only=${rule}`, '--reporter=github', '--max-diagnostics=none'],
    { cwd: directory, encoding: 'utf8' },
  );
  const found = [...stdout.matchAll(/file=([^,]+),/g)].map(([, file = '']) => resolve(directory, file));
  return found.map((file) => relative(directory, file)).toSorted();
}

function fileFor(folder: string, from: string): string {
  return `${folder}/${from.replaceAll(/[/:]/g, '~')}.ts`;
}

t.test('the linter refuses an import against the directions inside the service', async (t) => {
  const imports = Object.entries(FOLDERS).flatMap(([folder, { may, mayNot }]) =>
    [...may, ...mayNot].map((from): [string, string] => [folder, from]),
  );
  const expected = Object.entries(FOLDERS).flatMap(([folder, { mayNot }]) =>
    mayNot.map((from) => fileFor(folder, from)),
  );
  t.strictSame(refused(t, 'style/noRestrictedImports', imports), expected.toSorted());
});

t.test('the linter refuses a package that is not in the package.json of the room', async (t) => {
  const imports: [string, string][] = [
    ['core', 'tldts'],
    ['core', '@cloudfront-cookie-gateway/auth/main'],
    ['services/auth', 'fastify'],
    ['services/auth', '@cloudfront-cookie-gateway/core/errors'],
    ['services/auth', '@cloudfront-cookie-gateway/infra/values'],
    ['services/auth', 'aws-cdk-lib'],
  ];
  t.strictSame(refused(t, 'correctness/noUndeclaredDependencies', imports), [
    'core/@cloudfront-cookie-gateway~auth~main.ts',
    'core/tldts.ts',
    'services/auth/@cloudfront-cookie-gateway~infra~values.ts',
    'services/auth/aws-cdk-lib.ts',
  ]);
});

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

const rooms = readRooms('.');

t.test("Node refuses an import of another package's inside", async (t) => {
  let tried = 0;
  for (const [folder, { name, exports = {} }] of rooms) {
    if ('./*' in exports) continue;
    const doors = Object.values(exports).map((source) => join(folder, source));
    const inside = globSync(`${folder}/**/*.ts`, { exclude: ['**/*.d.ts'] }).find(
      (file) => !doors.includes(file) && roomOf(file, rooms) === folder,
    );
    // A small room may have doors alone.
    if (inside === undefined) continue;
    tried++;
    const [path = ''] = inside.slice(folder.length).split('.ts');
    for (const specifier of [`${name}${path}`, `${name}${path}.ts`]) {
      await t.rejects(import(specifier), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }, specifier);
    }
  }
  t.ok(tried > 7, `${tried} rooms`);
});

t.test('all rooms have the same version of a package, and it is an exact one', async (t) => {
  const root = JSON.parse(readFileSync('package.json', 'utf8'));
  const versions = new Map<string, Set<string>>();
  for (const { dependencies, devDependencies } of [root, ...rooms.values()]) {
    for (const [name, version] of Object.entries<string>({ ...devDependencies, ...dependencies })) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  const names = [...rooms.values()].map(({ name }) => name);
  for (const [name, found] of versions) {
    const [version = '', ...others] = found;
    t.strictSame(others, [], name);
    t.match(version, names.includes(name) ? /^\*$/ : /^\d+\.\d+\.\d+$/, name);
  }
});

t.test('the lockfile names no address of a registry', async (t) => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  for (const [path, { resolved, link }] of Object.entries<{ resolved?: string; link?: boolean }>(packages)) {
    if (resolved !== undefined) t.ok(link === true && rooms.has(resolved), path);
  }
});

t.test('a package above its budget, and a file of no package, fail the check', (t) => {
  const directory = temporaryDirectory(t);
  const files = {
    'scripts/budgets.txt': '# a reason\nengine 2 1\ntest 0 1\nfiles 9 0\n',
    'engine/start.ts': '/**\n * Starts.\n */\nexport const a = 1;\n\n// why\nexport const b = 2;\n',
    'test/engine/start.test.ts': 'export const c = 3;\n',
    'test/case.json': '{}\n',
    'docs/example.ts': 'a();\nb();\n',
  };
  const run = (more: Record<string, string>) => {
    for (const [file, text] of Object.entries({ ...files, ...more })) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
    return spawnSync(process.execPath, [resolve('scripts/budget.ts')], { cwd: directory, encoding: 'utf8' });
  };
  spawnSync('git', ['init', '-q'], { cwd: directory });
  t.match(run({}), { status: 0, stderr: '', stdout: /engine +2 +2 +1 +1\n/ });
  t.match(run({ 'engine/more.ts': 'a();\n' }), { status: 1, stderr: /^engine is above its budget/ });
  t.match(run({ 'engine/more.ts': '', 'wheel/a.css': 'a{}\n' }), {
    status: 1,
    stderr: /^wheel\/a\.css is in no folder/,
  });
  t.end();
});
