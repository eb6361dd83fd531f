/**
 * Preloaded into a process (`--import`). Counts the calls on files, and makes one of them fail. `FAILPOINT`, or a
 * message, is `<kind>@<number>`: kill (before the call), half (a write ends in its middle, then kill), EIO or ENOSPC.
 * The number counts from the start of the process, or from the message. `@3/10` is 3, 13, 23 and so on.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

let [kind = '', number = '', every = ''] = (process.env['FAILPOINT'] ?? 'none@0').split(/[@/]/);

/** The calls so far, in their order. */
const done: string[] = [];

function isHit(name: string): boolean {
  done.push(name);
  const past = done.length - Number(number);
  return kind !== 'none' && (past === 0 || (every !== '' && past > 0 && past % Number(every) === 0));
}

function fail(): NodeJS.ErrnoException | never {
  if (kind === 'kill' || kind === 'half') process.kill(process.pid, 'SIGKILL');
  const words = kind === 'ENOSPC' ? 'no space left on device' : 'i/o error';
  return Object.assign(new Error(`${kind}: ${words}, write`), { code: kind });
}

const target: Record<string, unknown> = Object(fs);
const { writeSync } = fs;

for (const name of ['writeSync', 'renameSync', 'rmSync', 'unlinkSync', 'fsyncSync']) {
  const real = target[name];
  if (typeof real !== 'function') throw new Error(`there is no ${name}`);
  target[name] = (...given: unknown[]) => {
    if (isHit(name)) {
      if (kind === 'half' && name === 'writeSync') writeHalf(Number(given[0]), given[1]);
      throw fail();
    }
    return Reflect.apply(real, fs, given);
  };
}

for (const name of ['write', 'writev', 'fsync']) {
  const real = target[name];
  if (typeof real !== 'function') throw new Error(`there is no ${name}`);
  target[name] = (...given: unknown[]) => {
    const callback = given.at(-1);
    if (!isHit(name)) return Reflect.apply(real, fs, given);
    if (kind === 'half' && name !== 'fsync') writeHalf(Number(given[0]), [given[1]].flat()[0]);
    const error = fail();
    if (typeof callback === 'function') process.nextTick(callback, error);
    return undefined;
  };
}

function writeHalf(fd: number, content: unknown): void {
  const bytes = Buffer.from(content instanceof Uint8Array ? content : String(content));
  writeSync(fd, bytes.subarray(0, Math.ceil(bytes.length / 2)));
}

syncBuiltinESMExports();
process.on('message', (message) => {
  if (typeof message !== 'string') return;
  if (message !== 'done?') {
    [kind = '', number = '', every = ''] = message.split(/[@/]/);
    number = String(done.length + Number(number));
  }
  process.send?.({ done });
});
