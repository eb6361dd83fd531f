import { spawnSync } from 'node:child_process';
import process from 'node:process';
import t from 'tap';

const PROGRAMS = {
  fuzz: 'test/fuzz/main.ts',
  conformance: 'test/edge/conformance/main.ts',
  soak: 'test/load/soak.ts',
};

function run(program: string, argument: string) {
  return spawnSync(process.execPath, [program, argument], { encoding: 'utf8' });
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  t.test(`npm run ${name} says how it is called`, async (t) => {
    const usage = new RegExp(`^npm run ${name} -- .*--`, 'm');
    t.match(run(program, '--help'), { status: 0, stdout: usage, stderr: '' });
    const wrong = run(program, '--wrong');
    t.match(wrong, { status: 2, stdout: '', stderr: usage });
    t.match(wrong.stderr, "Unknown option '--wrong'");
    t.notMatch(wrong.stderr, /^ {4}at /m);
  });
}
