import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { takeLock } from '../../../services/local/lock.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

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
});
