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

/** A question of a person who is signed in, and has a file. */
function ofPerson(
  name: string,
  done: number,
  prepare: (person: Person, system: System) => Prepared | Promise<Prepared>,
): Question {
  return { name, done, prepare: async (system, login) => prepare(await enter(system.stack, login), system) };
}

/** @returns the fault, unless there is none */
function unless(isTrue: boolean, fault: string): string[] {
  return isTrue ? [] : [fault];
}

export const QUESTIONS: readonly Question[] = [
  ofPerson('who is signed in', 200, (person, { stack }) => ({
    ask: () => person.user.request(`${stack.appOrigin}/auth/session`),
    keeps: [person],
  })),
  ofPerson('renewal', 200, (person) => ({
    ask: () => person.user.post('/auth/refresh', { background: true }),
    keeps: [person],
    async untrue(_answer, isDone) {
      const { user, url } = person;
      const status = isDone ? await open(url, user.jar.header(new URL(url).pathname)) : 200;
      return unless(status === 200, `the renewed cookies get ${status}`);
    },
  })),
  ofPerson('list of sessions', 200, (person, { stack }) => ({
    ask: () => person.user.request(`${stack.appOrigin}/api/sessions`),
    keeps: [person],
    untrue: async ({ body }, isDone) =>
      unless(!isDone || sessionsOf(body).length === 1, `sessions: ${JSON.stringify(body)}`),
  })),
  ofPerson('list of files', 200, (person, { stack }) => ({
    ask: () => person.user.request(`${stack.appOrigin}/api/files`),
    keeps: [person],
    untrue: async ({ body }, isDone) =>
      unless(!isDone || JSON.stringify(body).includes(OWN_FILE), `files: ${JSON.stringify(body)}`),
  })),
  ofPerson('upload', 201, (person, { stack }) => {
    const bytes = png('new');
    const file = { name: 'new.png', type: 'image/png', size: bytes.length, sha256: sha256(bytes) };
    return {
      ask: () => person.user.post('/api/uploads', file),
      keeps: [person],
      async untrue({ body }, isDone) {
        if (!isDone) return [];
        const { status } = await sendPut(stack, parseUpload(body).upload, bytes);
        const names = await namesOf(stack, person);
        return unless(names.includes(file.name), `the PUT gets ${status}, files: ${names}`);
      },
    };
  }),
  ofPerson('delete of a shared file', 204, async (person, { stack }) => ({
    ask: () => person.user.delete(`/api/files?name=${OWN_FILE}`),
    closes: [(await shareOf(person)).url],
    async untrue(_answer, isDone) {
      const names = isDone ? await namesOf(stack, person) : [];
      return unless(names.length === 0, `files: ${names}`);
    },
  })),
  ofPerson('share', 201, (person) => ({
    ask: () => person.user.post('/api/shares', { name: OWN_FILE }),
    keeps: [person],
    async untrue({ body }, isDone) {
      const status = isDone ? await open(parseShare(body).url) : 200;
      return unless(status === 200, `the link gets ${status}`);
    },
  })),
  ofPerson('end of a share', 204, async (person) => {
    const { id, url } = await shareOf(person);
    return { ask: () => person.user.delete(`/api/shares/${id}`), keeps: [person], closes: [url] };
  }),
  {
    name: 'beginning of a sign-in',
    done: 302,
    prepare: async ({ stack }) => ({ ask: () => send(new CookieJar(), `${stack.appOrigin}/auth/login`) }),
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
        untrue: (_answer, isDone) => isSignedIn(stack.appOrigin, jar, isDone),
      };
    },
  },
  ofPerson('sign-in over a session', 302, async (before, { stack }) => {
    const { login, user } = before;
    const old = user.jar.get(SESSION_COOKIE);
    const callback = await signInUpToCallback(stack, login, user.jar);
    return {
      ask: () => send(user.jar, callback),
      isOnce: true,
      ends: [before],
      untrue: async (_answer, isDone) =>
        isDone && user.jar.get(SESSION_COOKIE) === old
          ? ['no new session']
          : isSignedIn(stack.appOrigin, user.jar, isDone || undefined),
    };
  }),
  ofPerson('end of another session', 204, async (person, { stack }) => {
    const other = await enter(stack, person.login);
    const { user } = person;
    const listed = await parseJson<unknown>(await user.request(`${stack.appOrigin}/api/sessions`));
    const id = sessionsOf(listed).find(({ current }) => !current)?.id ?? '';
    // A second request would answer that the session has ended.
    return { ask: () => user.delete(`/api/sessions/${id}`), isOnce: true, ends: [other], keeps: [person] };
  }),
  ofPerson('sign-out', 200, async (person, { stack }) => {
    const other = await enter(stack, person.login);
    return { ask: () => person.user.post('/auth/logout'), ends: [person], keeps: [other] };
  }),
  ofPerson('sign-out everywhere', 200, async (person, { stack }) => {
    const other = await enter(stack, person.login);
    const { url } = await shareOf(person);
    return { ask: () => person.user.post('/auth/logout-all'), ends: [person, other], closes: [url] };
  }),
  ofPerson('sign-out by the provider', 200, async (person, { stack }) => {
    const other = await enter(stack, person.login);
    const body = new URLSearchParams({ logout_token: await logoutToken(stack, { sub: person.login }) });
    const address = `${stack.appOrigin}/auth/backchannel-logout`;
    // A retry of the same token is refused once the token has ended the sessions.
    return { ask: () => fetch(address, { method: 'POST', body }), isOnce: true, ends: [person, other] };
  }),
  { name: '/readyz', done: 200, prepare: prepareReadiness },
];

const SESSION_COOKIE = '__Host-session';

function parseUpload(body: unknown) {
  return body as PromisedUpload;
}

function parseShare(body: unknown) {
  return body as { url: string };
}

function sessionsOf(body: unknown): { id: string; current: boolean }[] {
  return parseSessions(body).sessions ?? [];
}

function parseSessions(body: unknown) {
  return body as { sessions?: { id: string; current: boolean }[] };
}

/** Milliseconds, beyond the time for which a health check counts. */
const WELL_MS = 5_000;

async function prepareReadiness(
  { stack, pace }: System,
  login: string,
  damage: Damage | undefined,
): Promise<Prepared> {
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
      // A slow part takes as long as a health check waits. On a busy machine any part may take as long. Both answers
      // are then true.
      const isEither = milliseconds >= checkMs;
      const { mustBeDown, mayBeDown } = downWith(damage, isEither);
      const isTrue =
        mustBeDown.every((name) => down.includes(name)) &&
        (isEither || down.every((name) => mayBeDown.includes(name)));
      return unless(isTrue && status === (down.length === 0 ? 200 : 503), `it says ${status} ${down}`);
    },
  };
}

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
  return unless(isRight, `afterwards the session is ${status}`);
}

function parseReadiness(body: unknown) {
  return body as { down?: string[] };
}
