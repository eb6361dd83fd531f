import { NAME, recall, remember } from './store.ts';
import type { Session } from './types.ts';

const LEASE = 'lease';
/** Longer than a renewal may take. */
const LEASE_MS = 20_000;
/** By then every tab sees what another one has written. */
const SETTLED_MS = 150;

/** What one tab tells the others of its origin; every part may be missing. */
export interface TabMessage {
  session?: Session;
  /** With `session`: what to add to the clock of this device to get the server's. */
  offsetMs?: number;
  /** With the `session` of a renewal: whether that left the idle lifetime as it was. */
  isBackground?: boolean;
  /** The person did something; the next renewal of any tab counts it. */
  isActive?: boolean;
  /** The id of a user who has signed out. */
  signedOut?: string;
}

export interface Tabs {
  tell(message: TabMessage): void;
  /** Runs something while no other tab does; `waited` where another one may have had its turn just before. */
  exclusive(run: (waited: boolean) => Promise<void>): Promise<void>;
  close(): void;
}

/** The tabs of this origin in this browser. */
export function createTabs(onMessage: (message: TabMessage) => void): Tabs {
  const channel = new BroadcastChannel(NAME);
  // Only pages of this origin can have sent it.
  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => onMessage(data);
  return {
    tell: (message) => channel.postMessage(message),
    exclusive: (run) => {
      // Missing where the page is not in a secure context.
      const locks: LockManager | undefined = navigator.locks;
      if (!locks) return withLease(run);
      const whenFree = { signal: AbortSignal.timeout(LEASE_MS) };
      return locks.request(NAME, { ifAvailable: true }, (lock) =>
        lock ? run(false) : locks.request(NAME, whenFree, () => run(true)),
      );
    },
    close: () => channel.close(),
  };
}

/** One tab at a time, by a note in localStorage that expires should its tab be closed. */
async function withLease(run: (waited: boolean) => Promise<void>): Promise<void> {
  const mine = String(Date.now() + LEASE_MS + Math.random());
  for (let waited = false; ; waited = true) {
    const isFree = !(Number(recall(LEASE)) > Date.now());
    if (isFree && !remember(LEASE, mine)) return run(waited);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    if (recall(LEASE) === mine) return run(waited).finally(() => remember(LEASE));
  }
}
