import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { takeLock } from '../../../services/local/lock.ts';
import { openLogFile } from '../../../services/local/log-file.ts';
import { openLocalState, writeOperatorCredentials } from '../../../services/local/state.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('the secrets stay; if one is missing, the file is put aside and all are new', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'secrets.json');
  const { secrets } = openLocalState(directory);
  t.strictSame(openLocalState(directory).secrets, secrets);
  for (const name of Object.keys(secrets)) {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...kept, [name]: undefined }));
    const left = readFileSync(file, 'utf8');
    t.strictSame(Object.keys(openLocalState(directory).secrets), Object.keys(secrets), name);
    t.equal(readFileSync(`${file}.bad`, 'utf8'), left, name);
  }
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  const { operator, identityProviderKeys } = kept;
  for (const damaged of [
    null,
    [kept],
    { ...kept, operator: { accessKeyId: operator.accessKeyId } },
    { ...kept, service: { secretAccessKey: operator.secretAccessKey } },
    { ...kept, loginSecret: 1 },
    { ...kept, identityProviderKeys: {} },
    { ...kept, identityProviderKeys: identityProviderKeys.keys },
  ]) {
    writeFileSync(file, JSON.stringify(damaged));
    t.not(openLocalState(directory).secrets.loginSecret, kept.loginSecret, JSON.stringify(damaged));
  }
  t.ok(existsSync(file));
});

t.test('each secret is as long as it must be, and no two are alike', async (t) => {
  const { secrets, mover, scanner } = openLocalState(temporaryDirectory(t));
  const { operator, service, cloudfront, identityProviderKeys, ...others } = secrets;
  const all = [operator, service, cloudfront, mover, scanner];
  for (const { accessKeyId, secretAccessKey } of all) {
    t.match(accessKeyId, /^LOCAL[A-Z2-7]{15}$/, 'as long as those of AWS');
    t.match(secretAccessKey, /^[\w-]{40}$/);
  }
  for (const [name, secret] of Object.entries(others)) t.match(secret, /^[\w-]{43}$/, name);
  const texts = [...all.flatMap((each) => Object.values(each)), ...Object.values(others)];
  t.equal(new Set(texts).size, 13);
  const [key = {}, ...more] = identityProviderKeys.keys;
  t.strictSame([more, key.kty, key['use'], key['alg']], [[], 'RSA', 'sig', 'RS256']);
  t.match(key.n, /^[\w-]{342}$/, '2,048 bits');
});

t.test('only this user can read what is kept', (t) => {
  const directory = join(temporaryDirectory(t), 'made');
  mkdirSync(directory, { mode: 0o755 });
  writeOperatorCredentials(openLocalState(directory), 's3.json', { endpoint: 'http://localhost' });
  const { secrets } = openLocalState(directory);
  t.strictSame(JSON.parse(readFileSync(join(directory, 's3.json'), 'utf8')), {
    endpoint: 'http://localhost',
    ...secrets.operator,
  });
  const names = ['.', 'keys', 'secrets.json', 's3.json'];
  t.strictSame(
    names.map((name) => statSync(join(directory, name)).mode & 0o777),
    [0o700, 0o700, 0o600, 0o600],
  );
  t.end();
});

const LOCK = fileURLToPath(new URL('../../../services/local/lock.ts', import.meta.url));

t.test('a directory belongs to one process until that process ends, in whatever way', async (t) => {
  const directory = temporaryDirectory(t);
  // An earlier version believed this file.
  writeFileSync(join(directory, 'pid'), '1');
  const script = `(await import(process.argv[1])).takeLock(process.argv[2]); process.stdout.write('taken'); setInterval(() => {}, 1e6)`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script, LOCK, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  const message = `another npm start uses ${directory}: stop that one first`;
  t.throws(() => takeLock(directory), { message });
  other.kill('SIGKILL');
  await once(other, 'exit');
  takeLock(directory);
  // What nobody holds would be closed now.
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  t.throws(() => takeLock(directory), { message }, 'this process has it now');
  const made = join(directory, 'made');
  takeLock(made);
  t.equal(statSync(made).mode & 0o777, 0o700, 'only this user can read what is in it');
  const foreign = temporaryDirectory(t);
  writeFileSync(join(foreign, 'lock'), 'no lock of ours'.repeat(99));
  t.throws(() => takeLock(foreign), { errcode: 26, message: 'file is not a database' });
});

t.test('a log continues at its end, and takes at most twice its limit', async (t) => {
  const file = join(temporaryDirectory(t), 'auth.log');
  const line = (number: number) => `${number} ${'x'.repeat(97)}`;
  for (let number = 1; number <= 12; number++) {
    const log = openLogFile(file, 500);
    log.write(line(number));
    await log.close();
  }
  const numbers = (path: string) => readFileSync(path, 'utf8').split('\n').map(Number.parseFloat);
  t.strictSame(numbers(`${file}.1`), [6, 7, 8, 9, Number.NaN]);
  t.strictSame(numbers(file), [10, 11, 12, Number.NaN]);
  t.equal(statSync(file).mode & 0o777, 0o600);
});

t.test('many lines cost one write, and keep their order', async (t) => {
  const file = join(temporaryDirectory(t), 'edge.log');
  const log = openLogFile(file);
  for (let number = 0; number < 1_000; number++) log.write(String(number));
  await log.close();
  t.equal(readFileSync(file, 'utf8'), Array.from({ length: 1_000 }, (_, number) => `${number}\n`).join(''));
});

t.test('a log that cannot be written ends nothing, and continues later', async (t) => {
  const file = join(temporaryDirectory(t), 'auth.log');
  mkdirSync(file);
  const log = openLogFile(file);
  log.write('lost');
  await log.close();
  rmdirSync(file);
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  log.write('kept');
  await log.close();
  t.equal(readFileSync(file, 'utf8'), 'kept\n');
});

t.test('a line comes to the file by itself, and one that is larger than a log is kept too', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'edge.log');
  const log = openLogFile(file, 500);
  const large = 'x'.repeat(501);
  const isThere = async () => {
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  log.write(large);
  await isThere();
  t.equal(readFileSync(file, 'utf8'), `${large}\n`);
  rmSync(file);
  log.write('');
  await isThere();
  log.write(large);
  await log.close();
  t.strictSame([readFileSync(`${file}.1`, 'utf8'), readFileSync(file, 'utf8')], ['\n', `${large}\n`]);
  await log.close();
  t.strictSame(readdirSync(directory).toSorted(), ['edge.log', 'edge.log.1']);
});

t.test('by its usual limit, a log begins anew after 5 MB', async (t) => {
  const file = join(temporaryDirectory(t), 'edge.log');
  writeFileSync(file, 'x'.repeat(5 * 2 ** 20 - 2));
  const log = openLogFile(file);
  log.write('y');
  await log.close();
  t.equal(statSync(file).size, 5 * 2 ** 20);
  log.write('z');
  await log.close();
  t.equal(readFileSync(file, 'utf8'), 'z\n');
});
