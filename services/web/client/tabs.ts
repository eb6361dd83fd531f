import type { KnownSession, News, TeamNews } from './known-session.ts';

const LEASE = 'lease';
/** No renewal takes this long: one request, then those of the open teams at once. */
const LEASE_MS = 35_000;

export type Tab = ReturnType<typeof joinTabs>;

/** A message of one tab to the other tabs of its origin. An empty message says that the person is active. */
interface TabMessage {
  news?: News;
  team?: TeamNews;
  /** True if the news of the team are for a new tab. */
  isRetold?: boolean;
  /** The id of a user who has signed out. */
  signedOut?: string;
}

/**
 * Listens to the other tabs and to the page, and tells the other tabs what this one learns.
 * @param goOn asks the app host for news
 */
export function joinTabs(known: KnownSession, goOn: () => void, name = NAME) {
  /** A page that is rendered on a server has no other tabs. */
  const channel = globalThis.window ? new BroadcastChannel(name) : undefined;
  const tab = {
    /** A person was active in a tab, and the app host has not been told. */
    isActive: false,
    /** While this tab ends the session, it takes in nothing, and asks for nothing. */
    isStopped: false,
    tell(message: TabMessage): void {
      channel?.postMessage(message);
      hear(message);
    },
  };

  function hear({ news, team, isRetold, signedOut }: TabMessage): void {
    if (tab.isStopped) return;
    if (news) {
      known.accept(news);
      if (news.isTold) tab.isActive = false;
    } else if (team) known.acceptTeam(team, isRetold);
    else if (!signedOut) tab.isActive = true;
    else if (signedOut === known.current()?.user.id) known.signOut('elsewhere');
  }

  if (channel) {
    for (const type of ['pointerdown', 'keydown']) {
      addEventListener(type, () => tab.isActive || tab.tell({}), true);
    }
    // Timers may have been asleep.
    for (const type of ['focus', 'online', 'visibilitychange']) {
      addEventListener(type, () => known.isOverdue() && goOn(), true);
    }
    // A tab without a user asks the app host itself who is signed in: the news of other tabs may be out of date.
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data.news && !known.current()) return goOn();
      hear(data);
      // A new tab has to renew what the others have opened, too.
      if (data.news && !data.news.isRenewal) {
        for (const team of known.teamNews()) channel.postMessage({ team, isRetold: true });
      }
    };
  }
  return tab;
}

/** Runs `run` while no other tab of this origin does. `waited` is true if another tab may have run it just before. */
export async function exclusive(run: (waited: boolean) => Promise<void>): Promise<void> {
  // Safari has no locks in Lockdown Mode (WebKit, 257886@main).
  const locks: LockManager | undefined = navigator.locks;
  if (!locks) return withLease(run);
  const whenFree = { signal: AbortSignal.timeout(LEASE_MS) };
  return locks.request(NAME, { ifAvailable: true }, (lock) =>
    lock ? run(false) : locks.request(NAME, whenFree, () => run(true)),
  );
}

/** Lets in one tab at a time, by a note in localStorage. The note expires, in case its tab is closed. */
async function withLease(run: (waited: boolean) => Promise<void>): Promise<void> {
  /** After this time every tab sees what another tab has written, even on a busy machine. */
  const SETTLED_MS = 400;
  for (let waited = false; ; waited = true) {
    const mine = String(Date.now() + LEASE_MS + Math.random());
    const isFree = Number(recall(LEASE)) < Date.now();
    if (isFree && !remember(LEASE, mine)) return run(waited);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    if (recall(LEASE) === mine) return run(waited).finally(() => remember(LEASE));
  }
}

/** The name of everything that the tabs share in the browser. */
const NAME = 'cookie-gateway';

/** Where a value is kept: for all tabs of this origin, or for this tab alone, over a reload too. */
type Keeper = 'localStorage' | 'sessionStorage';

/** The value that `remember` kept under a key. Null also if the browser keeps nothing for this site. */
export function recall(key: string, keeper: Keeper = 'localStorage'): string | null {
  try {
    return globalThis[keeper].getItem(NAME + key);
  } catch {
    return null;
  }
}

/** Keeps a value in the browser, or removes it. False if the browser allows neither. */
export function remember(key: string, value?: string, keeper: Keeper = 'localStorage'): boolean {
  try {
    if (value) globalThis[keeper].setItem(NAME + key, value);
    else globalThis[keeper].removeItem(NAME + key);
    return true;
  } catch {
    return false;
  }
}
