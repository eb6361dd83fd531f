import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCdk, runProbe } from '../../../../services/operator/deploy/terminal.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

/** It runs a command in a terminal of its own. */
const SCRIPT = '/usr/bin/script';
const ASK = `import { askSecretly } from '${resolve('services/operator/deploy/terminal.ts')}';
const said = await askSecretly('the secret: ').catch(({ message }) => message);
process.stdout.write('got ' + Buffer.from(said).toString('hex') + '.');`;
const COMMAND = `${process.execPath} --input-type=module-typescript --eval "$ASK"`;

/** What the terminal shows, and what the question was answered with. */
async function typed(keys: string): Promise<{ shown: string; got: string }> {
  const child = spawn(SCRIPT, ['--quiet', '--return', '--command', COMMAND, '/dev/null'], {
    env: { ...process.env, ASK, NODE_NO_WARNINGS: '1' },
  });
  let shown = '';
  let isTyped = false;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    if (isTyped || !shown.includes('the secret: ')) return;
    isTyped = true;
    child.stdin.write(keys);
  });
  await once(child, 'close');
  const [, hex = ''] = /got ([\da-f]*)\./.exec(shown) ?? [];
  return { shown, got: Buffer.from(hex, 'hex').toString() };
}

t.test('what is typed is the answer, and is not shown', { skip: missing(SCRIPT) }, async (t) => {
  const { shown, got } = await typed('of the provider\r');
  t.equal(got, 'of the provider');
  t.notMatch(shown, 'of the provider');
  t.match(shown, /the secret: \r?\n/, 'what follows is on a line of its own');
});

t.test('who ends the question is told how to go on', { skip: missing(SCRIPT) }, async (t) => {
  for (const [name, key] of [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ] as const) {
    t.equal((await typed(key)).got, 'nothing was typed: run it again to go on', name);
  }
});

t.test('how the probe ends is said', async (t) => {
  const ending = (status: number) => ({
    NODE_OPTIONS: `--import=data:text/javascript,process.exit(${status})`,
  });
  await t.resolves(runProbe(ending(0), 'npm run x'));
  for (const [status, why] of [
    [1, 'the probe found something'],
    [2, 'the probe could not run'],
  ] as const) {
    await t.rejects(
      runProbe(ending(status), 'npm run x'),
      {
        name: 'DeployError',
        message: `the deployment is up, and ${why}: see above. To ask again: npm run x`,
      },
      why,
    );
  }
});

t.test('the CDK asks nobody where there is no terminal, and its failure is ours', async (t) => {
  const directory = temporaryDirectory(t);
  const { PATH: path, ASKED: before } = process.env;
  const { isTTY } = process.stdin;
  const asked = join(directory, 'asked');
  t.teardown(() => {
    Object.assign(process.env, { PATH: path, ASKED: before });
    process.stdin.isTTY = isTTY;
  });
  Object.assign(process.env, { PATH: `${directory}:${path}`, ASKED: asked });
  const npx = (status: number) =>
    writeFileSync(join(directory, 'npx'), `#!/bin/sh\necho "$@" > "$ASKED"\nexit ${status}\n`, {
      mode: 0o755,
    });
  npx(0);
  for (const [hasTerminal, args, options] of [
    [false, ['deploy', 'Gateway'], ' --require-approval never'],
    [true, ['deploy', 'Gateway'], ''],
    [false, ['diff', '--app', 'x'], ''],
  ] as const) {
    process.stdin.isTTY = hasTerminal;
    await runCdk([...args]);
    t.match(
      readFileSync(asked, 'utf8'),
      new RegExp(` aws-cdk@\\S+ ${args.join(' ')}${options}\\n$`),
      args.join(' '),
    );
  }
  npx(1);
  await t.rejects(runCdk(['diff']), {
    name: 'DeployError',
    message: 'the CDK failed: see above, then run it again',
  });
});
