import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { linkPackages } from '../support/clone.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

/** A copy of the attacked code and of the campaigns, with a state of its own. */
const tree = mkdtempSync(join(tmpdir(), 'gateway-fuzz-'));
t.teardown(() => rmSync(tree, { recursive: true, force: true }));
const PATHS = [
  'package.json',
  'core',
  'edge',
  'services',
  'test/edge/function',
  'test/edge/local/support',
  'test/fuzz',
  'test/services/auth/support',
  'test/support',
];
for (const path of PATHS) {
  cpSync(join(ROOT, path), join(tree, path), { recursive: true });
}
linkPackages(tree);

function fuzz(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/fuzz/main.ts', ...args], {
    cwd: tree,
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

t.test('a run continues where the last one ended, as long as the code is the same', async (t) => {
  t.match(fuzz(), { status: 2, said: /^--minutes must be a number above 0\nnpm run fuzz -- --minutes N/ });
  const first = fuzz('--minutes', '0.001');
  t.match(first, { status: 0, said: /^seed \d+, from the beginning/ });
  t.match(first.said, /: 100000 of 67368420 tried, \d{4,} passed for somebody\n.*nothing found\n$/s);
  const seed = /^seed \d+/.exec(first.said)?.[0] ?? '';
  const second = fuzz('--minutes', '0.001');
  t.match(second, { status: 0, said: `${seed}, continues from .local/fuzz.json` });
  t.match(second.said, ': 200000 of 67368420 tried');
});

t.test('a finding is printed, with advice', async (t) => {
  const file = join(tree, 'core/canonical-path.ts');
  const source = readFileSync(file, 'utf8');
  const broken = source.replace('segments.search(DOT_SEGMENT) >= 0', 'false');
  t.not(broken, source);
  writeFileSync(file, broken);
  const { status, said } = fuzz('--minutes', '1');
  t.equal(status, 1);
  t.match(said, 'from the beginning: no progress of this code is kept');
  t.match(said, /FOUND by "every path .*"\/users\/.*isolation-fixtures\.ts\n$/s);
});
