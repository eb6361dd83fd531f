import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { buildSync } from 'esbuild';
import t from 'tap';

const LIST = new URL('./start-packages.txt', import.meta.url);
const ROOT = new URL('../..', import.meta.url).pathname;

function readJson(file: string) {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
}

const { packages } = readJson('package-lock.json');
/** What a start installs. */
const { packagesOfStage, STAGES } = await import(
  new URL('../../scripts/packages-of.mjs', import.meta.url).href
);
const [paths = [], ofApp = [], ofPage = []]: string[][] = STAGES.map((stage: string[]) => [
  ...packagesOfStage(stage, packages),
]);

t.test('npm start installs the packages of the list, so that a new one is seen', async (t) => {
  const names = paths.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
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
/** Imports that these make late are for `check`, `probe`, `doctor --distribution` and `--values`, which need all packages. */
const LARGE = [
  'services/operator/main.ts',
  'services/operator/cli/commands.ts',
  'services/operator/cli/probe.ts',
  'services/operator/cli/live-edge.ts',
  'services/operator/probe/edge-functions.ts',
];

/** What programs import, and by which file. */
function importsOf(programs: string[]): Map<string, string> {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: programs,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: Object.keys(packages)
      .filter((path) => path.startsWith('node_modules/') && !packages[path].link)
      .map((path) => path.slice('node_modules/'.length)),
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
  for (const program of programs) follow(program);
  return imported;
}

t.test("what a start installs is enough for what it runs, and for the operators' commands", async (t) => {
  const imported = importsOf(PROGRAMS);
  t.ok(imported.has('dynalite') && imported.has('fastify'), [...imported.keys()].join(' '));
  const others = [...imported].filter(([name]) => !paths.includes(`node_modules/${name}`));
  t.strictSame(others, []);
});

t.test('what is installed to make an app is enough for that, and not all', async (t) => {
  const imported = importsOf(['scripts/create.ts', 'scripts/pack.ts']);
  t.ok(imported.has('esbuild'), [...imported.keys()].join(' '));
  const missing = (there: string[], names: Iterable<string>) =>
    [...names].filter((name) => !there.includes(`node_modules/${name}`));
  const own = ['vectors', 'web', 'keys', 'local'].map((name) => `@cloudfront-cookie-gateway/${name}`);
  t.strictSame(missing(ofApp, [...imported.keys(), ...own]), []);
  t.strictSame(missing(ofApp, ['typescript', '@types/react']), ['typescript', '@types/react']);
  t.strictSame(missing(ofPage, [...imported.keys(), ...own, 'typescript', '@types/react']), []);
  for (const large of ['aws-cdk-lib', '@sparticuz/chromium', 'tap'])
    t.notOk(ofPage.includes(`node_modules/${large}`), large);
});
