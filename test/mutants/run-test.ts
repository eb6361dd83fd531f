import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';

const DOMAINS = new URL('../../scripts/test-domains.ts', import.meta.url).pathname;

/**
 * Runs one test file in a copy of the project, to its first failure. A test that does not end within the limit fails.
 *
 * @returns whether the test passes
 */
export async function runTest(
  tree: string,
  test: string,
  { limitMs, env = {} }: { limitMs: number; env?: Record<string, string> },
): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', DOMAINS, resolve(tree, test)], {
    cwd: tree,
    stdio: 'ignore',
    // What a test has started ends with its group.
    detached: true,
    env: {
      ...{ ...process.env, CDK_VALIDATION: 'false', TAP: '1', TAP_BAIL: '1', TAP_TIMEOUT: '240' },
      ...{ FC_SEED: '1', FC_SHRINK: '0', ...env },
    },
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has already ended.
    }
  };
  const limit = setTimeout(kill, limitMs);
  process.once('exit', kill);
  const [code] = await once(child, 'exit');
  clearTimeout(limit);
  process.off('exit', kill);
  kill();
  return code === 0;
}
