import { prefer, preferred } from '../preferences.ts';

const SIGN_OUT = /\/(?:auth\/logout(?:-all)?|api\/sessions\/[^/]+)$/;

/**
 * Keeps how long the last sign-out took until the edge knew of it. The answer to it says so (`Server-Timing`).
 * @param userId whose sign-out it is
 */
export function watchSignOuts(userId: () => string | undefined): void {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!(entry instanceof PerformanceResourceTiming) || !SIGN_OUT.test(entry.name)) continue;
      const edge = entry.serverTiming.find(({ name }) => name === 'edge');
      if (edge) prefer('sign-out', `${userId()} ${edge.duration}`);
    }
  }).observe({ type: 'resource' });
}

/** How long the user's last sign-out with this browser took, in milliseconds. */
export function lastSignOutMs(userId: string): number | undefined {
  const [of, ms] = preferred('sign-out')?.split(' ') ?? [];
  return of === userId ? Number(ms) : undefined;
}
