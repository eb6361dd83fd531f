import { join, resolve } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { runCommand } from '../../../support/clone.ts';
import { startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';
import { filesLeft } from './support/stand.ts';

const PROBE = [process.execPath, resolve('services/operator/main.ts'), 'probe'];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`after ${signal} in the middle, nothing of its users is left`, async (t) => {
    const parent = temporaryDirectory(t);
    const directory = join(parent, '.local');
    const stack = await startTestStack(t, { directory });
    const asked = runCommand(parent, PROBE);
    // By then both files are there, and the questions have begun.
    await asked.waitFor('probe: normalisedUri');
    t.equal(await filesLeft(directory), 2);
    asked.child.kill(signal);
    t.equal(await asked.exit, 2);
    t.match(asked.output(), /^probe: stopped$/m);
    t.notMatch(asked.output(), /could not be removed/);
    t.equal(await filesLeft(directory), 0);
    t.strictSame(stack.keyValueStore.entries(), []);
  });
}

t.test('a stack over HTTPS is asked like one over HTTP', async (t) => {
  const parent = temporaryDirectory(t);
  await startTestStack(t, { directory: join(parent, '.local'), env: { HTTPS: '1' } });
  const asked = runCommand(parent, [...PROBE, '--json']);
  t.equal(await asked.exit, 0, asked.output());
  t.match(asked.output(), /^\{"verdict":"holds","different":\[\],"failed":\[\]\}$/m);
});
