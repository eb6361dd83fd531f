import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Test } from 'tap';

/** Reports the app's port to this process, because the app itself does not. */
const TELL_PORT = `import { Server } from 'node:net';
const { listen } = Server.prototype;
Server.prototype.listen = function (...options) {
  this.once('listening', () => process.send(this.address().port));
  return listen.apply(this, options);
};
process.once('disconnect', () => process.exit());`;

/** Runs a program of docs/adopt.md with its key, `key.pem`, beside it. @returns its address */
export async function startAdopted(
  t: Test,
  directory: string,
  file: string,
  appOrigin: string,
): Promise<string> {
  writeFileSync(join(directory, 'tell-port.js'), TELL_PORT);
  const app = spawn(process.execPath, ['--import', './tell-port.js', file], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      APP_ORIGIN: appOrigin,
      FILES_ORIGIN: 'http://localhost:8080',
      KEY_PAIR_ID: 'KEC',
      SIGNING_KEY_FILE: 'key.pem',
      PORT: '0',
    },
  });
  const exited = once(app, 'exit');
  t.teardown(async () => {
    app.kill();
    await exited;
  });
  const [port] = await Promise.race([
    once(app, 'message'),
    exited.then(() => Promise.reject(new Error(`${file} did not start`))),
  ]);
  return `http://localhost:${port}`;
}
