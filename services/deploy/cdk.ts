import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { DeployError } from './make/making.ts';

/** It has no dependencies, so its version pins all of it (docs/decisions/0040-one-command-deploys.md). */
const CDK = 'aws-cdk@2.1148.1';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs the CDK's command line on what was built.
 * @throws DeployError where it fails; it has said why
 */
export async function runCdk(args: string[]): Promise<void> {
  await run(
    'npx',
    ['--yes', '--loglevel=error', CDK, ...args],
    'the CDK could not do it: see above, then run it again',
  );
}

/** `gateway probe` against the deployment. */
export async function runProbe(env: Record<string, string>): Promise<void> {
  const failed = 'the deployment is up, and the probe found something: see above';
  await run(process.execPath, ['services/cli/main.ts', 'probe'], failed, env);
}

async function run(command: string, args: string[], failed: string, env: Record<string, string> = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new DeployError(failed);
}
