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
  const unreadable = `deploy: ${nowhere} cannot be read; docs/deploy.md shows what it holds`;
  for (const [args, status, said] of [
    [[], 2, USAGE],
    [['values.json', '--colour'], 2, USAGE],
    [['values.json', 'other.json'], 2, USAGE],
    [['-values.json'], 2, USAGE],
    [['--help'], 0, USAGE.replace('usage: ', '')],
    [[nowhere], 2, unreadable],
    [['--diff', nowhere], 2, unreadable],
  ] as const) {
    const command = [process.execPath, 'services/operator/deploy/main.ts', ...args];
    const { exit, output } = runCommand(process.cwd(), command);
    t.strictSame([await exit, output().trim()], [status, said], args.join(' '));
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

t.test('a failure of AWS keeps its words, and a fault that is named has status 1', async (t) => {
  await aws.reset();
  const file = join(temporaryDirectory(t), 'values.json');
  writeFileSync(file, JSON.stringify({ stackName: STACK }));
  const run = async (...options: string[]) => {
    const command = [process.execPath, 'services/operator/deploy/main.ts', file, ...options];
    const { exit, output } = runCommand(process.cwd(), command);
    return { status: await exit, last: output().trim().split('\n').at(-1) };
  };
  t.match(await run('--diff'), {
    status: 1,
    last: /^deploy: correct everything that is named after "stop" \(\d+\), then run it again$/,
  });
  aws.denied.add('DescribeStacks');
  t.match(await run(), { status: 1, last: /^deploy: AccessDenied: .+; run it again, it goes on$/ });
  aws.denied.clear();
});
