import type { Clock } from '../table/clock.ts';
import { EdgeRefusal, type EdgeStore } from './store.ts';

/** What this process last saw of the edge's store. A look costs no call, since each call of the store costs money. */
export interface EdgeSeen {
  /** The time of the last call, in milliseconds since 1970. Absent before the first call. */
  lastMs?: number;
  /** Whether the last call failed, and nobody has told the edge since then, or a call is under way for too long. */
  isFailing: boolean;
  /** The size of the store after the last call that said it. */
  bytes?: number;
}

/**
 * The edge's store, with a memory of the last call.
 * @param slowMs a call that takes longer counts as failing until it is answered
 */
export function watchEdge(store: EdgeStore, clock: Clock, slowMs: number) {
  let seen: EdgeSeen = { isFailing: false };
  let askedMs: number | undefined;

  async function watched<T extends { bytes: number } | false>(call: Promise<T>): Promise<T> {
    askedMs = clock.monotonicMs();
    try {
      const answer = await call;
      seen = { ...seen, lastMs: clock.now(), isFailing: false, ...(answer ? { bytes: answer.bytes } : {}) };
      return answer;
    } catch (error) {
      const isAnswer = error instanceof EdgeRefusal && error.reason === 'invalid';
      seen = { ...seen, lastMs: clock.now(), isFailing: !isAnswer };
      throw error;
    } finally {
      askedMs = undefined;
    }
  }

  const edge: EdgeStore = {
    describe: () => watched(store.describe()),
    write: (version, entries) => watched(store.write(version, entries)),
  };
  return {
    edge,
    seen: () => {
      const isSlow = askedMs !== undefined && clock.monotonicMs() - askedMs > slowMs;
      return { ...seen, isFailing: seen.isFailing || isSlow };
    },
    /** If nothing waits for the edge, not even for a later try, somebody's call has succeeded meanwhile. */
    onNothingDue() {
      seen = { ...seen, isFailing: false };
    },
  };
}
