import { chmodSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLogFile } from '../../../services/local/log-file.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

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
