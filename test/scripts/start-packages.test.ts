import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { buildSync } from 'esbuild';
import t from 'tap';

const LIST = new URL('./start-packages.txt', import.meta.url);
const ROOT = new URL('../..', import.meta.url).pathname;

function readJson(file: string) {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
}

const packages: Record<string, { dev?: boolean }> = readJson('package-lock.json').packages;

t.test('npm start installs the packages of the list, so that a new one is seen', async (t) => {
  const names = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  const list = `${[...new Set(names)].toSorted().join('\n')}\n`;
  if (process.env['UPDATE_PACKAGES'] === '1') writeFileSync(LIST, list);
  t.strictSame(list.split('\n'), readFileSync(LIST, 'utf8').split('\n'), 'UPDATE_PACKAGES=1 writes it');
});

/** What `npm start` runs, and the operators' commands. */
const PROGRAMS = [
  'services/local/main.ts',
  'services/local/demo/auth-service.ts',
  'services/auth/main.ts',
  'services/operator/main.ts',
];
/** Imports that these make late are for `check`, `probe` and `doctor --distribution`, which need all packages. */
const LARGE = [
  'services/operator/cli/commands.ts',
  'services/operator/cli/probe.ts',
  'services/operator/cli/live-edge.ts',
  'services/operator/probe/edge-functions.ts',
];

t.test('what runs without devDependencies imports none of them', async (t) => {
  const { dependencies, optionalDependencies } = readJson('package.json');
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'nowhere',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const imported = new Map<string, string>();
  const seen = new Set<string>();
  const follow = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (LARGE.includes(file) && kind === 'dynamic-import') continue;
      if (!external) follow(path);
      else if (!path.startsWith('node:')) imported.set(/^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path, file);
    }
  };
  for (const program of PROGRAMS) follow(program);
  t.ok(imported.has('dynalite') && imported.has('fastify'), [...imported.keys()].join(' '));
  const others = [...imported].filter(([name]) => !(name in dependencies || name in optionalDependencies));
  t.strictSame(others, []);
});
