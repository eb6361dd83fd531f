import { join } from 'node:path';
import t from 'tap';
import { cookiesCommand } from '../../../../services/operator/cli/cookies.ts';
import { keysCommand } from '../../../../services/operator/cli/keys.ts';
import {
  freePortVariables,
  startTestStack,
  type TestStack,
  temporaryDirectory,
} from '../../../support/test-stack.ts';

t.test('the local stack applies a new key, a switch and a removal when it starts', async (t) => {
  const directory = temporaryDirectory(t);
  const keysDirectory = join(directory, 'keys');
  const keys = (...args: string[]) => keysCommand(args, keysDirectory, Date.now());
  const ports = await freePortVariables();
  let stack: TestStack | undefined;
  const restart = async () => {
    await stack?.close();
    stack = await startTestStack(t, { directory, env: ports });
  };
  /** The files host's answer to an operator's cookies: 404 lets them in, since the folder is empty. */
  const ask = async (cookie: string) =>
    (await fetch(`http://localhost:${ports['EDGE_PORT']}/users/a/x`, { headers: { cookie } })).status;
  const cookieOf = async () => {
    for await (const line of cookiesCommand(['--id', 'a'], ports, keysDirectory, Date.now())) {
      return String(JSON.parse(line).cookies);
    }
    return '';
  };

  await restart();
  const [first = '', second = ''] = keys('list').map((line) => line.split(':')[0]);
  t.match(keys('list')[0], /: signs since /);
  const old = await cookieOf();
  t.equal(await ask(old), 404);
  const [added = ''] = keys('generate');
  await restart();
  keys('rotate', added);
  const fresh = await cookieOf();
  t.match(fresh, `Key-Pair-Id=${added}`);
  t.equal(await ask(fresh), 404, 'trusted before it signs');
  await restart();
  t.strictSame(
    keys('list').map((line) => line.split(/ \d/)[0]),
    [`${added}: signs since`, ...[first, second].toSorted().map((name) => `${name}: signed until`)],
  );
  t.strictSame([await ask(old), await ask(fresh)], [404, 404], 'both keys while the old one may count');
  t.throws(() => keysCommand(['retire', first, '--cookies-only'], keysDirectory, Date.now()), {
    name: 'UnsafeStepError',
  });
  keysCommand(['retire', first, '--cookies-only'], keysDirectory, Date.now() + 1_300_000);
  await restart();
  t.strictSame([await ask(old), await ask(fresh)], [403, 404]);
});
