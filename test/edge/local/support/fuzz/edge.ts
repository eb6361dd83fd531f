import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { bindingsFor, NOW_EPOCH, TEMPLATE } from '../edge.ts';
import { startStandIn } from '../stand-in.ts';
import { storeFiles } from './run.ts';

/** The edge in a process of its own, in front of a careless origin in this process. */
export async function startEdgeProcess(t: { teardown(fn: () => Promise<void>): void }) {
  const origin = await startStandIn();
  storeFiles(origin);
  const edge = fork(new URL('../edge-process.ts', import.meta.url), {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  t.teardown(async () => {
    edge.kill();
    await origin.close();
  });
  edge.send({ template: TEMPLATE, bindings: bindingsFor(origin), nowMs: NOW_EPOCH * 1_000 });
  const [{ port }] = await once(edge, 'message');
  return {
    port,
    origin,
    isRunning: () => edge.exitCode === null && edge.signalCode === null,
    async memory(): Promise<{ residentBytes: number; heapBytes: number }> {
      edge.send('memory');
      const [memory] = await once(edge, 'message');
      return memory;
    },
  };
}
