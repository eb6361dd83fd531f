import { parseSession, type Session } from './answers.ts';
import { ApiError, callApi, type Fetch, type RequestApi } from './api.ts';

export type SessionState =
  | { kind: 'signed-in'; session: Session }
  /** `ended`: somebody was signed in before, on this very page. */
  | { kind: 'signed-out'; ended: boolean }
  /** Another user has signed in in this browser: what the page shows is not theirs. */
  | { kind: 'account-changed' }
  /** The app host gives no answer, or a wrong one; it will be asked again. */
  | { kind: 'unreachable' };

export interface SessionKeeperOptions {
  fetch: Fetch;
  /** Milliseconds since 1970 by the clock of this device, which may be wrong. */
  now: () => number;
  /** Runs something later; returns what takes that back. */
  setTimer: (run: () => void, delayMs: number) => () => void;
  /** Called after every answer and every failure. */
  onState: (state: SessionState) => void;
}

export interface SessionKeeper {
  /** Asks who is signed in, and renews the CloudFront cookies from then on, before they expire. */
  start(): Promise<void>;
  /** Renews what is overdue. For when the device woke up: timers may have slept. */
  renewIfDue(): Promise<void>;
  /** Resolves once the cookies are fresh, at once where they have just been issued. For when a file did not load. */
  renew(): Promise<void>;
  /** A request as the user of the session. Where that one has gone or changed, `onState` hears of it as well. */
  request: RequestApi;
  /** The person did something: the next renewal extends the idle lifetime of the session. */
  noteInteraction(): void;
  /** Ends the renewal, and waits for one on its way, whose cookies would otherwise arrive later. */
  stop(): Promise<void>;
}

/** Cookies with less than this left may expire on the way to the files host. */
const NEARLY_EXPIRED_MS = 5_000;
/** Cookies younger than this are not why a file did not load. */
const JUST_ISSUED_MS = 5_000;
const MIN_WAIT_MS = 2_000;
const MAX_WAIT_MS = 60_000;

/** Keeps the CloudFront cookies of the signed-in user fresh. Knows no page: everything is told to `onState`. */
export function createSessionKeeper(options: SessionKeeperOptions): SessionKeeper {
  const { fetch, now, setTimer, onState } = options;
  let session: Session | undefined;
  let isRunning = false;
  /** What to add to the clock of this device to get the server's. */
  let clockOffsetMs = 0;
  let failures = 0;
  let wasActive = false;
  let inFlight: Promise<void> | undefined;
  let cancelTimer = () => {};
  let waiting: (() => void)[] = [];

  const serverNow = () => now() + clockOffsetMs;

  function step(): Promise<void> {
    inFlight ??= attempt().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  async function attempt(): Promise<void> {
    cancelTimer();
    try {
      if (!session) {
        session = await ask('GET', '/auth/session');
        if (session.cookies.expiresAtMs - serverNow() > NEARLY_EXPIRED_MS) return accept(session);
      }
      const isBackground = !wasActive;
      wasActive = false;
      try {
        session = await ask('POST', '/auth/refresh', isBackground ? { background: true } : {});
      } catch (error) {
        wasActive ||= !isBackground;
        throw error;
      }
      accept(session);
    } catch (error) {
      fail(error);
    }
  }

  async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Session> {
    const sentAtMs = now();
    const answer = parseSession(await callApi(fetch, method, path, { userId: session?.user.id, body }));
    // Measured from the sending, so that what is wrong with it makes renewals early, never late.
    clockOffsetMs = answer.serverTimeMs - sentAtMs;
    return answer;
  }

  function accept(accepted: Session): void {
    failures = 0;
    if (!isRunning) return;
    wait(Math.max(accepted.cookies.refreshAtMs - serverNow(), MIN_WAIT_MS));
    onState({ kind: 'signed-in', session: accepted });
    for (const resolve of waiting.splice(0)) resolve();
  }

  function fail(error: unknown): void {
    if (!isRunning) return;
    if (isOver(error)) {
      cancelTimer();
      const ended = session !== undefined;
      isRunning = false;
      session = undefined;
      waiting = [];
      onState(error.code === 'account_changed' ? { kind: 'account-changed' } : { kind: 'signed-out', ended });
      return;
    }
    const askedForMs = error instanceof ApiError ? error.retryAfterSeconds * 1000 : 0;
    wait(Math.min(Math.max(MIN_WAIT_MS * 2 ** failures, askedForMs), MAX_WAIT_MS));
    failures++;
    onState({ kind: 'unreachable' });
  }

  function wait(delayMs: number): void {
    cancelTimer = setTimer(() => void step(), delayMs);
  }

  return {
    start() {
      isRunning = true;
      return step();
    },
    async renewIfDue() {
      const isDue = failures > 0 || (session && session.cookies.refreshAtMs <= serverNow());
      if (isRunning && isDue) await step();
    },
    renew() {
      if (session && serverNow() - session.cookies.issuedAtMs < JUST_ISSUED_MS) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
        if (isRunning && failures === 0) void step();
      });
    },
    async request(method, path, body) {
      try {
        return await callApi(fetch, method, path, { userId: session?.user.id, body });
      } catch (error) {
        if (isOver(error)) fail(error);
        throw error;
      }
    },
    noteInteraction() {
      wasActive = true;
    },
    async stop() {
      isRunning = false;
      cancelTimer();
      await inFlight;
    },
  };
}

function isOver(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 401 || error.code === 'account_changed');
}
