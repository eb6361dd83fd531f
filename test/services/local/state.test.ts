import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
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
  t.ok(existsSync(file));
});

t.test('only this user can read what is kept', (t) => {
  const directory = join(temporaryDirectory(t), 'made');
  mkdirSync(directory, { mode: 0o755 });
  writeOperatorCredentials(openLocalState(directory), 's3.json', { endpoint: 'http://localhost' });
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
  t.throws(() => takeLock(directory), { message }, 'this process has it now');
  const made = join(directory, 'made');
  takeLock(made);
  t.equal(statSync(made).mode & 0o777, 0o700, 'only this user can read what is in it');
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
