import { setImmediate } from 'node:timers/promises';
import { GatewayError } from '../../../../core/errors.ts';
import type { Clock } from '../../../../services/auth/table/clock.ts';

/** What happens to one call: nothing, it fails, its answer is lost, or its process ends before it. */
export type Fault = 'none' | 'fails' | 'is lost' | 'is the last';

/** Called before each call of a process to a store. */
type Gate = () => Promise<Fault>;

/** Stores of one process, whose calls wait for their turn. */
export function gated<S extends object>(stores: S, gate: Gate): S {
  const gatedStores = Object.entries(stores).map(([name, store]) => {
    const methods = Object.entries<unknown>(store).map(([method, call]) => {
      if (typeof call !== 'function') throw new Error(`${name}.${method} is no method`);
      const waits = async (...given: unknown[]): Promise<unknown> => {
        const fault = await gate();
        if (fault === 'is the last') return new Promise(() => {});
        if (fault === 'fails') throw new GatewayError('store_unavailable');
        const answer: unknown = await Reflect.apply(call, undefined, given);
        if (fault === 'is lost') throw new GatewayError('store_unavailable');
        return answer;
      };
      return [method, waits];
    });
    return [name, Object.fromEntries(methods)];
  });
  return Object.fromEntries(gatedStores);
}

/** A clock on which nobody has to wait. Each pause takes a second, so tries end soon. */
export function hurriedClock(nowEpoch: number): Clock {
  let ms = 0;
  return {
    now: () => nowEpoch * 1_000,
    monotonicMs: () => ms,
    sleep: async () => {
      ms += 1_000;
    },
  };
}

export interface Run {
  /** Each works with stores that are gated by its gate. None fails. */
  processes: ((gate: Gate) => Promise<unknown>)[];
  /** Called after each call to a store. */
  check(): void;
  /** Called once all processes have ended. */
  end(): Promise<void>;
}

/** How often a process may be stopped between two calls in one order, so that others go on first. */
const MAX_STOPS = 4;

/**
 * Runs processes in every order of their calls to the stores that stops a process `MAX_STOPS` times at most.
 * @param begin makes the same run each time
 * @returns the number of orders
 */
export async function inEveryOrder(begin: () => Run): Promise<number> {
  const path: { choice: number; of: number }[] = [];
  for (let orders = 1; ; orders++) {
    let depth = 0;
    await runOnce(begin(), (of) => {
      const taken = path[depth++];
      if (taken) return taken.choice;
      path.push({ choice: 0, of });
      return 0;
    });
    while (path.length > 0 && isLast(path.at(-1))) path.pop();
    const last = path.at(-1);
    if (!last) return orders;
    last.choice++;
  }
}

function isLast(step: { choice: number; of: number } | undefined): boolean {
  return step !== undefined && step.choice === step.of - 1;
}

async function runOnce({ processes, check, end }: Run, choose: (of: number) => number): Promise<void> {
  const waiting = new Map<number, (fault: Fault) => void>();
  let ended = 0;
  for (const [index, work] of processes.entries()) {
    const gate = () => new Promise<Fault>((resolve) => waiting.set(index, resolve));
    void work(gate).then(() => ended++);
  }
  await setImmediate();
  let last: number | undefined;
  let stops = 0;
  while (waiting.size > 0) {
    const others = [...waiting.keys()].filter((index) => index !== last).toSorted((a, b) => a - b);
    const isReady = last !== undefined && waiting.has(last);
    // The first choice is to go on.
    const order = isReady && last !== undefined ? [last, ...(stops < MAX_STOPS ? others : [])] : others;
    const next = order[choose(order.length)] ?? 0;
    if (isReady && next !== last) stops++;
    last = next;
    const go = waiting.get(next);
    waiting.delete(next);
    go?.('none');
    // All stores are in memory, so nothing but promises runs until the next call.
    await setImmediate();
    check();
  }
  if (ended < processes.length) throw new Error('a process waits for something else');
  await end();
}

/**
 * Runs one process again and again, with one fault at each of its calls.
 * @param begin makes the same run each time; the gate lets every call of other processes through
 */
export async function withEveryFault(
  begin: (what: string) => Omit<Run, 'processes'> & { process: (gate: Gate) => Promise<unknown> },
): Promise<number> {
  let runs = 0;
  for (const fault of ['fails', 'is lost', 'is the last'] as const) {
    let wasReached = true;
    for (let at = 1; wasReached; at++) {
      const { process, check, end } = begin(`call ${at} ${fault}`);
      const dead = Promise.withResolvers<void>();
      let calls = 0;
      const gate = async (): Promise<Fault> => {
        check();
        calls++;
        if (calls !== at) return 'none';
        if (fault === 'is the last') dead.resolve();
        return fault;
      };
      await Promise.race([process(gate), dead.promise]);
      await end();
      wasReached = calls >= at;
      runs++;
    }
  }
  return runs;
}
