import { setTimeout as pause } from 'node:timers/promises';
import {
  CookieJar,
  type PromisedUpload,
  parseJson,
  png,
  send,
  sendPut,
  sha256,
  signInUpToCallback,
} from '../support/client.ts';
import { logoutToken } from '../support/logout-token.ts';
import { type Damage, PARTS } from './damage.ts';
import { enter, namesOf, OWN_FILE, open, type Person, shareOf, untilAvailable } from './people.ts';
import type { System } from './system.ts';

/** An answer while something was broken. */
export interface Answer {
  /** 0 if there was no answer. */
  status: number;
  /** The code of a problem document. */
  code?: string;
  milliseconds: number;
  body: unknown;
  /** The names of the cookies that the answer sets or clears. */
  cookies: string[];
}

/** A request of a person to the service. */
export interface Question {
  name: string;
  /** The status of a successful answer. */
  done: number;
  /** Prepares the question before anything breaks. @param login a name that no other person has */
  prepare(system: System, login: string, damage: Damage | undefined): Promise<Prepared>;
}

export interface Prepared {
  /** Waits after the fault begins, until the question makes sense. */
  untilBroken?(): Promise<void>;
  ask(): Promise<Response>;
  /** The question can be asked only once. */
  isOnce?: boolean;
  /** The people whose sessions this ends, and the people whose sessions go on. */
  ends?: Person[];
  keeps?: Person[];
  /** Links that open nothing afterwards. */
  closes?: string[];
  /** Checks more once everything works again. @returns the faults */
  untrue?(answer: Answer, isDone: boolean): Promise<string[]>;
}

export const FILE_QUESTIONS: Question[] = [
  {
    name: 'list of files',
    done: 200,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      return {
        ask: () => person.user.request(`${stack.appOrigin}/api/files`),
        keeps: [person],
        async untrue({ body }, isDone) {
          return isDone && !JSON.stringify(body).includes(OWN_FILE) ? [`files: ${JSON.stringify(body)}`] : [];
        },
      };
    },
  },
  {
    name: 'upload',
    done: 201,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      const bytes = png('new');
      const file = { name: 'new.png', type: 'image/png', size: bytes.length, sha256: sha256(bytes) };
      return {
        ask: () => person.user.post('/api/uploads', file),
        keeps: [person],
        async untrue({ body }, isDone) {
          if (!isDone) return [];
          const { status } = await sendPut(stack, parseUpload(body).upload, bytes);
          const names = await namesOf(stack, person);
          return names.includes(file.name) ? [] : [`the PUT gets ${status}, files: ${names}`];
        },
      };
    },
  },
  {
    name: 'delete of a shared file',
    done: 204,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      const { url } = await shareOf(person);
      return {
        ask: () => person.user.delete(`/api/files?name=${OWN_FILE}`),
        closes: [url],
        async untrue(_answer, isDone) {
          const names = isDone ? await namesOf(stack, person) : [];
          return names.length === 0 ? [] : [`files: ${names}`];
        },
      };
    },
  },
  {
    name: 'share',
    done: 201,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      return {
        ask: () => person.user.post('/api/shares', { name: OWN_FILE }),
        keeps: [person],
        async untrue({ body }, isDone) {
          const status = isDone ? await open(parseShare(body).url) : 200;
          return status === 200 ? [] : [`the link gets ${status}`];
        },
      };
    },
  },
  {
    name: 'end of a share',
    done: 204,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      const { id, url } = await shareOf(person);
      return { ask: () => person.user.delete(`/api/shares/${id}`), keeps: [person], closes: [url] };
    },
  },
];

function parseUpload(body: unknown) {
  return body as PromisedUpload;
}

function parseShare(body: unknown) {
  return body as { url: string };
}

export const SESSION_QUESTIONS: Question[] = [
  {
    name: 'who is signed in',
    done: 200,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      return { ask: () => person.user.request(`${stack.appOrigin}/auth/session`), keeps: [person] };
    },
  },
  {
    name: 'renewal',
    done: 200,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      const { user, url } = person;
      return {
        ask: () => user.post('/auth/refresh', { background: true }),
        keeps: [person],
        async untrue(_answer, isDone) {
          const status = isDone ? await open(url, user.jar.header(new URL(url).pathname)) : 200;
          return status === 200 ? [] : [`the renewed cookies get ${status}`];
        },
      };
    },
  },
  {
    name: 'list of sessions',
    done: 200,
    async prepare({ stack }, login) {
      const person = await enter(stack, login);
      return {
        ask: () => person.user.request(`${stack.appOrigin}/api/sessions`),
        keeps: [person],
        async untrue({ body }, isDone) {
          return isDone && sessionsOf(body).length !== 1 ? [`sessions: ${JSON.stringify(body)}`] : [];
        },
      };
    },
  },
  {
    name: 'end of another session',
    done: 204,
    async prepare({ stack }, login) {
      const [person, other] = [await enter(stack, login), await enter(stack, login)];
      const { user } = person;
      const listed = await parseJson<unknown>(await user.request(`${stack.appOrigin}/api/sessions`));
      const id = sessionsOf(listed).find(({ current }) => !current)?.id ?? '';
      return {
        ask: () => user.delete(`/api/sessions/${id}`),
        // A second request would answer that the session has ended.
        isOnce: true,
        ends: [other],
        keeps: [person],
      };
    },
  },
  {
    name: 'sign-out',
    done: 200,
    async prepare({ stack }, login) {
      const [person, other] = [await enter(stack, login), await enter(stack, login)];
      return { ask: () => person.user.post('/auth/logout'), ends: [person], keeps: [other] };
    },
  },
  {
    name: 'sign-out everywhere',
    done: 200,
    async prepare({ stack }, login) {
      const [person, other] = [await enter(stack, login), await enter(stack, login)];
      const { url } = await shareOf(person);
      return { ask: () => person.user.post('/auth/logout-all'), ends: [person, other], closes: [url] };
    },
  },
  {
    name: 'sign-out by the provider',
    done: 200,
    async prepare({ stack }, login) {
      const [person, other] = [await enter(stack, login), await enter(stack, login)];
      const body = new URLSearchParams({ logout_token: await logoutToken(stack, { sub: login }) });
      const address = `${stack.appOrigin}/auth/backchannel-logout`;
      // A retry of the same token is refused once the token has ended the sessions.
      return {
        ask: () => fetch(address, { method: 'POST', body }),
        isOnce: true,
        ends: [person, other],
      };
    },
  },
];

function sessionsOf(body: unknown): { id: string; current: boolean }[] {
  return parseSessions(body).sessions ?? [];
}

function parseSessions(body: unknown) {
  return body as { sessions?: { id: string; current: boolean }[] };
}

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
