import type { Clock } from '../../../../services/auth/domain/ports.ts';
import type { MemoryStores } from './memory-stores.ts';
import { createBuckets, WRITE_UNIT_BYTES } from './throttled-dynamodb.ts';

/** The time of a call of the table, in milliseconds: roughly what AWS states for a function's calls in its region. */
const CALL_MS = { least: 3, most: 12 };
/** The SDK's own pause before it repeats a throttled call, and how often it repeats it. */
const PAUSE_MS = 500;
const ATTEMPTS = 3;

const READS = ['read', 'find'];

/** The same numbers from 0 to 1 in each run (the generator of Park and Miller). */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A call that took effect, or was throttled. */
export interface TimedCall {
  /** Such as `users.write`. */
  name: string;
  item: string;
  isThrottled: boolean;
}

/**
 * Stores in memory that take as long as DynamoDB by a clock, and throttle each item as it does: 1,000 units of writes
 * and 3,000 of reads a second.
 */
export function createTimedStores(memory: MemoryStores, clock: Clock) {
  const calls: TimedCall[] = [];
  const random = createRandom();
  const [reads, writes] = [createBuckets(3_000, clock.now), createBuckets(1_000, clock.now)];

  async function call(name: string, given: unknown[], done: () => Promise<unknown>): Promise<unknown> {
    const [store = '', method = ''] = name.split('.');
    // The counter of numbers is one item.
    const item = store === 'numbers' ? store : `${store} ${JSON.stringify(given[0])}`;
    const units = Math.max(...given.map((each) => (JSON.stringify(each) ?? '').length)) / WRITE_UNIT_BYTES;
    const half = () => clock.sleep((CALL_MS.least + random() * (CALL_MS.most - CALL_MS.least)) / 2);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await half();
      const isThrottled = !(READS.includes(method) ? reads(item, 1) : writes(item, units));
      calls.push({ name, item, isThrottled });
      const answer = isThrottled ? undefined : { is: await done() };
      await half();
      if (answer) return answer.is;
      await clock.sleep(random() * PAUSE_MS * 2 ** (attempt - 1));
    }
    throw new Error(`${name}: throttled`);
  }

  function timed<T extends object>(store: string, part: T): T {
    return new Proxy(part, {
      get(target, method) {
        const own: unknown = Reflect.get(target, method);
        if (typeof own !== 'function') return own;
        return (...given: unknown[]) =>
          call(`${store}.${String(method)}`, given, () => Reflect.apply(own, target, given));
      },
    });
  }

  const { users, teams, numbers, pointers, tokens, once } = memory;
  return {
    calls,
    stores: {
      ...memory,
      users: timed('users', users),
      teams: timed('teams', teams),
      numbers: timed('numbers', numbers),
      pointers: timed('pointers', pointers),
      tokens: timed('tokens', tokens),
      once: timed('once', once),
    },
  };
}
