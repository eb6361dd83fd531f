import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { WebSocket } from 'undici';
import type { TestStack } from '../../support/test-stack.ts';

/**
 * The auth service is a child of the process that runs the stack (services/local/demo/auth-service.ts): the youngest
 * child.
 */
export function serviceProcess(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ');
  const found = children.findLast((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('auth-service.ts'),
  );
  return Number(found);
}

/** The CPU time of a process since its start (proc(5): utime and stime, in ticks of 10 ms). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The same in microseconds, from the scheduler's counts of nanoseconds (Documentation/scheduler/sched-stats). */
export function cpuMicroseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1_000)
    .reduce((sum, each) => sum + each, 0);
}

/** The memory of a process now (proc(5): VmRSS). */
export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** The settings of the service, without the channel to its parent. */
export function serviceEnvironment(): Record<string, string> {
  const pairs = readFileSync(`/proc/${serviceProcess()}/environ`, 'utf8').split('\0');
  return Object.fromEntries(
    pairs
      .map((pair): [string, string] => {
        const end = pair.indexOf('=');
        return [pair.slice(0, end), pair.slice(end + 1)];
      })
      .filter(([name]) => name !== '' && !name.startsWith('NODE_CHANNEL_')),
  );
}

/** The table's name, from the service's environment. */
export function tableName(): string {
  const name = serviceEnvironment()['TABLE_NAME'];
  if (name === undefined) throw new Error('the auth service has no TABLE_NAME');
  return name;
}

const MEGABYTE = 1_024 * 1_024;

/**
 * The memory of a stack's auth service after a garbage collection. A signal opens Node's own inspector, which is asked;
 * the service does not notice. It may be called again.
 */
export async function memoryAfterCollection(
  stack: TestStack,
  pid: number,
): Promise<{ residentMegabytes: number; heapMegabytes: number }> {
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
  const evaluated = await call(2, 'Runtime.evaluate', {
    expression: 'process.memoryUsage()',
    returnByValue: true,
  });
  const { rss, heapUsed } = evaluated.result.value;
  socket.close();
  return { residentMegabytes: rss / MEGABYTE, heapMegabytes: heapUsed / MEGABYTE };
}
