import type { Clock } from '../domain/ports.ts';
import type { SetAside, Step } from './set-aside.ts';

/** One kind of second step, which a failure or a crash may have left behind. */
interface SecondStep<Id> {
  step: Step;
  atOnce: number;
  /** The name of this work for one id. The edge's key of the same id is another item. */
  nameOf(id: Id): string;
  list(limit: number, isPassedOver: (id: Id) => boolean): Promise<Id[]>;
  /**
   * @returns whether this run has nothing more to do for the id
   * @throws what failed
   */
  attempt(id: Id): Promise<boolean>;
}

/**
 * Does one kind of second step for all that are due. What fails for one id is set aside, and the others go on.
 * @param budgetMs nothing further begins later than this
 * @returns how many attempts succeeded
 * @throws GatewayError store_unavailable if the table does not say what is due
 */
export async function doAllDue<Id>(
  { clock, teller: { setAside } }: { clock: Clock; teller: { setAside: SetAside } },
  budgetMs: number,
  { step, atOnce, nameOf, list, attempt }: SecondStep<Id>,
): Promise<number> {
  const untilMs = clock.monotonicMs() + budgetMs;
  // The index shows an item for a moment longer. An item that waits for the edge, or for something else, stays there.
  const done = new Set<string>();
  let succeeded = 0;
  let areTooManyAside = false;

  async function tryOne(id: Id): Promise<void> {
    const name = nameOf(id);
    try {
      if (await attempt(id)) done.add(name);
      setAside.drop(name);
      succeeded++;
    } catch (error) {
      if (!setAside.put(name, step, error)) areTooManyAside = true;
    }
  }

  while (!areTooManyAside && clock.monotonicMs() < untilMs) {
    const due = await list(atOnce, (id) => done.has(nameOf(id)) || setAside.has(nameOf(id)));
    const names = due.map(nameOf);
    if (due.length < atOnce) setAside.dropPast((item, of) => of === step && !names.includes(item));
    if (due.length === 0) break;
    await Promise.all(due.map(tryOne));
  }
  return succeeded;
}
