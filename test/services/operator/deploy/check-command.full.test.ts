import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCommand } from '../../../support/clone.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const NO_CREDENTIALS = {
  ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
  ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_REGION: 'eu-central-1' },
};
t.test(
  'the real command: one line for each finding, status 1; status 2 if there is nothing to check',
  async (t) => {
    const directory = temporaryDirectory(t);
    const file = join(directory, 'values.json');
    const run = async (text: string, ...more: string[]) => {
      writeFileSync(file, text);
      const command = [process.execPath, 'services/operator/main.ts', 'check', file, ...more];
      const { exit, output } = runCommand(process.cwd(), command, NO_CREDENTIALS);
      return { status: await exit, lines: output().trim().split('\n') };
    };
    // Without a host, so that DNS is not asked.
    const asJson = await run('{ "colour": "red" }', '--json');
    t.equal(asJson.status, 1);
    const [first, ...others] = asJson.lines.map((line) => JSON.parse(line));
    t.strictSame(Object.keys(first), ['value', 'problem', 'do']);
    t.match(others, [...others.slice(0, -1).map(() => ({ value: String })), { resource: 'credentials' }]);
    const inWords = await run('{ "colour": "red" }');
    t.equal(inWords.status, 1);
    t.equal(inWords.lines.length, asJson.lines.length);
    t.equal(
      inWords.lines[0],
      'stop: colour: is not a value of this stack. To do: remove it, or correct its spelling: docs/deploy.md, "values.json", lists all values',
    );
    t.equal((await run('{')).status, 2);
    t.equal((await run('[]')).status, 2);
    t.equal((await run('{}', '--colour')).status, 2);
  },
);
