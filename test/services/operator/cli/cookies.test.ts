import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cookiesCommand, userIdCommand } from '../../../../services/operator/cli/cookies.ts';
import { openKeys } from '../../../../services/operator/keys/key-files.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const NOW = 1_767_200_000_000;

t.test('which folder belongs to which user', async (t) => {
  t.equal(userIdCommand(['https://login.example.com', 'alice']), 'cvy6vmmpmtaj3q7zkgbbcfgwyu');
  for (const args of [[], ['a'], ['a', ''], ['a', 'b', 'c']])
    t.throws(() => userIdCommand(args), { name: 'UsageError' }, args.join(' '));
});

t.test('one line of JSON for each user, with a Cookie header', async (t) => {
  const directory = join(temporaryDirectory(t), 'keys');
  mkdirSync(directory);
  const [key] = openKeys(directory);
  const cookies = async (args: string[], env = {}) => {
    const lines: string[] = [];
    for await (const line of cookiesCommand(args, env, directory, NOW)) lines.push(line);
    return lines;
  };
  const lines = await cookies(['--users', '3']);
  t.strictSame(
    lines.map((line) => JSON.parse(line).id),
    ['load-1', 'load-2', 'load-3'],
  );
  const [line = ''] = await cookies(['--id', 'alice'], {
    APP_ORIGIN: 'https://app.example.com',
    FILES_ORIGIN: 'https://files.app.example.com',
    COOKIE_LIFETIME_SECONDS: '300',
  });
  const header: string = JSON.parse(line).cookies;
  t.match(
    header,
    new RegExp(
      `^CloudFront-Policy=[\\w~-]+; CloudFront-Signature=[\\w~-]+; CloudFront-Key-Pair-Id=${key?.keyPairId}; CloudFront-Hash-Algorithm=SHA256$`,
    ),
  );
  const policy = /Policy=([^;]+)/
    .exec(header)?.[1]
    ?.replaceAll('-', '+')
    .replaceAll('_', '=')
    .replaceAll('~', '/');
  t.equal(
    Buffer.from(policy ?? '', 'base64').toString(),
    '{"Statement":[{"Resource":"https://files.app.example.com/users/alice/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767200300},"DateGreaterThan":{"AWS:EpochTime":1767196400}}}]}',
  );
  const isUsageError = { name: 'UsageError' };
  for (const args of [
    [],
    ['--id', '*'],
    ['--users', '0'],
    ['--users', 'x'],
    ['--id', 'a', '--users', '1'],
    ['a'],
    ['--what'],
  ]) {
    await t.rejects(cookies(args), isUsageError, args.join(' '));
  }
  // The first line is enough to see that it is not refused.
  const tooMany = cookiesCommand(['--users', '1000001'], {}, directory, NOW);
  await t.rejects(tooMany.next(), isUsageError, 'more than a million');
  t.match(await cookiesCommand(['--users', '1000000'], {}, directory, NOW).next(), { value: /load-1/ });
  t.equal((await cookies(['--users', '1'])).length, 1);
  await t.rejects(cookies(['--id', 'a'], { FILES_ORIGIN: 'https://files.example.org' }), {
    ...isUsageError,
    message: /^FILES_ORIGIN must be a child/m,
  });
  for (const COOKIE_LIFETIME_SECONDS of ['900.5', '9', '86401']) {
    await t.rejects(
      cookies(['--id', 'a'], { COOKIE_LIFETIME_SECONDS }),
      isUsageError,
      COOKIE_LIFETIME_SECONDS,
    );
  }
  await t.resolves(cookies(['--id', 'a'], { COOKIE_LIFETIME_SECONDS: '10' }));
});
