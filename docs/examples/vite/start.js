// The service with its local AWS, and your app's development server beside it. Ctrl-C ends both.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { gateway } = JSON.parse(readFileSync('package.json', 'utf8')).config;
const env = { ...process.env, APP_ORIGIN: 'http://localhost:5173' };
const children = [
  spawn('npm', ['start'], { cwd: gateway, env, stdio: 'inherit' }),
  spawn(process.execPath, ['node_modules/vite/bin/vite.js'], { stdio: 'inherit' }),
];
const end = () => {
  for (const child of children) child.kill();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
for (const child of children) child.on('exit', end);
