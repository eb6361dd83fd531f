import { instancesOf } from '../check/quotas.ts';
import type { Making } from './making.ts';

/**
 * Keeps one instance for the schedule, if the account allows it. Otherwise nothing is written, and the next run asks
 * again. A new account has ten instances, and Lambda then refuses every reservation.
 */
export async function reserveSchedule({ place, say, write }: Making): Promise<void> {
  const { reservable } = await instancesOf(place.region);
  if (reservable === 0) return;
  say('one Lambda instance is kept for the schedule (reserveSchedule)');
  write({ reserveSchedule: true });
}
