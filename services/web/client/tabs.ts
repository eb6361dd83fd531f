import { NAME, recall, remember } from './store.ts';
import type { Session } from './types.ts';

const LEASE = 'lease';
/** Longer than a renewal may take. */
const LEASE_MS = 20_000;

/** What the app host has answered, and when it was asked, by the clock of this device. */
export interface News {
  session: Session;
  atMs: number;
  isRenewal: boolean;
  /** Whether it told the app host that the person does something; what began while it was on its way is yet to be told. */
  isTold: boolean;
}

/** What one tab tells the others of its origin; with nothing in it: the person does something. */
export interface TabMessage {
  news?: News;
  /** The id of a user who has signed out. */
  signedOut?: string;
}

/** Runs something while no other tab of this origin does; `waited` where another one may have had its turn just before. */
export async function exclusive(run: (waited: boolean) => Promise<void>): Promise<void> {
  // Missing in old browsers.
  const locks: LockManager | undefined = navigator.locks;
  if (!locks) return withLease(run);
  const whenFree = { signal: AbortSignal.timeout(LEASE_MS) };
  return locks.request(NAME, { ifAvailable: true }, (lock) =>
    lock ? run(false) : locks.request(NAME, whenFree, () => run(true)),
  );
}

/** One tab at a time, by a note in localStorage that expires should its tab be closed. */
async function withLease(run: (waited: boolean) => Promise<void>): Promise<void> {
  /** By then every tab sees what another one has written, on a busy machine as well. */
  const SETTLED_MS = 400;
  for (let waited = false; ; waited = true) {
    const mine = String(Date.now() + LEASE_MS + Math.random());
    const isFree = Number(recall(LEASE)) < Date.now();
    if (isFree && !remember(LEASE, mine)) return run(waited);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    if (recall(LEASE) === mine) return run(waited).finally(() => remember(LEASE));
  }
}
