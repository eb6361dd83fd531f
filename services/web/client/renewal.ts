import { createRequest, isOver, type Method, nobody } from './api.ts';
import { once } from './once.ts';
import { NAME } from './store.ts';
import { exclusive, type News, type TabMessage } from './tabs.ts';
import type { GatewayEvents, Session, SignedOutReason } from './types.ts';

export type Renewal = ReturnType<typeof createRenewal>;
export type Emit = <E extends keyof GatewayEvents>(event: E, detail: GatewayEvents[E]) => void;

/** Keeps the CloudFront cookies of the signed-in user fresh, together with the other tabs. */
export function createRenewal(emit: Emit, refreshUrl?: string) {
  /** Cookies with less than this left may expire on the way to the files host. */
  const NEARLY_EXPIRED_MS = 5_000;
  const MIN_WAIT_MS = 2_000;
  const MAX_WAIT_MS = 60_000;
  /** Of the time between `refreshAt` and the expiry, so that not all clients of a server renew at once. */
  const JITTER = 0.2;

  let current: Session | null | undefined;
  let isStopped = false;
  /** What to add to the clock of this device, which may be wrong, to get the server's. */
  let offsetMs = 0;
  let failures = 0;
  let isActive = false;
  let timer = 0;

  /** A page that is rendered on a server knows of nobody, and asks nobody. */
  const channel = globalThis.window ? new BroadcastChannel(NAME) : undefined;
  const request = createRequest(() => current?.user.id, signOut);

  const leftMs = (time: string) => Date.parse(time) - Date.now() - offsetMs;
  const isGood = () => !!current && leftMs(current.cookies.expiresAt) > NEARLY_EXPIRED_MS;

  /** What this tab has learned, or another one. */
  function hear({ news, signedOut }: TabMessage): void {
    if (isStopped) return;
    if (news) accept(news);
    else if (!signedOut) isActive = true;
    else if (signedOut === current?.user.id) signOut('elsewhere');
  }

  function accept({ session, atMs, isRenewal, isTold }: News): void {
    if (current && current.user.id !== session.user.id) {
      // A tab that slept may tell of somebody who was there before.
      if (session.serverTime > current.serverTime) signOut('account_changed');
      return;
    }
    const isNews = failures || session.cookies.issuedAt !== current?.cookies.issuedAt;
    current = session;
    failures = 0;
    // Measured from the sending, so that what is wrong with it makes renewals early, never late.
    offsetMs = Date.parse(session.serverTime) - atMs;
    const endMs = leftMs(session.cookies.expiresAt);
    const dueMs = leftMs(session.cookies.refreshAt);
    const waitMs = dueMs + Math.random() * JITTER * (endMs - dueMs);
    // Near the session's end a renewal may bring the same cookies again; what a person does then still extends it.
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
        // Another tab's news may be slower than its lock; what the browser was given last, the app host knows.
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
    // Who is signed in, a tab that knows of nobody learns from an answer of its own: what others tell may be past.
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => (data.news && !current ? goOn() : hear(data));
    for (const type of ['pointerdown', 'keydown']) {
      addEventListener(type, () => isActive || tell({}), true);
    }
    // Timers may have slept.
    for (const type of ['focus', 'online', 'visibilitychange']) {
      addEventListener(
        type,
        () => (failures || (current && leftMs(current.cookies.refreshAt) <= 0)) && goOn(),
        true,
      );
    }
    // A page out of the back/forward cache has heard nothing of what happened since.
    addEventListener('pageshow', ({ persisted }) => persisted && load().catch(() => {}), true);
  }

  /** @throws ApiError where the app host gives no good answer */
  async function session(): Promise<Session | null> {
    const known = current || (await load());
    return !known || isGood() ? known : refresh();
  }

  return {
    session,
    /** Whoever is known to be signed in, however old the cookies are. @throws ApiError where nobody is */
    signedIn,
    refresh,
    /** Whether the cookies should open the folder, by the times that the app host has told. */
    isGood,
    /** A request as the user of the session. Where that one has gone, or is not `userId`, it throws as for nobody. */
    async request<T>(method: Method, path: string, body?: object, userId?: string): Promise<T> {
      const { user } = await signedIn();
      if (userId && userId !== user.id) throw nobody();
      return request(method, path, body);
    },
    /** Runs what ends the session, with cookies as good as can be, and nothing renewed. Where it fails, renewal goes on. */
    async end(run: (left: Session) => Promise<void>): Promise<void> {
      await session().catch(() => {});
      const left = await signedIn();
      isStopped = true;
      clearTimeout(timer);
      // One on its way would bring its cookies later.
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
