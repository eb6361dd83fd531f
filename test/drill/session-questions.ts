import { parseJson } from '../support/client.ts';
import { logoutToken } from '../support/logout-token.ts';
import { enter, open, shareOf } from './people.ts';
import type { Question } from './question.ts';

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
