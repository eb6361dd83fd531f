import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
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

/** The path parts that each of the parallel jobs gives to `.ci/run`. */
const jobs = readFileSync('.github/workflows/ci.yml', 'utf8')
  .split('\n')
  .filter((line) => /^ +- test\//.test(line))
  .map((line) => line.trim().slice(2).split(' '));

t.test('each test file belongs to exactly one of the parallel jobs', async (t) => {
  t.ok(jobs.length > 1, `${jobs.length} jobs`);
  const files = globSync('test/**/*.test.ts');
  t.strictSame(
    files.filter((file) => jobs.filter((parts) => parts.some((part) => file.includes(part))).length !== 1),
    [],
  );
  t.strictSame(
    jobs.flat().filter((part) => !files.some((file) => file.includes(part))),
    [],
  );
});

t.test('each weekly test says why it is weekly, and what it showed last', async (t) => {
  const files = globSync('test/**/*.weekly.test.ts');
  t.ok(files.length > 10, `${files.length} files`);
  t.strictSame(
    files.filter((file) => !/Weekly, because.+Last result/s.test(readFileSync(file, 'utf8'))),
    [],
  );
});
