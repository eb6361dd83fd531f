import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';

const DOMAINS = new URL('../../scripts/test-domains.ts', import.meta.url).pathname;

export type Outcome = 'passed' | 'failed' | 'timed out';

/**
 * Runs one test file in a copy of the project, to its first failure.
 *
 * @param limitMs a test that runs longer is ended, and has timed out
 */
export async function runTest(
  tree: string,
  test: string,
  { limitMs, env = {} }: { limitMs: number; env?: Record<string, string> },
): Promise<{ outcome: Outcome; seconds: number }> {
  const begunMs = performance.now();
  // Tap's own limit would look like a failure, so it comes later.
  const tap = { TAP: '1', TAP_BAIL: '1', TAP_TIMEOUT: `${Math.ceil(limitMs / 1_000) + 60}` };
  const child = spawn(process.execPath, ['--import', DOMAINS, resolve(tree, test)], {
    cwd: tree,
    stdio: 'ignore',
    // What a test has started ends with its group.
    detached: true,
    env: { ...process.env, CDK_VALIDATION: 'false', FC_SEED: '1', FC_SHRINK: '0', ...tap, ...env },
  });
  let isLate = false;
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has already ended.
    }
  };
  const limit = setTimeout(() => {
    isLate = true;
    kill();
  }, limitMs);
  process.once('exit', kill);
  const [code] = await once(child, 'exit');
  clearTimeout(limit);
  process.off('exit', kill);
  kill();
  const seconds = (performance.now() - begunMs) / 1_000;
  return { outcome: isLate ? 'timed out' : code === 0 ? 'passed' : 'failed', seconds };
}
