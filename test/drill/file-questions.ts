import { type PromisedUpload, png, sendPut, sha256 } from '../support/client.ts';
import { enter, namesOf, OWN_FILE, open, shareOf } from './people.ts';
import type { Question } from './question.ts';

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
