import { ApiError, isOver, type Method, type RequestApi } from './api.ts';
import { once } from './once.ts';
import { createRequest } from './request.ts';
import type { TabMessage, Tabs } from './tabs.ts';
import type { GatewayEvents, Session, SignedOutReason } from './types.ts';

export type Renewal = ReturnType<typeof createRenewal>;
export type Emit = <E extends keyof GatewayEvents>(event: E, detail: GatewayEvents[E]) => void;

/** Cookies with less than this left may expire on the way to the files host. */
const NEARLY_EXPIRED_MS = 5_000;
const MIN_WAIT_MS = 2_000;
const MAX_WAIT_MS = 60_000;
/** Of the time between `refreshAt` and the expiry, so that not all clients of a server renew at once. */
const JITTER = 0.2;

/** Keeps the CloudFront cookies of the signed-in user fresh, together with the other tabs. Knows no page. */
export function createRenewal(tabs: Pick<Tabs, 'tell' | 'exclusive'>, emit: Emit) {
  let current: Session | null | undefined;
  let isStopped = false;
  /** What to add to the clock of this device, which may be wrong, to get the server's. */
  let offsetMs = 0;
  let renewedAtMs = 0;
  let failures = 0;
  let isActive = false;
  let timer = 0;
  let underWay: Promise<unknown> = Promise.resolve();
  const waiting: ((isFresh: boolean) => void)[] = [];

  const leftMs = (time: string) => Date.parse(time) - Date.now() - offsetMs;
  const isGood = () => !!current && leftMs(current.cookies.expiresAt) > NEARLY_EXPIRED_MS;

  const request = createRequest(() => current?.user.id, signOut);

  async function ask(method: Method, path: string, body?: object): Promise<Session> {
    const sentAtMs = Date.now();
    const answer = await request<Session>(method, path, body);
    // Measured from the sending, so that what is wrong with it makes renewals early, never late.
    offsetMs = Date.parse(answer.serverTime) - sentAtMs;
    return answer;
  }

  function accept(next: Session, isRenewed: boolean): void {
    if (isStopped) return;
    const isNews = failures > 0 || current?.cookies.issuedAt !== next.cookies.issuedAt;
    const { refreshAt, expiresAt } = next.cookies;
    current = next;
    failures = 0;
    const dueMs = leftMs(refreshAt) + Math.random() * JITTER * (leftMs(expiresAt) - leftMs(refreshAt));
    // Near the session's end a renewal may bring the same cookies again; what a person does then still extends it.
    wait(Math.max(isRenewed && !isNews ? leftMs(expiresAt) / 2 : dueMs, MIN_WAIT_MS));
    if (isNews) emit('session', next);
    if (isRenewed) {
      renewedAtMs = Date.now();
      settle(true);
    } else if (waiting.length > 0) goOn();
  }

  function fail(error: unknown): void {
    if (isStopped || isOver(error)) return;
    wait(Math.min(MIN_WAIT_MS * 2 ** failures++, MAX_WAIT_MS));
    if (current && !isGood()) emit('expired', undefined);
  }

  function signOut(reason: SignedOutReason): void {
    const isNews = current || failures > 0;
    clearTimeout(timer);
    current = null;
    failures = 0;
    settle(false);
    if (isNews) emit('signedout', { reason });
  }

  function settle(isFresh: boolean): void {
    for (const resolve of waiting.splice(0)) resolve(isFresh);
  }

  function wait(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(goOn, delayMs);
  }

  function goOn(): void {
    (current ? renew() : load()).catch(() => {});
  }

  async function attempt(run: () => Promise<void>): Promise<Session | null> {
    await run().catch((error: unknown) => {
      fail(error);
      if (!isOver(error)) throw error;
    });
    return current ?? null;
  }

  const load = once(() =>
    attempt(async () => {
      const session = await ask('GET', '/auth/session');
      accept(session, false);
      tabs.tell({ session, offsetMs });
    }),
  );

  const renew = once(async () => {
    const former = current ?? (await load());
    if (!former) return null;
    const isNew = (session: Session | null | undefined) =>
      session?.cookies.issuedAt !== former.cookies.issuedAt;
    clearTimeout(timer);
    const renewal = attempt(() =>
      tabs.exclusive(async (waited) => {
        // Another tab's news may be slower than its lock; what the browser was given last, the app host knows.
        if (waited && !isNew(current)) {
          const known = await ask('GET', '/auth/session');
          if (isNew(known)) accept(known, true);
        }
        if (!isStopped && !isNew(current)) await post();
      }),
    );
    underWay = renewal;
    return renewal;
  });

  async function post(): Promise<void> {
    const isBackground = !isActive;
    const session = await ask('POST', '/auth/refresh', isBackground ? { background: true } : {});
    isActive = false;
    accept(session, true);
    tabs.tell({ session, offsetMs, isBackground });
  }

  async function signedIn(): Promise<Session> {
    const known = current === undefined ? await load() : current;
    if (!known) throw new ApiError(401, 'no_session');
    return known;
  }

  return {
    /** undefined where nobody has asked yet, null where nobody is signed in. */
    current: () => current,
    /** The address that everything of the user begins with; empty where nobody is known to be signed in. */
    folder: () => (current ? current.files.origin + current.files.prefix : ''),
    /** @throws ApiError where the app host gives no good answer */
    async session(): Promise<Session | null> {
      const known = current || (await load());
      return !known || isGood() ? known : renew();
    },
    renew,
    signedIn,
    /** True once the cookies are fresh, however long that takes; false once nobody is signed in. */
    whenFresh(): Promise<boolean> {
      if (current === null || isStopped) return Promise.resolve(false);
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (failures === 0) renew().catch(() => {});
      });
    },
    /** Whether the cookies should open the folder, by the times that the app host has told. */
    isGood,
    /** When this page has last seen a renewal, its own or another tab's, by `Date.now()`; 0 if never. */
    renewedAtMs: () => renewedAtMs,
    /** A request as the user of the session. Where that one has gone or changed, `signedout` says so. */
    async request<T>(...[method, path, body]: Parameters<RequestApi>): Promise<T> {
      await signedIn();
      return request(method, path, body);
    },
    /** The device or the page woke up: timers may have slept. */
    wake(): void {
      if (failures > 0 || (current && leftMs(current.cookies.refreshAt) <= 0)) goOn();
    },
    check: () => void load().catch(() => {}),
    /** The person did something: the next renewal extends the idle lifetime of the session. */
    noteInteraction(): void {
      if (!isActive) tabs.tell({ isActive: true });
      isActive = true;
    },
    hear({ session, isBackground, ...message }: TabMessage): void {
      if (message.isActive) isActive = true;
      if (isBackground === false) isActive = false;
      if (current && message.signedOut === current.user.id) signOut('elsewhere');
      if (!session) return;
      if (current && current.user.id !== session.user.id) signOut('account-changed');
      else if (!current || session.cookies.issuedAt >= current.cookies.issuedAt) {
        offsetMs = message.offsetMs ?? 0;
        accept(session, isBackground !== undefined);
      }
    },
    /** Ends the renewal, and waits for one on its way, whose cookies would otherwise arrive later. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      settle(false);
      await underWay.catch(() => {});
    },
    resume(): void {
      isStopped = false;
      goOn();
    },
  };
}
