import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../domain/ports.ts';

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await setTimeout(milliseconds, undefined, { signal });
    } catch {
      // The signal ended the wait.
    }
  },
};
