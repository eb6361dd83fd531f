import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCommand } from '../../../support/clone.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { startAws } from './support/aws.ts';
import { STACK } from './support/deployments.ts';
import { REGION } from './support/world.ts';

const aws = await startAws(t);
const USAGE = 'usage: npm run deploy -- <values.json> [--diff]';

t.test('the real command: status 2 and why, if it cannot begin', async (t) => {
  const nowhere = join(temporaryDirectory(t), 'values.json');
  for (const [args, said] of [
    [[], USAGE],
    [['values.json', '--colour'], USAGE],
    [['-values.json'], USAGE],
    [[nowhere], `deploy: ${nowhere} cannot be read; docs/deploy.md shows what it holds`],
  ] as const) {
    const command = [process.execPath, 'services/operator/deploy/main.ts', ...args];
    const { exit, output } = runCommand(process.cwd(), command);
    t.strictSame([await exit, output().trim()], [2, said], args.join(' '));
  }
});

t.test('a deployment waits for a stack that is under way, and --diff only looks', async (t) => {
  await aws.reset();
  aws.recorded.stacks.set(`${REGION} ${STACK}`, { status: 'UPDATE_IN_PROGRESS' });
  const file = join(temporaryDirectory(t), 'values.json');
  // Without a host, so that DNS is not asked.
  writeFileSync(file, JSON.stringify({ stackName: STACK }));
  const waits = `deploy: stack ${STACK} in ${REGION} is UPDATE_IN_PROGRESS: waiting until that has ended`;
  for (const [options, hasWaited] of [
    [[], true],
    [['--diff'], false],
  ] as const) {
    const command = [process.execPath, 'services/operator/deploy/main.ts', file, ...options];
    const { child, exit, output, waitFor } = runCommand(process.cwd(), command);
    await Promise.race([waitFor(waits).catch(() => {}), exit]);
    child.kill('SIGKILL');
    await exit;
    t.equal(output().includes(waits), hasWaited, `${options.join(' ')}: ${output()}`);
    t.equal(output().includes('correct everything'), !hasWaited, options.join(' '));
  }
});
