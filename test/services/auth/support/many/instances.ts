/** A process with instances of the service. It carries out the orders of its parent. */
import process from 'node:process';
import { createInstance, type InstanceOptions } from './instance.ts';

export type Order = { setUp: InstanceOptions; count: number } | { tokens: string[] } | { drainMs: number };

let instances: ReturnType<typeof createInstance>[] = [];

async function carryOut(order: Order): Promise<object> {
  if ('setUp' in order) {
    instances = Array.from({ length: order.count }, () => createInstance(order.setUp));
    for (const instance of instances) await instance.warmUp();
    return { isReady: true };
  }
  if ('drainMs' in order) return { drained: await instances[0]?.drain(order.drainMs) };
  const signOuts = order.tokens.map(async (token, index) => {
    try {
      return await instances[index]?.signOut(token);
    } catch (error) {
      return { error: error instanceof Error ? `${error.message} ${error.cause}` : 'unknown' };
    }
  });
  return { signOuts: await Promise.all(signOuts) };
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ hasStarted: true });
