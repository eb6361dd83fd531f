import type { GatewayEvents, OpenTeam, Session, SignedOutReason } from './types.ts';

export type Emit = <E extends keyof GatewayEvents>(event: E, detail: GatewayEvents[E]) => void;

/** Cookies with less time left may expire on the way to the files host. */
const NEARLY_EXPIRED_MS = 5_000;
const MIN_WAIT_MS = 2_000;
const MAX_WAIT_MS = 60_000;
/** Renewals spread over this part of the time from `refreshAt` to the expiry. Clients must not renew all at once. */
const JITTER = 0.2;
/** The app host keeps the cookies of six teams in a browser. A seventh closes the one that was renewed longest ago. */
const MAX_TEAMS = 6;

/** An answer of the app host, and the time of its request by the clock of this device. */
export interface News {
  session: Session;
  atMs: number;
  isRenewal: boolean;
  /** True if the request told the app host that the person is active. Later activity is not told yet. */
  isTold: boolean;
}

/** Fresh cookies of a team; without `opened`, the user is no member of the team. */
export interface TeamNews {
  userId: string | undefined;
  id: string;
  opened?: OpenTeam;
}

export type KnownSession = ReturnType<typeof createKnownSession>;

/**
 * What this tab knows of the session.
 * @param goOn called when it is time to ask the app host: the cookies are due, or the last request has failed
 */
export function createKnownSession(emit: Emit, goOn: () => void) {
  let current: Session | null | undefined;
  /** The server's clock minus the clock of this device, which may be wrong. */
  let offsetMs = 0;
  let failures = 0;
  let timer: number | undefined;
  /** The teams that were opened in this browser. The last six are open. The one that was renewed last is the last. */
  const teams = new Map<string, TeamNews>();

  const leftMs = (time: string) => Date.parse(time) - Date.now() - offsetMs;
  const openTeams = () => [...teams.keys()].slice(-MAX_TEAMS);
  const isOpen = (team: string) => openTeams().includes(team);

  function isGood(team?: string): boolean {
    const known = team ? isOpen(team) && teams.get(team)?.opened : current;
    return !!known && leftMs(known.cookies.expiresAt) > NEARLY_EXPIRED_MS;
  }

  function wait(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(goOn, Math.max(delayMs, MIN_WAIT_MS));
  }

  function signOut(reason: SignedOutReason): void {
    const isNews = current || failures;
    clearTimeout(timer);
    current = null;
    failures = 0;
    teams.clear();
    if (isNews) emit('signedout', { reason });
  }

  return {
    /** Undefined until the app host has been asked. Null if nobody is signed in. */
    current: () => current,
    /** Whether the cookies should open the folder, by the times that the app host gave. */
    isGood,
    openTeams,
    /** Whether a team is renewed with the user's own cookies. */
    isOpen,
    /** What is known of a team that was opened in this browser. */
    team: (id: string) => teams.get(id),
    teamNews: () => teams.values(),
    isOverdue: () => failures || (current && leftMs(current.cookies.refreshAt) <= 0),
    signOut,
    accept({ session, atMs, isRenewal }: Omit<News, 'isTold'>): void {
      if (current && current.user.id !== session.user.id) {
        // A tab that slept may tell of an earlier user.
        if (session.serverTime > current.serverTime) signOut('account_changed');
        return;
      }
      const isNews = failures || session.cookies.issuedAt !== current?.cookies.issuedAt;
      current = session;
      failures = 0;
      // The offset counts from the time of sending. Its error makes renewals early, never late.
      offsetMs = Date.parse(session.serverTime) - atMs;
      const endMs = leftMs(session.cookies.expiresAt);
      const dueMs = leftMs(session.cookies.refreshAt);
      // Near the session's end a renewal may bring the same cookies. A person's activity can still extend the session.
      wait(isRenewal && !isNews ? endMs / 2 : dueMs + Math.random() * JITTER * (endMs - dueMs));
      if (isRenewal || isNews) emit('session', session);
    },
    /** @param isRetold the news are for a new tab. This tab may have them already. */
    acceptTeam(news: TeamNews, isRetold?: boolean): void {
      const { userId, id, opened } = news;
      const former = teams.get(id)?.opened;
      const isOld = isRetold && former && opened && opened.cookies.issuedAt <= former.cookies.issuedAt;
      if (isOld || userId !== current?.user.id) return;
      teams.delete(id);
      if (opened) {
        teams.set(id, news);
        emit('team', opened);
      } else if (former) emit('teamleft', { id });
    },
    /** Takes in that the app host did not answer. */
    fail(): void {
      wait(Math.min(MIN_WAIT_MS * 2 ** failures++, MAX_WAIT_MS));
      if (current && !isGood()) emit('expired', undefined);
    },
  };
}
