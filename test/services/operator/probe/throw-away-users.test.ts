import t from 'tap';
import { readRunning } from '../../../../services/local/running.ts';
import { forgetCommand } from '../../../../services/operator/cli/forget.ts';
import { withWorld } from '../../../../services/operator/probe/world.ts';
import { filesLeft, startStand } from './support/stand.ts';

const options = { figure: () => {}, isWatching: false, signal: new AbortController().signal };

t.test('if users could not be removed, the probe says so, with the command that removes them', async (t) => {
  const { operator, stack } = await startStand(t);
  const { directory } = stack;
  const said: string[] = [];
  const remove = () => Promise.reject(new Error('a key: https://bucket/?X-Amz-Signature=secret'));
  const asked = withWorld(
    { ...operator, remove },
    { ...options, say: (line) => said.push(line) },
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
    await forgetCommand(args, readRunning(directory), directory, { info: () => {} });
  }
  t.equal(await filesLeft(directory), 0, 'that command removes them');
});
