import { createServer } from 'node:http';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { readRunning } from '../../../../services/local/running.ts';
import { probeCommand } from '../../../../services/operator/cli/probe.ts';
import { openFileStore } from '../../../../services/operator/cli/stores.ts';
import { startStand } from './support/stand.ts';

/** Runs the command in this process. */
async function probed(args: string[], directory: string) {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const status = await probeCommand(args, readRunning(directory), directory, output);
  return { status, out, err };
}

t.test('the probe stops if an edge serves a byte of another user, and nothing is left', async (t) => {
  const { stack } = await startStand(t);
  const { s3, bucketName } = openFileStore(readRunning(stack.directory), stack.directory);
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
