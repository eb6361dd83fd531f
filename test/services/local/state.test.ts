import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
