import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { generateSigningKey } from '../../services/operator/keys/key-files.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { parseArguments } from './arguments.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const REMOTE = 'https://files.load.invalid';

t.test('wrong arguments are named, with advice', (t) => {
  const refused: [args: string[], told: RegExp][] = [
    [['stedy'], /no scenario stedy; there are: steady, login-storm/],
    [['--rate', '0'], /--rate must be a whole number, 1 to 100000/],
    [['--seconds', '99999'], /--seconds must be a whole number, 1 to 3600/],
    [['--rate', '1', '--concurrency', '1'], /give one of them/],
    [['--speed', '1'], /speed[\s\S]*usage: npm run load/],
    [['--target', 'files'], /--target must be an origin/],
    [['--target', `${REMOTE}/`], /no slash at the end/],
    [['--target', 'http://files.load.invalid'], /must be https/],
    [['login-storm', '--target', 'http://localhost:8080'], /login-storm needs the local system/],
    [['steady', '--target', REMOTE, '--seconds', '60'], /up to 13400 requests.*--yes-this-costs/],
    [['steady', '--target', REMOTE, '--concurrency', '9'], /without a bound.*--yes-this-costs/],
  ];
  for (const [args, message] of refused) {
    t.throws(() => parseArguments(args, 1), { name: 'UsageError', message }, args.join(' '));
  }
  t.end();
});

t.test('a foreign target gets nothing above the budget without --yes-this-costs', async (t) => {
  const watch = `import { subscribe } from 'node:diagnostics_channel';
    for (const name of ['net.client.socket', 'undici:client:beforeConnect']) subscribe(name, () => console.error('SENDS'));`;
  const keyFile = join(temporaryDirectory(t), 'key.pem');
  writeFileSync(keyFile, generateSigningKey('ec').privatePem);
  const load = async (...args: string[]) => {
    const preload = ['--import', `data:text/javascript,${encodeURIComponent(watch)}`];
    const child = spawn(
      process.execPath,
      [...preload, MAIN, 'steady', '--target', REMOTE, '--rate', '1000', ...args],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          APP_ORIGIN: 'https://load.invalid',
          KEY_PAIR_ID: 'K1',
          SIGNING_KEY_FILE: keyFile,
          BUCKET_NAME: 'files',
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'x',
          AWS_SECRET_ACCESS_KEY: 'x',
          AWS_MAX_ATTEMPTS: '1',
          // Nothing listens there.
          AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
        },
      },
    );
    const exited = once(child, 'exit');
    const told = await text(child.stderr);
    return { told, status: (await exited)[0] };
  };
  const [refused, sends] = await Promise.all([load(), load('--yes-this-costs')]);
  t.equal(refused.status, 2);
  t.match(refused.told, /--yes-this-costs/);
  t.notMatch(refused.told, /SENDS/);
  t.match(sends.told, /SENDS/, 'this shows that a request would be seen');
});
