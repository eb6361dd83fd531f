// An app, and a CloudFront on this machine beside it. Ctrl-C ends both.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';

mkdirSync('bucket', { recursive: true });
const { APP_ORIGIN, FILES_ORIGIN } = process.env;
const emulator = ['files-host.json', '--bucket', 'gateway-files=./bucket'];
const [command, ...args] = process.argv.slice(2);
const env = { ...process.env, PORT: new URL(APP_ORIGIN).port };
const children = [
  spawn('node_modules/.bin/edge-local', [...emulator, '--port', new URL(FILES_ORIGIN).port || '80'], {
    stdio: 'inherit',
  }),
  spawn(command, args, { env, stdio: 'inherit' }),
];
const end = () => {
  for (const child of children) child.kill();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
for (const child of children) child.on('exit', end);
