import { setTimeout as pause } from 'node:timers/promises';
import { CookieJar, send, signInUpToCallback } from '../support/client.ts';
import { type Damage, PARTS } from './damage.ts';
import { enter, untilAvailable } from './people.ts';
import type { Question } from './question.ts';

/** Milliseconds, beyond the time for which a health check counts. */
const WELL_MS = 5_000;
const SESSION_COOKIE = '__Host-session';

export const SIGN_IN_QUESTIONS: Question[] = [
  {
    name: 'beginning of a sign-in',
    done: 302,
    prepare: async ({ stack }) => ({
      ask: () => send(new CookieJar(), `${stack.appOrigin}/auth/login`),
    }),
  },
  {
    name: 'sign-in',
    done: 302,
    async prepare({ stack }, login) {
      const jar = new CookieJar();
      const callback = await signInUpToCallback(stack, login, jar);
      return {
        ask: () => send(jar, callback),
        isOnce: true,
        untrue: async (_answer, isDone) => isSignedIn(stack.appOrigin, jar, isDone),
      };
    },
  },
  {
    name: 'sign-in over a session',
    done: 302,
    async prepare({ stack }, login) {
      const jar = new CookieJar();
      const before = await enter(stack, login, jar);
      const old = jar.get(SESSION_COOKIE);
      const callback = await signInUpToCallback(stack, login, jar);
      return {
        ask: () => send(jar, callback),
        isOnce: true,
        ends: [before],
        untrue: async (_answer, isDone) =>
          isDone && jar.get(SESSION_COOKIE) === old
            ? ['no new session']
            : isSignedIn(stack.appOrigin, jar, isDone || undefined),
      };
    },
  },
  {
    name: '/readyz',
    done: 200,
    async prepare({ stack, pace }, login, damage) {
      const ask = () => fetch(`http://127.0.0.1:${stack.settings.ports.app}/readyz`);
      const { checkedMs, checkMs, scheduleMs } = pace.limits;
      // A part that was broken before is well again soon after the last health check expires. A KeyValueStore that has
      // failed is well after the next call, which a run of the schedule makes.
      const untilMs = performance.now() + scheduleMs + checkedMs + WELL_MS;
      for (let answer = await ask(); answer.status !== 200; answer = await ask()) {
        if (performance.now() > untilMs) throw new Error(`/readyz does not get well: ${await answer.text()}`);
        await pause(checkMs / 10);
      }
      // `/readyz` goes by the last call of the KeyValueStore. So somebody signs out while the store is broken.
      const leaving = damage?.part === 'cloudFrontApi' ? await enter(stack, login) : undefined;
      return {
        ask,
        // The health check counts for this time.
        async untilBroken() {
          await leaving?.user.post('/auth/logout');
          await pause(checkedMs);
        },
        async untrue({ status, body, milliseconds }) {
          const { down = [] } = parseReadiness(body);
          // A slow part takes as long as a health check waits. On a busy machine any part may take as long. Both
          // answers are then true.
          const isEither = milliseconds >= checkMs;
          const { mustBeDown, mayBeDown } = downWith(damage, isEither);
          const isTrue =
            mustBeDown.every((name) => down.includes(name)) &&
            (isEither || down.every((name) => mayBeDown.includes(name)));
          return isTrue && status === (down.length === 0 ? 200 : 503) ? [] : [`it says ${status} ${down}`];
        },
      };
    },
  },
];

/** What `/readyz` must and may name. @param isEither whether both answers are true for a slow part */
function downWith(
  damage: Damage | undefined,
  isEither: boolean,
): Record<'mustBeDown' | 'mayBeDown', string[]> {
  if (!damage) return { mustBeDown: [], mayBeDown: [] };
  const { fault, part } = damage;
  // DynamoDB answers, and the two records are revocations that wait.
  const names = [PARTS[fault === 'unreadable' ? 'cloudFrontApi' : part].check];
  // The check of the KeyValueStore calls nothing: it says what the last call saw, and a slow call may have ended well.
  const isSlow = fault === 'slow' && (isEither || part === 'cloudFrontApi');
  const mayBeUp = isSlow || fault === 'full';
  return { mustBeDown: mayBeUp ? [] : names, mayBeDown: names };
}

/** @param isExpected undefined if both are right */
async function isSignedIn(
  appOrigin: string,
  jar: CookieJar,
  isExpected: boolean | undefined,
): Promise<string[]> {
  const { status } = await untilAvailable(() => send(jar, `${appOrigin}/auth/session`));
  const isRight = isExpected === undefined || status === (isExpected ? 200 : 401);
  return isRight ? [] : [`afterwards the session is ${status}`];
}

function parseReadiness(body: unknown) {
  return body as { down?: string[] };
}
