import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { copyOfProject, runCommand } from '../../../support/clone.ts';
import { freePortVariables, startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';
import { filesLeft } from './support/stand.ts';

t.test('the real command finds the running stack, and names each difference of its edge', async (t) => {
  const directory = copyOfProject(t);
  const env = { ...(await freePortVariables()), EDGE_ASSUMPTIONS: 'caseIgnored=true' };
  const stack = runCommand(directory, ['npm', 'start'], env);
  t.teardown(() => stack.child.kill('SIGTERM'));
  await stack.waitFor('ready http');

  // Without the environment variables: the command finds the stack by the file that the stack left.
  const began = Date.now();
  const asked = runCommand(directory, ['npm', 'run', 'gateway', '--', 'probe', '--json']);
  t.equal(await asked.exit, 1);
  t.ok(Date.now() - began < 60_000, `it took ${Date.now() - began} ms`);
  const lines = asked
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  t.strictSame(JSON.parse(lines.at(-1) ?? ''), { verdict: 'holds', different: ['caseIgnored'], failed: [] });
  for (const line of lines.slice(0, -1)) {
    const { question, assumed, seen, same, ...more } = JSON.parse(line);
    t.strictSame(more, {}, question);
    t.equal(same, seen === 'hidden' ? null : seen === assumed, question);
  }
  t.match(
    asked.output(),
    /^probe: not asked here: staleShareHttp3 \(it needs HTTP\/3 at the edge \(http3\)\)$/m,
  );

  const report = runCommand(directory, ['npm', 'run', 'gateway', '--', 'probe']);
  t.equal(await report.exit, 1);
  t.match(report.output(), /^\| caseIgnored +\| true +\| false +\| \*\*no\*\* \|/m);
  const secrets = JSON.parse(readFileSync(join(directory, '.local/secrets.json'), 'utf8'));
  const told = asked.output() + report.output();
  for (const { accessKeyId, secretAccessKey } of [secrets.operator, secrets.service]) {
    for (const [index, secret] of [accessKeyId, secretAccessKey].entries())
      t.notOk(told.includes(secret), `row ${index}`);
  }
  t.notMatch(told, /Signature=|Policy=|X-Amz/, 'and no signature');
  stack.child.kill('SIGTERM');
  await stack.exit;
});

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
