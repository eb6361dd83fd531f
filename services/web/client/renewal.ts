import { createRequest, isOver, nobody } from './api.ts';
import { createKnownSession, type Emit, type KnownSession } from './known-session.ts';
import { once } from './once.ts';
import { exclusive, joinTabs, type Tab } from './tabs.ts';
import type { Method, OpenTeam, RequestApi, Session } from './types.ts';

export type Renewal = ReturnType<typeof createRenewal>;

/** How the app host is asked, if not about the user who is signed in. */
export interface Source {
  /** The tabs with this name share what they learn. */
  name?: string;
  /** An app with a login of its own has one endpoint. */
  refreshUrl?: string | undefined;
  /** Asks for another session. Undefined if there is nothing new. @param isRenewal the cookies are to be fresh */
  ask?(isRenewal: boolean): Promise<Session | undefined>;
}

/** Keeps the CloudFront cookies of a user, of the open teams, or of a link fresh, together with the other tabs. */
export function createRenewal(emit: Emit, source: Source = {}) {
  const known = createKnownSession(emit, goOn);
  const tab = joinTabs(known, goOn, source.name);
  const request = createRequest(() => known.current()?.user.id, known.signOut);
  const { load, renew, ...ofTeams } = createQuestions(known, tab, request, source);

  function goOn(): void {
    (known.current() ? renew() : load()).catch(() => {});
  }

  async function signedIn(): Promise<Session> {
    const found = known.current() === undefined ? await load() : known.current();
    if (!found) throw nobody();
    return found;
  }

  /** @throws ApiError if the app host gives no good answer */
  async function session(team?: string): Promise<Session | null> {
    const found = known.current() || (await load());
    return !found || known.isGood(team) ? found : renew(team);
  }

  return {
    ...known,
    session,
    /** The session that is known, however old its cookies are. @throws ApiError if nobody is signed in */
    signedIn,
    renew,
    ...ofTeams,
    /** Whether already the first answer brings fresh cookies: an app with a login of its own has one endpoint. */
    isFreshAtFirst: source.refreshUrl !== undefined,
    /** Sends a request as the user of the session. If that user has gone, or is not `userId`, it throws `nobody()`. */
    async request<T>(method: Method, path: string, body?: object, userId?: string): Promise<T> {
      const { user } = await signedIn();
      if (userId && userId !== user.id) throw nobody();
      return request(method, path, body);
    },
    /** The session is over, and nothing is asked for any more. */
    stop(): void {
      tab.isStopped = true;
      known.signOut('ended');
    },
    /**
     * Runs `run`, which ends the session. Before `run`, it renews the cookies, if it can. During `run`, no renewal
     * begins. If `run` fails, renewal goes on.
     */
    async end(run: (left: Session) => Promise<void>): Promise<void> {
      await session().catch(() => {});
      const left = await signedIn();
      tab.isStopped = true;
      // A renewal under way would bring its cookies later.
      await renew().catch(() => {});
      try {
        await run(left);
        tab.tell({ signedOut: left.user.id });
      } catch (error) {
        tab.isStopped = false;
        goOn();
        throw error;
      }
    },
  };
}

/** Asks the app host about the session and the open teams, one tab for all. */
function createQuestions(known: KnownSession, tab: Tab, request: RequestApi, source: Source) {
  const { refreshUrl } = source;

  async function ask(isRenewal: boolean): Promise<void> {
    const atMs = Date.now();
    const isTold = isRenewal && tab.isActive;
    const askHost = () =>
      isRenewal || refreshUrl
        ? request<Session>('POST', refreshUrl ?? '/auth/refresh', { background: !tab.isActive })
        : request<Session>('GET', '/auth/session');
    const session = await (source.ask?.(isRenewal) ?? askHost());
    if (session) tab.tell({ news: { session, atMs, isRenewal, isTold } });
  }

  async function attempt(run: () => Promise<void>, onFail?: () => void): Promise<Session | null> {
    // A page that is rendered on a server knows no user, and sends nothing.
    if (!globalThis.window) return null;
    await run().catch((error) => {
      if (isOver(error)) return;
      if (!tab.isStopped) onFail?.();
      throw error;
    });
    return known.current() ?? null;
  }

  /** Says in all tabs that the user is no member of a team. */
  function leave(id: string): void {
    tab.tell({ team: { userId: known.current()?.user.id, id } });
  }

  /**
   * Runs a request for a team. If the answer is that the user is no member, the team ends in all tabs. If it is that the
   * role is too low, all tabs learn the role.
   */
  function inTeam<T>(id: string, run: () => Promise<T>): Promise<T> {
    return run().catch((error) => {
      if (error.code === 'no_such_team') leave(id);
      if (error.code === 'role_too_low') askTeam(id).catch(() => {});
      throw error;
    });
  }

  async function askTeam(id: string): Promise<void> {
    if (tab.isStopped) return;
    const opened = await inTeam(id, () =>
      request<OpenTeam>('POST', `/auth/refresh?team=${id}`, { background: true }),
    );
    tab.tell({ team: { userId: known.current()?.user.id, id, opened } });
  }

  const load = once(() => attempt(() => ask(false), known.fail));

  const renewOwn = once(async () => {
    const former = known.current() ?? (await load());
    if (!former) return null;
    const isDue = () => !tab.isStopped && known.current()?.cookies.issuedAt === former.cookies.issuedAt;
    return attempt(
      () =>
        exclusive(async (waited) => {
          // Another tab's news may arrive after its lock is free. The app host knows which cookies the browser got last.
          if (waited && isDue()) await ask(false);
          if (!isDue()) return;
          await ask(true);
          // A team that fails takes nothing from the others. It is opened again when it is needed.
          await Promise.all(known.openTeams().map((id) => askTeam(id).catch(() => {})));
        }),
      known.fail,
    );
  });

  async function renewTeam(id: string): Promise<Session | null> {
    const former = known.team(id);
    return attempt(() =>
      exclusive(async () => {
        // Another tab may have opened it meanwhile.
        if (known.team(id) === former) await askTeam(id);
      }),
    );
  }

  if (globalThis.window) {
    // A page from the back/forward cache has missed the news of other tabs.
    addEventListener('pageshow', ({ persisted }) => persisted && load().catch(() => {}));
  }
  return { load, renew: (team?: string) => (team ? renewTeam(team) : renewOwn()), inTeam, leave };
}
