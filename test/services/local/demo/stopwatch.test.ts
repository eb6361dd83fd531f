import cookie from '@fastify/cookie';
import fastify from 'fastify';
import t from 'tap';
import { watchSignOuts } from '../../../../services/local/demo/stopwatch.ts';

const APP = 'https://app.example.com';

t.test('a sign-out does not wait for the stopwatch', async (t) => {
  const app = fastify();
  t.teardown(() => app.close());
  await app.register(cookie);
  const looking = Promise.withResolvers<undefined>();
  const asked: unknown[] = [];
  const last = watchSignOuts(
    app,
    {
      config: { origins: { app: APP } },
      sessions: {
        find(token) {
          asked.push(token);
          return looking.promise;
        },
      },
      cookieIssuer: { issue: () => Promise.reject(new Error('nobody is signed in')) },
    },
    { port: 1, host: 'files.example.com' },
  );
  app.post('/auth/logout', { config: { operation: 'logout' } }, async () => ({ ok: true }));
  const answer = await app.inject({ method: 'POST', url: '/auth/logout', headers: { origin: APP } });
  t.equal(answer.statusCode, 200);
  t.equal(asked.length, 1);
  looking.resolve(undefined);
  t.equal(last(), null);
});
