import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { readRooms, roomOf } from '../../scripts/rooms.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

const CORE = '@cloudfront-cookie-gateway/core/errors';
/** Imports that a file of a folder may have, and imports that it may not have. */
const FOLDERS: Record<string, { may: string[]; mayNot: string[] }> = {
  core: { may: ['./errors.ts', 'node:crypto', 'node:buffer'], mayNot: ['node:http', 'node:fs'] },
  'services/auth/sessions': {
    may: ['../teams/team.ts', '../edge/teller.ts', CORE, 'node:crypto'],
    mayNot: [
      '../http/route.ts',
      '../teams/routes.ts',
      'fastify',
      '@aws-sdk/client-dynamodb',
      'openid-client',
    ],
  },
  'services/auth/http': {
    may: ['../sessions/end.ts', CORE, 'fastify'],
    mayNot: ['@aws-sdk/client-s3', 'openid-client'],
  },
};

/** A tree of files that import one thing each. Returns the files that the linter refuses by a rule. */
function refused(t: Test, rule: string, imports: [file: string, from: string][]) {
  const directory = temporaryDirectory(t);
  for (const file of ['biome.json', '.gitignore', 'core/package.json', 'services/auth/package.json']) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    copyFileSync(file, join(directory, file));
  }
  for (const [file, from] of imports) {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), `export { x } from '${from}';\n`);
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
    [...may, ...mayNot].map((from): [string, string] => [fileFor(folder, from), from]),
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
  const files = imports.map(([folder, from]): [string, string] => [fileFor(folder, from), from]);
  t.strictSame(refused(t, 'correctness/noUndeclaredDependencies', files), [
    'core/@cloudfront-cookie-gateway~auth~main.ts',
    'core/tldts.ts',
    'services/auth/@cloudfront-cookie-gateway~infra~values.ts',
    'services/auth/aws-cdk-lib.ts',
  ]);
});

t.test('the linter refuses a circle of imports', (t) => {
  const circle: [string, string][] = [
    ['services/auth/links/a.ts', '../teams/b.ts'],
    ['services/auth/teams/b.ts', '../links/c.ts'],
    ['services/auth/links/c.ts', './a.ts'],
    ['services/auth/links/d.ts', './a.ts'],
  ];
  const files = circle.slice(0, 3).map(([file]) => file);
  t.strictSame(refused(t, 'suspicious/noImportCycles', circle), files.toSorted());
  t.end();
});

const rooms = readRooms('.');

t.test('a package is imported by its name, not by a path; tests may reach inside', (t) => {
  const sources = globSync('{core,edge,infra,scripts,services}/**/*.{ts,tsx,mjs}', {
    exclude: ['**/node_modules/**'],
  });
  t.ok(sources.length > 300, 'the sources were found');
  for (const file of sources) {
    for (const [, to = ''] of readFileSync(file, 'utf8').matchAll(
      /\b(?:from|import)\s*\(?\s*'(\.[^'\n]+)'/g,
    )) {
      const target = join(dirname(file), to);
      if (roomOf(target, rooms) !== roomOf(file, rooms)) t.fail(`${file} imports ${to}`);
    }
  }
  t.end();
});

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
