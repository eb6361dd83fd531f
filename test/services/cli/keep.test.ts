import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { createKeep } from '../../../services/cli/keep.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

const mode = (path: string) => statSync(path).mode & 0o777;

t.test('what is kept can be read by this user only, whatever was there before', (t) => {
  const base = temporaryDirectory(t);
  const directory = join(base, 'cloudfront-cookie-gateway');
  mkdirSync(directory, { mode: 0o777 });
  chmodSync(directory, 0o777);
  const file = join(directory, 'session');
  writeFileSync(file, 'old', { mode: 0o666 });
  chmodSync(file, 0o666);
  const umask = process.umask(0);
  t.teardown(() => void process.umask(umask));
  const keep = createKeep({ XDG_STATE_HOME: base });
  keep.setItem('session', 'new');
  t.strictSame([mode(directory), mode(file)], [0o700, 0o600]);
  t.equal(keep.getItem('session'), 'new');
  t.strictSame(readdirSync(directory), ['session'], 'nothing half-written stays');
  createKeep({ XDG_STATE_HOME: join(base, 'state') }).setItem('session', 'new');
  t.equal(mode(join(base, 'state')), 0o700, 'the folder above is made for this user too');
  t.end();
});

t.test('a link in place of a file is replaced, not followed', (t) => {
  const base = temporaryDirectory(t);
  const directory = join(base, 'cloudfront-cookie-gateway');
  mkdirSync(directory);
  const victim = join(base, 'victim');
  writeFileSync(victim, 'mine');
  symlinkSync(victim, join(directory, 'session'));
  createKeep({ XDG_STATE_HOME: base }).setItem('session', 'secret');
  t.equal(readFileSync(victim, 'utf8'), 'mine');
  t.end();
});

t.test('the turn of a command that was killed is ended by one of many', async (t) => {
  const base = temporaryDirectory(t);
  const keep = createKeep({ XDG_STATE_HOME: base });
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  keep.setItem('a.lock', `${pid} its-turn`);
  let running = 0;
  const most: number[] = [];
  const work = async () => {
    most.push(++running);
    await setImmediate();
    running -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => keep.alone('a', work)));
  t.strictSame(most, Array(20).fill(1));
  t.equal(keep.getItem('a.lock'), null);
});
