import { createServer } from 'node:http';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { readRunning } from '../../../../services/local/running.ts';
import { forgetCommand } from '../../../../services/operator/cli/forget.ts';
import { probeCommand } from '../../../../services/operator/cli/probe.ts';
import { openFileStore } from '../../../../services/operator/cli/stores.ts';
import { deploymentQuestions } from '../../../../services/operator/probe/facts.ts';
import { withWorld } from '../../../../services/operator/probe/world.ts';
import { filesLeft, QUIET, startStand } from './support/stand.ts';

/** Runs the command in this process. */
async function probed(args: string[], directory: string) {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const status = await probeCommand(args, { env: readRunning(directory), localDirectory: directory }, output);
  return { status, out, err };
}

t.test('the probe stops if an edge serves a byte of another user, and nothing is left', async (t) => {
  const { stack } = await startStand(t);
  const { directory } = stack;
  const { s3, bucketName } = openFileStore({ env: readRunning(directory), localDirectory: directory });
  const edge = createServer(async (request, response) => {
    const ids = request.url?.match(/probe-[0-9a-f]{20}/g) ?? [];
    if (ids.length < 2) return response.writeHead(403).end();
    // Serves the file of the last user in the path, as if the path were resolved after the signature.
    const Key = `users/${ids.at(-1)}/a.txt`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }));
    return response.end(await Body?.transformToByteArray());
  });
  await new Promise<void>((resolve) => edge.listen(stack.settings.ports.edge, 'localhost', resolve));
  t.teardown(() => edge.close());
  const { status, out } = await probed(['--json'], stack.directory);
  t.equal(status, 1);
  const last = JSON.parse(out.at(-1) ?? '');
  t.equal(last.verdict, 'stop');
  t.notMatch(out.join('\n'), '"isolation"', 'no question follows');
  const { out: words } = await probed([], stack.directory);
  t.match(words.join('\n'), /\*\*Stop: a byte of another user came\./);
  t.strictSame(stack.keyValueStore.entries(), []);
});

t.test('if no edge answers, the probe says so and ends with 2', async (t) => {
  const { stack } = await startStand(t);
  const { status, out, err } = await probed(['--json'], stack.directory);
  t.equal(status, 2);
  t.strictSame(out, []);
  t.match(err.at(-1), 'probe: nothing answers there: is it running? (npm start)');
  await stack.close();
  const nowhere = await probed(['--json'], stack.directory);
  t.equal(nowhere.status, 2, 'the same if no store answers');
  t.notMatch(nowhere.err.join('\n'), /removed/, 'nothing was made, so nothing has to be removed');
});

t.test('if users could not be removed, the probe says so, with the command that removes them', async (t) => {
  const { operator, stack } = await startStand(t);
  const { directory } = stack;
  const said: string[] = [];
  const remove = () => Promise.reject(new Error('a key: https://bucket/?X-Amz-Signature=secret'));
  const asked = withWorld(
    { ...operator, remove },
    { ...QUIET, say: (line) => said.push(line) },
    async () => 'asked',
  );
  const { seen, left } = await asked;
  t.equal(seen, 'asked', 'the results are printed all the same');
  const [users = '', ...lines] = said;
  const ids = users.match(/probe-[0-9a-f]{20}/g) ?? [];
  t.equal(ids.length, 2, 'the probe first says who the users are');
  t.strictSame(left, ids);
  t.strictSame(
    lines,
    ids.map(
      (id) =>
        `not everything of the throw-away user ${id} could be removed. To do: npm run gateway -- forget ${id} --yes`,
    ),
  );
  t.equal(await filesLeft(directory), 2);
  for (const line of lines) {
    const args = line.replace(/^.* forget /, '').split(' ');
    await forgetCommand(args, { env: readRunning(directory), localDirectory: directory }, { info: () => {} });
  }
  t.equal(await filesLeft(directory), 0, 'that command removes them');
});

t.test('the questions to the app host reach it', async (t) => {
  const stand = await startStand(t);
  const ofAppHost = deploymentQuestions().filter(({ name }) => name.startsWith('apiGateway'));
  const { lines } = await stand.ask(ofAppHost);
  // There is no API Gateway here. Node takes 16 KB.
  t.strictSame(
    lines.map(({ question, seen }) => `${question} ${seen}`),
    ['apiGatewayOddPath 404', 'apiGatewayHeaders8k 200', 'apiGatewayHeaders12k 200'],
  );
});
