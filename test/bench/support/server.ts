import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { text } from 'node:stream/consumers';

/** A program under load: one process, on the first core. */
export interface Server {
  port: number;
  /** The seconds of CPU time that its process has used so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** One round of requests, as wrk counted them. */
export interface Round {
  requests: number;
  perSecond: number;
  perCpuSecond: number;
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock (proc(5), sysconf(3)). */
const TICKS_PER_SECOND = 100;

export const TASKSET = '/usr/bin/taskset';
export const WRK = '/usr/bin/wrk';

/** Starts a program that has one process, pinned to the first core. Every program gets the same core. */
export function startPinned(command: string, args: string[], { hasChannel = false } = {}): ChildProcess {
  return spawn(TASKSET, ['-c', '0', command, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', ...(hasChannel ? ['ipc' as const] : [])],
  });
}

/** Starts a script that receives `options` in a message and answers with its port. */
export async function startScript(script: URL, options: object): Promise<Server> {
  const child = startPinned(process.execPath, [script.pathname], { hasChannel: true });
  child.send(options);
  const [{ port }] = await once(child, 'message');
  return serverOf(child, Number(port));
}

export function serverOf(child: ChildProcess, port: number): Server {
  return {
    port,
    cpuSeconds() {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
      // The second field is a name in parentheses. User and system time are the 14th and the 15th field.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/**
 * Loads a server with wrk, which has the second core for itself.
 * @param script makes the requests, and ends with one line of JSON
 * @throws Error if an answer is not 2xx, or is missing
 */
export async function load(
  server: Server,
  { path, script, args, seconds }: { path: string; script: URL; args: string[]; seconds: number },
): Promise<Round> {
  const before = server.cpuSeconds();
  const url = `http://127.0.0.1:${server.port}${path}`;
  const wrk = ['-t', '1', '-c', '32', '-d', `${seconds}s`, '-s', script.pathname, url, '--', ...args];
  const child = spawn(TASKSET, ['-c', '1', WRK, ...wrk], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await text(child.stdout);
  const cpuSeconds = server.cpuSeconds() - before;
  const { requests, microseconds, failed } = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
  if (requests === 0 || failed !== 0) throw new Error(`${failed} of ${requests} requests failed: ${output}`);
  return {
    requests,
    perSecond: (requests / microseconds) * 1_000_000,
    perCpuSecond: requests / cpuSeconds,
  };
}
