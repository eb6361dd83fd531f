import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { WebSocket } from 'undici';
import type { TestStack } from './test-stack.ts';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock (proc(5), sysconf(3)). */
const TICKS_PER_SECOND = 100;
const MEGABYTE = 1_024 * 1_024;

export interface Memory {
  heapMegabytes: number;
  residentMegabytes: number;
}

/**
 * The auth service is the youngest child of the process that runs the stack: `auth-service.ts`, or the same built as one
 * file.
 */
export function servicePid(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ');
  const found = children.findLast((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('/auth-service.'),
  );
  return Number(found);
}

/** The CPU time of a process since its start. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is a name in parentheses. User and system time are the 14th and the 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same in microseconds, from the scheduler's counts of nanoseconds (Documentation/scheduler/sched-stats). */
export function cpuMicroseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1_000)
    .reduce((sum, each) => sum + each, 0);
}

/** The settings of the service, without the channel to its parent. */
export function serviceEnvironment(): Record<string, string> {
  const pairs = readFileSync(`/proc/${servicePid()}/environ`, 'utf8').split('\0').filter(Boolean);
  const entries = pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith('NODE_CHANNEL_')));
}

/** The name of the table of sessions. */
export function tableName(): string {
  const name = serviceEnvironment()['TABLE_NAME'];
  if (name === undefined) throw new Error('the auth service has no TABLE_NAME');
  return name;
}

/**
 * The memory of a stack's auth service after a garbage collection. A signal opens Node's own inspector, which is asked;
 * the service does not notice. It may be called again.
 */
export async function memoryAfterCollection(stack: TestStack, pid: number): Promise<Memory> {
  process.kill(pid, 'SIGUSR1');
  const line = await stack.logged('Debugger listening on ');
  const socket = new WebSocket(/ws:\/\/\S+/.exec(line)?.[0] ?? '');
  await once(socket, 'open');
  const call = async (id: number, method: string, params = {}) => {
    const answered = new Promise<string>((resolve) =>
      socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true }),
    );
    socket.send(JSON.stringify({ id, method, params }));
    return JSON.parse(await answered).result;
  };
  await call(1, 'HeapProfiler.collectGarbage');
  const expression = { expression: 'process.memoryUsage()', returnByValue: true };
  const { rss, heapUsed } = (await call(2, 'Runtime.evaluate', expression)).result.value;
  socket.close();
  return { residentMegabytes: rss / MEGABYTE, heapMegabytes: heapUsed / MEGABYTE };
}
