/** The owner of an event. The event waits while its owner is frozen, and never comes once the owner is dead. */
export interface Owner {
  isDead: boolean;
  frozenUntilMs: number;
}

/** The clock of one process, or of the edge. It is wrong by a time of its own. */
export interface Drift {
  aheadSeconds: number;
}

interface Event {
  atMs: number;
  owner: Owner | undefined;
  run: () => void;
  isCancelled: boolean;
}

export interface VirtualTime {
  /** Milliseconds since 1970. */
  now(): number;
  nowEpoch(): number;
  /** @returns a function that cancels the event */
  after(ms: number, owner: Owner | undefined, run: () => void): () => void;
  /** Runs one event after the other, until none is left or `isOver`. */
  run(isOver: () => boolean): Promise<void>;
}

/** Whole seconds since 1970, by a clock that may be wrong. */
export function epochBy(time: VirtualTime, { aheadSeconds }: Drift): number {
  return time.nowEpoch() + aheadSeconds;
}

/** Time that only passes from event to event. */
export function createVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  const queue: Event[] = [];

  /**
   * Sorted with the latest event first, so that the next one is popped. Of two events at one time, the older one comes
   * first.
   */
  function insert(event: Event): void {
    let [low, high] = [0, queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((queue[middle]?.atMs ?? 0) > event.atMs) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, event);
  }

  return {
    now: () => nowMs,
    nowEpoch: () => Math.floor(nowMs / 1_000),
    after(ms, owner, run) {
      const event = { atMs: nowMs + ms, owner, run, isCancelled: false };
      insert(event);
      return () => {
        event.isCancelled = true;
      };
    },
    async run(isOver) {
      for (let event = queue.pop(); event !== undefined && !isOver(); event = queue.pop()) {
        const { owner, isCancelled } = event;
        if (isCancelled || owner?.isDead) continue;
        if (owner && owner.frozenUntilMs > Math.max(nowMs, event.atMs)) {
          insert({ ...event, atMs: owner.frozenUntilMs });
          continue;
        }
        nowMs = Math.max(nowMs, event.atMs);
        event.run();
        // Waits for everything that follows without another event.
        await new Promise(setImmediate);
      }
    },
  };
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
