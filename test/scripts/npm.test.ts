import { spawnSync } from 'node:child_process';
import t from 'tap';

function npm(...args: string[]) {
  return spawnSync('npm', args, { encoding: 'utf8' });
}

t.test('npm prints its errors', async (t) => {
  const { status, stderr } = npm('run', 'nosuch');
  t.equal(status, 1);
  t.match(stderr, 'Missing script: "nosuch"');
});

t.test('npm run -s prints the result of a command alone', async (t) => {
  const { status, stdout } = npm(
    'run',
    '-s',
    'gateway',
    '--',
    'user-id',
    'https://login.example.com',
    'alice',
  );
  t.equal(status, 0);
  t.match(stdout, /^[a-z2-7]{26}\n$/);
});
