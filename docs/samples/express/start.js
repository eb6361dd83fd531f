// Your app, and a CloudFront on this machine beside it. Ctrl-C ends both.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';

mkdirSync('bucket', { recursive: true });
const { port } = new URL(process.env.FILES_ORIGIN);
const emulator = ['files-host.json', '--bucket', 'gateway-files=./bucket', '--port', port || '80'];
const children = [
  spawn('node_modules/.bin/edge-local', emulator, { stdio: 'inherit' }),
  spawn(process.execPath, ['server.js'], { stdio: 'inherit' }),
];
const end = () => {
  for (const child of children) child.kill();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
for (const child of children) child.on('exit', end);
