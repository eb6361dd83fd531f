import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Clock } from './clock.ts';

/** How long other writers may delay one request, so that it still waits for the edge and answers in time. */
const MAX_CONTENTION_MS = 8_000;
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 500;

/** The tries of one request, or of one step of the schedule. */
export interface Tries {
  /**
   * Waits for a random while after a conflict. Whoever has tried for longer waits for longer.
   * @throws GatewayError if it has taken too long. After store_unavailable, the schedule does what is left
   */
  again(): Promise<void>;
}

export function createTries(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  tooLong: ErrorCode = 'store_unavailable',
): Tries {
  const sinceMs = clock.monotonicMs();
  return {
    async again() {
      const triedMs = clock.monotonicMs() - sinceMs;
      if (triedMs >= MAX_CONTENTION_MS) throw new GatewayError(tooLong);
      await clock.sleep(Math.random() * Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, triedMs)));
    },
  };
}

interface Versioned<T> {
  value: T;
  version: number;
}

/**
 * Reads a value, changes it, and writes it if nobody else has written meanwhile. Otherwise it is changed again, as it is
 * by then.
 * @param place.from the value as it was already read, which saves a read if nobody has written since
 * @param change returns undefined if nothing has to change
 * @returns the value after this change
 */
export async function changeVersioned<T>(
  place: {
    read(): Promise<Versioned<T>>;
    write(version: number, value: T): Promise<boolean>;
    from?: Versioned<T> | undefined;
  },
  change: (value: T) => T | undefined,
  tries: Tries,
): Promise<T> {
  for (let from = place.from; ; from = undefined) {
    const { value, version } = from ?? (await place.read());
    const changed = change(value);
    if (changed === undefined) return value;
    if (await place.write(version, changed)) return changed;
    await tries.again();
  }
}
