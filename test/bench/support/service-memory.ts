import { once } from 'node:events';
import process from 'node:process';
import { WebSocket } from 'undici';
import type { TestStack } from '../../support/test-stack.ts';

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
