import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { approveDevice } from '../../../support/bearer.ts';

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A person's terminal: each command is a process of its own, with the same state. */
export interface Shell {
  cwd: string;
  env: Record<string, string>;
}

export interface Running {
  child: ChildProcess;
  /** Waits until standard error has a text that fits. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** The first line of standard output. */
  line: Promise<string>;
  ended: Promise<Ended>;
}

export function start({ cwd, env }: Shell, ...args: string[]): Running {
  const main = new URL('../../../../services/cli/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const out = text(child.stdout);
  const line = once(child.stdout, 'data').then(([chunk]) => String(chunk).split('\n', 1)[0] ?? '');
  const closed = once(child, 'close');
  return {
    child,
    async said(pattern) {
      for (;;) {
        const found = pattern.exec(err);
        if (found) return found;
        if (child.exitCode !== null) throw new Error(`it ended: ${err}`);
        await Promise.race([once(child.stderr, 'data'), closed]);
      }
    },
    line,
    ended: closed.then(async ([code]) => ({ code, out: await out, err })),
  };
}

export function run(shell: Shell, ...args: string[]): Promise<Ended> {
  return start(shell, ...args).ended;
}

/** Signs in by the device flow: another browser gets the code. */
export async function logIn(
  shell: Shell,
  stack: { appOrigin: string; issuer: string },
  login: string,
): Promise<Ended> {
  const where = ['--app', stack.appOrigin, '--issuer', stack.issuer, '--client-id', 'gateway-native'];
  const command = start(shell, 'login', ...where);
  const [, uri = '', user_code = ''] = await command.said(/Open (\S+) in any browser.*\n(\S+)\n/);
  await approveDevice(uri, { user_code, login });
  return command.ended;
}
