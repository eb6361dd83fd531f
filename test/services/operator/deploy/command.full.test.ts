import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCommand } from '../../../support/clone.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

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
