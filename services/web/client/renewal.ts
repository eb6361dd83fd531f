import { createRequest, isOver, type Method, nobody } from './api.ts';
import type { Emit } from './events.ts';
import { exclusive, NAME, type News, once, type TabMessage } from './tabs.ts';
import type { Session, SignedOutReason } from './types.ts';

export type Renewal = ReturnType<typeof createRenewal>;

/** Keeps the CloudFront cookies of the signed-in user fresh, together with the other tabs. */
export function createRenewal(emit: Emit, refreshUrl?: string) {
  /** Cookies with less time left may expire on the way to the files host. */
  const NEARLY_EXPIRED_MS = 5_000;
  const MIN_WAIT_MS = 2_000;
  const MAX_WAIT_MS = 60_000;
  /**
   * Renewals spread over this part of the time between `refreshAt` and the expiry, so that not all clients renew at
   * once.
   */
  const JITTER = 0.2;

  let current: Session | null | undefined;
  let isStopped = false;
  /** The server's clock minus the clock of this device, which may be wrong. */
  let offsetMs = 0;
  let failures = 0;
  let isActive = false;
  let timer = 0;

  /** A page that is rendered on a server knows no user, and sends nothing. */
  const channel = globalThis.window ? new BroadcastChannel(NAME) : undefined;
  const request = createRequest(() => current?.user.id, signOut);

  const leftMs = (time: string) => Date.parse(time) - Date.now() - offsetMs;
  const isGood = () => !!current && leftMs(current.cookies.expiresAt) > NEARLY_EXPIRED_MS;

  /** Takes in what this tab or another tab has learned. */
  function hear({ news, signedOut }: TabMessage): void {
    if (isStopped) return;
    if (news) accept(news);
    else if (!signedOut) isActive = true;
    else if (signedOut === current?.user.id) signOut('elsewhere');
  }

  function accept({ session, atMs, isRenewal, isTold }: News): void {
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
    const waitMs = dueMs + Math.random() * JITTER * (endMs - dueMs);
    // Near the session's end a renewal may bring the same cookies again. A person's activity can still extend the
    // session.
    wait(Math.max(isRenewal && !isNews ? endMs / 2 : waitMs, MIN_WAIT_MS));
    if (isTold) isActive = false;
    if (isRenewal || isNews) emit('session', session);
  }

  function signOut(reason: SignedOutReason): void {
    const isNews = current || failures;
    clearTimeout(timer);
    current = null;
    failures = 0;
    if (isNews) emit('signedout', { reason });
  }

  function tell(message: TabMessage): void {
    channel?.postMessage(message);
    hear(message);
  }

  function wait(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(goOn, delayMs);
  }

  function goOn(): void {
    (current ? refresh() : load()).catch(() => {});
  }

  async function ask(isRenewal: boolean): Promise<void> {
    const atMs = Date.now();
    const isTold = isRenewal && isActive;
    const session = await (isRenewal || refreshUrl
      ? request<Session>('POST', refreshUrl ?? '/auth/refresh', { background: !isActive })
      : request<Session>('GET', '/auth/session'));
    tell({ news: { session, atMs, isRenewal, isTold } });
  }

  async function attempt(run: () => Promise<void>): Promise<Session | null> {
    if (!channel) return null;
    await run().catch((error) => {
      if (isOver(error)) return;
      if (!isStopped) {
        wait(Math.min(MIN_WAIT_MS * 2 ** failures++, MAX_WAIT_MS));
        if (current && !isGood()) emit('expired', undefined);
      }
      throw error;
    });
    return current ?? null;
  }

  const load = once(() => attempt(() => ask(false)));

  const refresh = once(async () => {
    const former = current ?? (await load());
    if (!former) return null;
    const isDue = () => !isStopped && current?.cookies.issuedAt === former.cookies.issuedAt;
    return attempt(() =>
      exclusive(async (waited) => {
        // Another tab's news may arrive after its lock is free. The app host knows which cookies the browser got last.
        if (waited && isDue()) await ask(false);
        if (isDue()) await ask(true);
      }),
    );
  });

  async function signedIn(): Promise<Session> {
    const known = current === undefined ? await load() : current;
    if (!known) throw nobody();
    return known;
  }

  if (channel) {
    // A tab without a user asks the app host itself who is signed in: the news of other tabs may be out of date.
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => (data.news && !current ? goOn() : hear(data));
    for (const type of ['pointerdown', 'keydown']) {
      addEventListener(type, () => isActive || tell({}), true);
    }
    // Timers may have been asleep.
    for (const type of ['focus', 'online', 'visibilitychange']) {
      addEventListener(
        type,
        () => (failures || (current && leftMs(current.cookies.refreshAt) <= 0)) && goOn(),
        true,
      );
    }
    // A page from the back/forward cache has missed the news of other tabs.
    addEventListener('pageshow', ({ persisted }) => persisted && load().catch(() => {}));
  }

  /** @throws ApiError if the app host gives no good answer */
  async function session(): Promise<Session | null> {
    const known = current || (await load());
    return !known || isGood() ? known : refresh();
  }

  return {
    session,
    /** The session that is known, however old its cookies are. @throws ApiError if nobody is signed in */
    signedIn,
    refresh,
    /** Whether the cookies should open the folder, by the times that the app host gave. */
    isGood,
    /**
     * Sends a request as the user of the session. If that user has gone, or is not `userId`, it throws the error of a
     * request while nobody is signed in.
     */
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
      isStopped = true;
      clearTimeout(timer);
      // A renewal under way would bring its cookies later.
      await refresh().catch(() => {});
      try {
        await run(left);
        channel?.postMessage({ signedOut: left.user.id } satisfies TabMessage);
      } catch (error) {
        isStopped = false;
        goOn();
        throw error;
      }
    },
  };
}
