import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { EdgeTeller } from './edge/teller.ts';
import { finishProviderLogouts } from './sessions/ended-by-provider.ts';
import type { Clock } from './table/clock.ts';
import type { Stores } from './table/stores.ts';
import { within } from './table/within.ts';
import type { Deletion } from './teams/deletion.ts';
import { endDueInTeams, settleDueTeams } from './teams/settle.ts';

/** A revocation that the edge has not known for longer than this is a fault, in seconds. */
const MAX_UNTOLD_SECONDS = 60;

/** So many pending changes are looked at for the one that has waited longest. */
const LOOK_AT = 50;

export interface RevocationState {
  /** The time of this process's last call of the edge's store (RFC 3339). Absent before the first call. */
  lastSeen?: string;
  /** How long the edge has not known of the oldest change, in seconds. 0 means that it knows all changes. */
  untoldSeconds: number;
  /** The size of the edge's store after the last call that said it. */
  storeBytes?: number;
  /** Nothing waits, or the last call succeeded and no change has waited for more than a minute. */
  isWell: boolean;
}

export interface ScheduleReport extends Partial<RevocationState> {
  /** Logouts by the provider that had been cut off, and are finished now. */
  providerLogouts: number;
  /** Entries of the edge's store that were written or removed. */
  entries: number;
  /** What failed during the run: whole steps, and single records, logouts and files. All else was done. */
  failures: number;
}

interface ScheduleDeps extends Pick<Stores, 'users' | 'teams' | 'due' | 'pointers'> {
  teller: EdgeTeller;
  /** Sweeps the folders of deleted teams. */
  deletion: Deletion;
  clock: Clock;
}

export type Schedule = ReturnType<typeof createSchedule>;

export function createSchedule(deps: ScheduleDeps) {
  const { due, teller, deletion, clock } = deps;
  let pendingSinceEpoch: number | undefined;

  function state(): RevocationState {
    const { lastMs, bytes, isFailing } = teller.seen();
    const untoldSeconds =
      pendingSinceEpoch === undefined ? 0 : Math.max(0, nowEpoch(deps) - pendingSinceEpoch);
    return {
      ...defined({
        lastSeen: lastMs === undefined ? undefined : new Date(lastMs).toISOString(),
        storeBytes: bytes,
      }),
      untoldSeconds,
      // If nothing waits, another process has told the edge what this one could not.
      isWell: pendingSinceEpoch === undefined || (!isFailing && untoldSeconds <= MAX_UNTOLD_SECONDS),
    };
  }

  async function look(): Promise<RevocationState> {
    const untold = await due.list('pending', LOOK_AT);
    pendingSinceEpoch =
      untold.length === 0 ? undefined : Math.min(...untold.map(({ sinceEpoch }) => sinceEpoch));
    return state();
  }

  return {
    /**
     * The state of the revocations. It changes nothing, asks the table once, and does not call the edge's store.
     * @throws GatewayError store_unavailable
     */
    look,
    /** The state as the last look saw it. */
    state,
    /**
     * Finishes what failures and crashes have left behind, tells the edge what has expired, and deletes the files of
     * deleted teams in the time that is left. It never fails: one step runs whatever the other does, and the report counts
     * the failures.
     * @param budgetMs no new step begins later than this
     */
    async run(budgetMs: number): Promise<ScheduleReport> {
      const untilMs = clock.monotonicMs() + budgetMs;
      const restMs = () => untilMs - clock.monotonicMs();
      const failuresBefore = teller.failures.count();
      const attempt = async <T>(step: Promise<T>): Promise<T | undefined> => {
        try {
          return await step;
        } catch (error) {
          teller.failures.report(error);
          return undefined;
        }
      };
      // If they take longer, they go on, and leave what is not finished to the next run.
      const finishing = attempt(finishProviderLogouts(deps, budgetMs / 2));
      const settling = attempt(settleDueTeams(deps, budgetMs / 2));
      await within(clock, budgetMs / 2, Promise.all([finishing, settling]));
      let entries = await attempt(teller.drain(restMs()));
      // An item has one place among what is due, and the edge comes first. What was behind it is listed only now.
      if (entries) {
        const ended = await within(clock, restMs() / 2, attempt(endDueInTeams(deps, restMs() / 2)));
        if (ended) entries += (await attempt(teller.drain(restMs()))) ?? 0;
      }
      const providerLogouts = await within(clock, restMs(), finishing);
      await within(clock, restMs(), settling);
      const undeleted = (await within(clock, restMs(), attempt(deletion.sweep(restMs())))) ?? 0;
      const left = await attempt(look());
      const failures = undeleted + teller.failures.count() - failuresBefore;
      return { providerLogouts: providerLogouts ?? 0, entries: entries ?? 0, failures, ...left };
    },
  };
}
