import { prefer, preferred } from '../preferences.ts';

const SIGN_OUT = /\/(?:auth\/logout(?:-all)?|api\/sessions\/[^/]+)$/;

/**
 * Keeps how long the last sign-out took until the edge knew of it. The answer to it says so (`Server-Timing`).
 * @param userId whose sign-out it is
 */
export function watchSignOuts(userId: () => string | undefined): void {
  const keep = (entries: PerformanceEntryList) => {
    for (const entry of entries) {
      if (!(entry instanceof PerformanceResourceTiming) || !SIGN_OUT.test(entry.name)) continue;
      const edge = entry.serverTiming.find(({ name }) => name === 'edge');
      if (edge) prefer('sign-out', `${userId()} ${edge.duration}`);
    }
  };
  const observer = new PerformanceObserver((list) => keep(list.getEntries()));
  observer.observe({ type: 'resource' });
  // A sign-out leaves the page, maybe before the observer is called.
  addEventListener('pagehide', () => keep(observer.takeRecords()));
}

/** How long the user's last sign-out with this browser took, in milliseconds. */
export function lastSignOutMs(userId: string): number | undefined {
  const [of, ms] = preferred('sign-out')?.split(' ') ?? [];
  return of === userId ? Number(ms) : undefined;
}
