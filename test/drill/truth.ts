import { setTimeout as pause } from 'node:timers/promises';
import { askApp, open, type Person } from './people.ts';
import type { Prepared } from './question.ts';
import type { System } from './system.ts';

/** The time that a run of the schedule may take: it takes over the lease of a process that has gone, and writes. */
const DRAIN_MS = 3_000;

/** @returns the promises that are broken once everything works again */
export async function untrueAfterwards(
  { stack, pace }: System,
  { ends = [], keeps = [], closes = [] }: Prepared,
  isDone: boolean,
  /** The time since which all parts work again, and the question has its last answer. */
  sinceMs: number,
): Promise<string[]> {
  const untilMs = sinceMs + pace.limits.scheduleMs + DRAIN_MS;

  async function isRefused(url: string, cookie?: string): Promise<boolean> {
    while ((await open(url, cookie)) !== 403) {
      if (performance.now() > untilMs) return false;
      await pause(50);
    }
    return true;
  }

  async function ended(person: Person): Promise<string[]> {
    const status = await askApp(stack, person);
    // If the answer was not success, the session may go on, but then everywhere.
    if (!isDone && status === 200) return kept(person);
    if (status !== 401) return [`the session that ended gets ${status}`];
    const isOut = await isRefused(person.url, person.copied.files);
    return isOut ? [] : ['the copied cookies of an ended session open the file'];
  }

  async function kept(person: Person): Promise<string[]> {
    const [app, files] = [await askApp(stack, person), await open(person.url, person.copied.files)];
    return app === 200 && files === 200 ? [] : [`a session that goes on gets ${app} and ${files}`];
  }

  async function closed(url: string): Promise<string[]> {
    return !isDone || (await isRefused(url)) ? [] : ['the link opens the file'];
  }

  const looks = await Promise.all([...ends.map(ended), ...keeps.map(kept), ...closes.map(closed)]);
  return looks.flat();
}

/** If the answer was `told`, the edge must refuse at once. */
export async function untrueNow({ ends = [], closes = [] }: Prepared): Promise<string[]> {
  const statuses = await Promise.all([
    ...ends.map(({ url, copied }) => open(url, copied.files)),
    ...closes.map((url) => open(url)),
  ]);
  return statuses.every((status) => status === 403) ? [] : [`told, and the edge says ${statuses}`];
}
