import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DeployError } from './create/creation.ts';

/** The CDK has no dependencies, so its version fixes all of it (docs/decisions). */
const CDK = 'aws-cdk@2.1148.1';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Runs the CDK's command line on what was built.
 * @throws DeployError if the CDK fails; it has already said why
 */
export async function runCdk(args: string[]): Promise<void> {
  // Without a terminal, nobody can answer the CDK's question. Somebody has reviewed the change before such a run.
  const isAlone = args[0] === 'deploy' && !process.stdin.isTTY;
  const options = isAlone ? ['--require-approval', 'never'] : [];
  const status = await run('npx', ['--yes', '--loglevel=error', CDK, ...args, ...options]);
  if (status !== 0) throw new DeployError('the CDK failed: see above, then run it again');
}

/**
 * Runs `gateway probe` against the deployment.
 * @param again the command with which a person runs it again
 * @throws DeployError if the probe found something, or could not run
 */
export async function runProbe(env: Record<string, string>, again: string): Promise<void> {
  const status = await run(process.execPath, ['services/operator/main.ts', 'probe'], env);
  if (status === 0) return;
  const why = status === 1 ? 'the probe found something' : 'the probe could not run';
  throw new DeployError(`the deployment is up, and ${why}: see above. To ask again: ${again}`);
}

async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<unknown> {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  const [status]: unknown[] = await once(child, 'exit');
  return status;
}

/**
 * Asks on the terminal, and does not show the answer.
 * @throws DeployError if there is no terminal, or the person ends the question
 */
export async function askSecretly(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new DeployError(
      'the client secret must be typed in a terminal, and this is not one: run it once in a terminal, or make the secret yourself (docs/deploy.md, "Keys and secrets of your own")',
    );
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new DeployError('nothing was typed: run it again to go on')));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
