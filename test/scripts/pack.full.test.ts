import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import t, { type Test } from 'tap';
import { buildEdgeFunction } from '../../edge/function/build.ts';
import { readRooms } from '../../scripts/rooms.ts';
import { copyOfProject } from '../support/clone.ts';
import { installPacked, PACKAGES, type PackageName, packedFolders, scoped } from '../support/packed.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

// npm, which asks the registry.
t.setTimeout(900_000);

const run = promisify(execFile);
const folders = await packedFolders();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Tools that are not dependencies: docs/decisions gives the reason. */
const tools = await npmInstall(t, 'publint@0.3.25', '@arethetypeswrong/cli@0.18.5');

/** The room that each package is made of. */
const ROOMS = new Map([...readRooms('.')].map(([folder, room]) => [room.name, folder]));

function manifestOf(name: PackageName) {
  return JSON.parse(readFileSync(join(folders, name, 'package.json'), 'utf8'));
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

for (const name of PACKAGES) {
  t.test(`${scoped(name)}: publint, and attw`, async (t) => {
    const folder = join(folders, name);
    t.match((await run(tools.binary('publint'), [folder, '--strict'])).stdout, 'All good!');
    // CommonJS requires them, since each Node that `engines` allows can require ES modules.
    await t.resolves(run(tools.binary('attw'), ['--pack', folder, '--ignore-rules', 'cjs-resolves-to-esm']));
  });
}

// What npm downloads, and all scripts for browsers together. The types and what they say are 33 KB more on the disk of the
// adopter, and nothing of them reaches a browser.
t.test('the client has no dependency, and its scripts for browsers stay below 30,000 bytes', async (t) => {
  t.notOk('dependencies' in manifestOf('client'));
  const folder = join(folders, 'client');
  const { stdout } = await run('npm', ['pack', folder, '--dry-run', '--json']);
  const [{ size }] = JSON.parse(stdout);
  t.ok(size < 33_000, `the package: ${size} bytes`);
  const scripts = readdirSync(folder).filter((file) => file.endsWith('.js') && file !== 'native.js');
  const bytes = scripts.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  t.ok(bytes < 30_000, `its scripts: ${bytes} bytes`);
});

/** What an app imports, and the most bytes, gzipped, that its bundle gets of the client before a picture is drawn. */
const APPS = {
  "{ createCookieGateway } from '.'": 4_500,
  // A file's own date came to 70.
  "{ createGateway } from '.'": 7_100,
  "{ createGateway } from './native'": 4_600,
  "{ GatewayProvider, useSession } from './react'": 1_000,
  "{ GatewayProvider, useFiles, useUploads } from './react'": 2_000,
  "* as files from './files'": 3_600,
};

t.test('an app gets no more of the client than it uses', async (t) => {
  const { project } = await installed('client');
  for (const [imported, most] of Object.entries(APPS)) {
    const [names = '', path = ''] = imported.replace(/'/g, '').split(' from ');
    const from = join(scoped('client'), path);
    const app = names.startsWith('*') ? `export * from '${from}'` : `export ${names} from '${from}'`;
    const { outputFiles } = buildSync({
      stdin: { contents: app, resolveDir: project },
      ...{ bundle: true, write: false, minify: true, format: 'esm', splitting: true, outdir: project },
      external: ['react'],
    });
    const first = outputFiles.find(({ path }) => path.endsWith('stdin.js'));
    const size = gzipSync(first?.contents ?? '').length;
    t.ok(size > 100 && size < most, `${imported}: ${size} bytes`);
  }
});

t.test('the edge function builds as its sources do, and the vectors have the version', async (t) => {
  const folder = join(folders, 'edge-function');
  // esbuild is beside the package in a real project.
  const project = await installPacked(t, ['edge-function', 'vectors'], ['esbuild', 'tldts']);
  const values = { appOrigin: 'https://app.example.com', filesOrigin: 'https://files.app.example.com' };
  const program = `import { buildEdgeFunction } from '${scoped('edge-function')}';
import { formatEntry } from '${scoped('edge-function')}/entry-format';
import vectors from '${scoped('vectors')}/vectors.json' with { type: 'json' };
const names = ['viewer-request', 'viewer-response'];
const code = names.map((name) => buildEdgeFunction(name, { ...${JSON.stringify(values)}, cookieLifetimeSeconds: 900 }));
const texts = vectors.entries.map(({ entry, text }) => [formatEntry(entry), text]);
console.log(JSON.stringify({ code, texts, version: vectors.version, keys: vectors.keys.length }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: project,
  });
  const { code, texts, ...rest } = JSON.parse(stdout);
  const built = { ...values, cookieLifetimeSeconds: 900 };
  t.strictSame(code, [
    buildEdgeFunction('viewer-request', built),
    buildEdgeFunction('viewer-response', built),
  ]);
  t.ok(texts.length > 4);
  for (const [formatted, text] of texts) t.equal(formatted, text);
  t.strictSame(rest, { version, keys: 2 });
  t.notOk(readdirSync(folder).includes('build.ts'));
});

/** An empty folder in which npm installs these, without the peer packages that it would add. */
async function npmInstall(t: Test, ...what: string[]) {
  const project = temporaryDirectory(t);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  await run('npm', ['install', ...what, '--omit=peer', '--no-audit', '--no-fund'], { cwd: project });
  const modules = join(project, 'node_modules');
  return { project, modules, binary: (file: string) => join(modules, '.bin', file) };
}

const installs: Partial<Record<PackageName, ReturnType<typeof npmInstall>>> = {};

/** The same with one of our packages, as npm packs it. Once for all tests. */
function installed(name: PackageName) {
  installs[name] ??= install(name);
  return installs[name];
}

async function install(name: PackageName) {
  const directory = temporaryDirectory(t);
  await run('npm', ['pack', join(folders, name), '--pack-destination', directory]);
  const [tarball = ''] = readdirSync(directory);
  return npmInstall(t, join(directory, tarball));
}

/** The machine's own Node beside the project's, because adopters have other versions. */
const NODES = [...new Set([process.execPath, process.env['npm_node_execpath'] ?? '/usr/bin/node'])];

// The SDK's signer, and what each client of the SDK needs, are most of `cookies` (docs/decisions/README.md).
const SIZES = { client: 100_000, cookies: 7_000_000, 'edge-local': 30_000_000 };
const EXPORTED = {
  client: 'createGateway',
  cookies: 'createCookieIssuer',
  'edge-local': 'createLocalCloudFront',
};

for (const name of ['client', 'cookies', 'edge-local'] as const) {
  t.test(`${scoped(name)} in an empty folder: small, without a Node, by import and by require`, async (t) => {
    const { project, modules, binary } = await installed(name);
    const bytes = bytesIn(modules);
    t.ok(bytes < SIZES[name], `${bytes} bytes`);
    t.comment(`${name}: ${bytes} bytes`);
    t.throws(() => statSync(binary('node')), { code: 'ENOENT' });
    for (const node of NODES) {
      for (const [type, module] of Object.entries({
        module: `import * as module from '${scoped(name)}'; console.log(typeof module.${EXPORTED[name]});`,
        commonjs: `console.log(typeof require('${scoped(name)}').${EXPORTED[name]});`,
      })) {
        const options = ['--no-warnings', `--input-type=${type}`, '--eval', module];
        const { stdout } = await run(node, options, { cwd: project });
        t.equal(stdout, 'function\n', `${node}, ${type}`);
      }
    }
  });
}

t.test('the command edge-local names what it needs', async (t) => {
  const command = (await installed('edge-local')).binary('edge-local');
  const template = resolve('test/infra/templates/gateway.json');
  t.equal(spawnSync(command, ['--help']).status, 0);
  for (const [code, ...args] of [
    [2],
    [2, '--nosuch'],
    [2, '--template', template, '--bucket', 'x'],
    [2, '--template', 'nosuch'],
    [1, '--template', resolve('package.json')],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    t.strictSame([status, stdout], [code, ''], args.join(' '));
    t.match(stderr, /^edge-local: /, args.join(' '));
    t.notMatch(stderr, /^\s+at /m, args.join(' '));
  }
});

t.test('the command gateway, without the CDK', async (t) => {
  const { project, modules, binary } = await installed('operator');
  t.notOk(readdirSync(modules).includes('aws-cdk-lib'));
  const gateway = (...args: string[]) => run(binary('gateway'), args, { cwd: project });
  t.match((await gateway('--help')).stdout, /^ {2}gateway sign-url /m);
  t.match((await gateway('user-id', 'https://login.example.com', 'alice')).stdout, /^[a-z2-7]{26}\n$/);
  const { status, stderr } = spawnSync(binary('gateway'), ['sessions', 'alice'], {
    cwd: project,
    encoding: 'utf8',
  });
  t.equal(status, 2);
  t.match(stderr, /^gateway: there is no local stack in \.local/);
});

t.test('the command cookie-gateway, with one dependency', async (t) => {
  const { binary } = await installed('cli');
  t.strictSame(Object.keys(manifestOf('cli').dependencies), ['openid-client']);
  const command = (...args: string[]) => {
    const env = { PATH: process.env['PATH'], XDG_STATE_HOME: temporaryDirectory(t) };
    return spawnSync(binary('cookie-gateway'), args, { encoding: 'utf8', env });
  };
  t.match(command('--help'), { status: 0, stdout: /^ {2}cookie-gateway login /m });
  t.match(command('ls'), { status: 3, stdout: '', stderr: /^cookie-gateway: nobody is signed in/ });
});

t.test('a release without its last step', async (t) => {
  const directory = copyOfProject(t);
  const { stdout, stderr } = await run('npm', ['run', 'release', '--', '--dry-run'], { cwd: directory });
  for (const name of PACKAGES) t.match(stdout + stderr, `+ ${scoped(name)}@${version}`, name);

  await t.test(
    'nothing is published before the repository has an address, and all changelogs have the version',
    async (t) => {
      const placeholder = { type: 'git', url: 'git+https://git.example.com/gateway.git' };
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
      writeFileSync(
        join(directory, 'package.json'),
        JSON.stringify({ ...manifest, repository: placeholder, version: '9.9.9' }),
      );
      // A registry that nobody can reach, so that the script cannot publish by mistake.
      const released = spawnSync('npm', ['run', '-s', 'release', '--', '--registry=http://127.0.0.1:1'], {
        cwd: directory,
        encoding: 'utf8',
      });
      t.strictSame([released.status, released.stdout], [1, '']);
      const [repository = '', ...others] = released.stderr.trimEnd().split('\n');
      t.match(repository, /^release: "repository" in package\.json is a placeholder, .*\. Set it to /);
      const changelogs = ['', ...PACKAGES.map((name) => `${ROOMS.get(scoped(name))}/`)].map(
        (folder) =>
          `release: ${folder}CHANGELOG.md has no part "## [9.9.9]". Write it: what the version has, and what an operator must do.`,
      );
      const uncommitted = 'release: not everything is committed (git status). Commit, and tag the commit.';
      t.strictSame(others.toSorted(), [...changelogs, uncommitted].toSorted());
    },
  );
});
