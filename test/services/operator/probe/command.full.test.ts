import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { copyOfProject, runCommand } from '../../../support/clone.ts';
import { freePortVariables } from '../../../support/test-stack.ts';

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
    for (const secret of [accessKeyId, secretAccessKey]) t.notOk(told.includes(secret));
  }
  t.notMatch(told, /Signature=|Policy=|X-Amz/, 'and no signature');
  stack.child.kill('SIGTERM');
  await stack.exit;
});
