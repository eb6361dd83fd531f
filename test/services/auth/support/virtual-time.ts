import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../../services/auth/table/clock.ts';

/** How often promises get a turn before time goes on. */
const TURNS = 3;

/** Work that reads the clock more often before time goes on would never end. 800 sign-outs at once read it 10,000 times. */
const MOST_READS = 100_000;

/** A clock that moves on when all code waits. Seconds by this clock take milliseconds. */
export function createVirtualTime(startMs = Date.now()) {
  let nowMs = startMs;
  let count = 0;
  let reads = 0;
  const timers = new Map<number, { atMs: number; fire: () => void }>();

  const clock: Clock = {
    now: () => nowMs,
    monotonicMs() {
      if (++reads > MOST_READS)
        throw new Error('the work reads the clock again and again, and time stands still');
      return nowMs - startMs;
    },
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

  async function turn(): Promise<void> {
    for (let each = 0; each < TURNS; each++) await setImmediate();
  }

  /** @returns false if nobody sleeps */
  function moveOn(): boolean {
    let next: { atMs: number; fire: () => void } | undefined;
    for (const timer of timers.values()) if (!next || timer.atMs < next.atMs) next = timer;
    if (!next) return false;
    if (next.atMs > nowMs) reads = 0;
    nowMs = Math.max(nowMs, next.atMs);
    next.fire();
    return true;
  }

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
        await turn();
        if (isDone) return work;
        if (!moveOn()) throw new Error('nothing is under way, but the work is not done');
      }
    },
    /** Nobody has to wait: time goes on by itself as soon as somebody sleeps. */
    flowing(): Clock {
      let isMoving = false;
      const move = async () => {
        isMoving = true;
        do await turn();
        while (moveOn());
        isMoving = false;
      };
      return {
        ...clock,
        sleep: (milliseconds, signal) => {
          const slept = clock.sleep(milliseconds, signal);
          if (!isMoving) void move();
          return slept;
        },
      };
    },
    /** Sets the time. Who sleeps until an earlier time wakes at the next turn. */
    pass(milliseconds: number): void {
      reads = 0;
      nowMs += milliseconds;
    },
  };
}
