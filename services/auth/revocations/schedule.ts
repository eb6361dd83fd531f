import { nowEpoch } from '../domain/epoch-seconds.ts';
import type { Clock, EdgeStore, UserStore } from '../domain/ports.ts';
import type { EdgeTeller } from './edge-teller.ts';

export interface ScheduleReport {
  /** Logouts by the provider that had been cut off, and are finished now. */
  providerLogouts: number;
  /** Entries of the edge's store that were written or removed. */
  entries: number;
  /** How long the edge has not known of the oldest change, in seconds. 0 means that it knows all changes. */
  untoldSeconds: number;
  /** The size of the edge's store. Absent if the store does not answer. */
  storeBytes?: number;
}

export interface Schedule {
  /**
   * Finishes what failures and crashes have left behind, and tells the edge what has expired.
   * @param budgetMs no new step begins later than this
   * @throws GatewayError store_unavailable, and the errors of the edge's store
   */
  run(budgetMs: number): Promise<ScheduleReport>;
  /** The state of the edge. It changes nothing. */
  look(): Promise<Pick<ScheduleReport, 'untoldSeconds' | 'storeBytes'>>;
}

export function createSchedule(deps: {
  users: UserStore;
  edge: EdgeStore;
  sessions: { finishProviderLogouts(): Promise<number> };
  teller: EdgeTeller;
  clock: Clock;
}): Schedule {
  const { users, edge, sessions, teller, clock } = deps;

  async function look() {
    const [[oldest], bytes] = await Promise.all([
      users.due(0, 1),
      edge.describe().then(
        (store) => store.bytes,
        () => undefined,
      ),
    ]);
    const since = oldest?.untoldSinceEpoch;
    return {
      untoldSeconds: since === undefined ? 0 : Math.max(0, nowEpoch(deps) - since),
      ...(bytes === undefined ? {} : { storeBytes: bytes }),
    };
  }

  return {
    look,
    async run(budgetMs) {
      const untilMs = clock.now() + budgetMs;
      const providerLogouts = await sessions.finishProviderLogouts();
      const entries = await teller.drain(untilMs);
      return { providerLogouts, entries, ...(await look()) };
    },
  };
}
