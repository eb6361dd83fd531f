import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../../services/auth/domain/ports.ts';

/** How often promises get a turn before time goes on. */
const TURNS = 3;

/** A clock that moves on when all code waits. Seconds by this clock take milliseconds. */
export function createVirtualTime(startMs = Date.now()) {
  let nowMs = startMs;
  let count = 0;
  const timers = new Map<number, { atMs: number; fire: () => void }>();

  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const id = ++count;
        const fire = () => {
          timers.delete(id);
          signal?.removeEventListener('abort', fire);
          resolve();
        };
        timers.set(id, { atMs: nowMs + milliseconds, fire });
        signal?.addEventListener('abort', fire);
      }),
  };

  return {
    clock,
    /** Lets time go on until the work is done. */
    async until<T>(work: Promise<T>): Promise<T> {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      while (true) {
        for (let turn = 0; turn < TURNS; turn++) await setImmediate();
        if (isDone) return work;
        let next: { atMs: number; fire: () => void } | undefined;
        for (const timer of timers.values()) if (!next || timer.atMs < next.atMs) next = timer;
        if (!next) throw new Error('nothing is under way, but the work is not done');
        nowMs = Math.max(nowMs, next.atMs);
        next.fire();
      }
    },
  };
}
