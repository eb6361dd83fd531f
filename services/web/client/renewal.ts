import { createRequest, isOver, type Method, nobody, type RequestApi } from './api.ts';
import { createKnownSession, type Emit, type KnownSession } from './known-session.ts';
import { exclusive, joinTabs, once, type Tab } from './tabs.ts';
import type { Session } from './types.ts';

export type Renewal = ReturnType<typeof createRenewal>;

/** Keeps the CloudFront cookies of the signed-in user fresh, together with the other tabs. */
export function createRenewal(emit: Emit, refreshUrl?: string) {
  const known = createKnownSession(emit, goOn);
  const tab = joinTabs(known, goOn);
  const request = createRequest(() => known.current()?.user.id, known.signOut);
  const { load, refresh } = createQuestions(known, tab, request, refreshUrl);

  function goOn(): void {
    (known.current() ? refresh() : load()).catch(() => {});
  }

  async function signedIn(): Promise<Session> {
    const found = known.current() === undefined ? await load() : known.current();
    if (!found) throw nobody();
    return found;
  }

  /** @throws ApiError if the app host gives no good answer */
  async function session(): Promise<Session | null> {
    const found = known.current() || (await load());
    return !found || known.isGood() ? found : refresh();
  }

  return {
    session,
    /** The session that is known, however old its cookies are. @throws ApiError if nobody is signed in */
    signedIn,
    refresh,
    /** Whether the cookies should open the folder, by the times that the app host gave. */
    isGood: known.isGood,
    /** Sends a request as the user of the session. If that user has gone, or is not `userId`, it throws `nobody()`. */
    async request<T>(method: Method, path: string, body?: object, userId?: string): Promise<T> {
      const { user } = await signedIn();
      if (userId && userId !== user.id) throw nobody();
      return request(method, path, body);
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
      await refresh().catch(() => {});
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

/** Asks the app host about the session, one tab for all. */
function createQuestions(known: KnownSession, tab: Tab, request: RequestApi, refreshUrl?: string) {
  async function ask(isRenewal: boolean): Promise<void> {
    const atMs = Date.now();
    const isTold = isRenewal && tab.isActive;
    const session = await (isRenewal || refreshUrl
      ? request<Session>('POST', refreshUrl ?? '/auth/refresh', { background: !tab.isActive })
      : request<Session>('GET', '/auth/session'));
    tab.tell({ news: { session, atMs, isRenewal, isTold } });
  }

  async function attempt(run: () => Promise<void>): Promise<Session | null> {
    // A page that is rendered on a server knows no user, and sends nothing.
    if (!globalThis.window) return null;
    await run().catch((error) => {
      if (isOver(error)) return;
      if (!tab.isStopped) known.fail();
      throw error;
    });
    return known.current() ?? null;
  }

  const load = once(() => attempt(() => ask(false)));

  const refresh = once(async () => {
    const former = known.current() ?? (await load());
    if (!former) return null;
    const isDue = () => !tab.isStopped && known.current()?.cookies.issuedAt === former.cookies.issuedAt;
    return attempt(() =>
      exclusive(async (waited) => {
        // Another tab's news may arrive after its lock is free. The app host knows which cookies the browser got last.
        if (waited && isDue()) await ask(false);
        if (isDue()) await ask(true);
      }),
    );
  });

  if (globalThis.window) {
    // A page from the back/forward cache has missed the news of other tabs.
    addEventListener('pageshow', ({ persisted }) => persisted && load().catch(() => {}));
  }
  return { load, refresh };
}
