import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import type { DueItem, DueKind, DueOptions } from '../table/table.ts';
import type { Failures, Step } from './failures.ts';

export interface DueWorkDeps {
  due: Stores['due'];
  clock: Clock;
  teller: { failures: Failures };
}

/** One kind of work, which a failure or a crash may have left behind. */
interface DueWork {
  kind: DueKind;
  step: Step;
  atOnce: number;
  /** The items of that kind, unless they are listed otherwise. */
  list?: (limit: number, options: DueOptions) => Promise<DueItem[]>;
  /**
   * @returns whether this run has nothing more to do for the item
   * @throws what failed
   */
  attempt(key: string): Promise<boolean>;
}

/**
 * Does one kind of work for all items that are due. What fails for one item is due again later, and the others go on.
 * @param budgetMs nothing further begins later than this
 * @returns how many attempts succeeded
 * @throws GatewayError store_unavailable if the table does not say what is due
 */
export async function doAllDue(
  { due, clock, teller: { failures } }: DueWorkDeps,
  budgetMs: number,
  { kind, step, atOnce, attempt, list = (limit, options) => due.list(kind, limit, options) }: DueWork,
): Promise<number> {
  const untilMs = clock.monotonicMs() + budgetMs;
  // The index shows an item for a moment longer. An item that waits for the edge, or for something else, stays there.
  const tried = new Set<string>();
  let succeeded = 0;

  async function tryOne(item: DueItem): Promise<void> {
    try {
      if (await attempt(item.key)) tried.add(item.key);
      succeeded++;
    } catch (error) {
      tried.add(item.key);
      failures.report(error, { key: item.key, step });
      await due.retryLater(kind, item, nowEpoch({ clock }));
    }
  }

  while (clock.monotonicMs() < untilMs) {
    const items = await list(atOnce, {
      untilEpoch: nowEpoch({ clock }),
      isPassedOver: (key) => tried.has(key),
    });
    if (items.length === 0) break;
    await Promise.all(items.map(tryOne));
  }
  return succeeded;
}
