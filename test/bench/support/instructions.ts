import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FEW = 50;
const MANY = 150;

/**
 * Instructions of one call under njs, counted by callgrind. The result is the difference between many calls and few, so
 * that njs's start and its reading of the script are left out.
 * @param script with a function `handler`
 * @param event the source of an expression: a new event for each call
 * @throws Error if a call fails, or answers and does not pass the request on
 */
export async function instructionsPerCall(script: string, event: string): Promise<number> {
  const [few, many] = await Promise.all([FEW, MANY].map((calls) => instructions(script, event, calls)));
  return ((many ?? 0) - (few ?? 0)) / (MANY - FEW);
}

async function instructions(script: string, event: string, calls: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
  try {
    const file = join(directory, 'calls.js');
    await writeFile(
      file,
      `${script}
function next(left) {
  if (left > 0) return Promise.resolve(handler(${event})).then(function (result) {
    if (result.statusCode !== undefined) throw new Error('refused');
    return next(left - 1);
  });
}
next(${calls}).catch(function (error) { console.log(String(error)); });
`,
    );
    const { stdout, stderr } = await run('valgrind', [
      '--tool=callgrind',
      '--callgrind-out-file=/dev/null',
      'njs',
      file,
    ]);
    const count = /Collected : (\d+)/.exec(stderr)?.[1];
    if (stdout !== '' || !count) throw new Error(`njs under callgrind: ${stdout}${stderr}`);
    return Number(count);
  } finally {
    await rm(directory, { recursive: true });
  }
}
