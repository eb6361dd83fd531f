import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { askEdge } from '../../../../services/local/demo/edge-request.ts';
import { watchSignOuts } from '../../../../services/local/demo/stopwatch.ts';
import { nowEpoch, sessionAt } from '../../auth/support/seed-session.ts';
import { until } from '../../web/browser.ts';

const APP = 'https://app.example.com';
/** How often the edge opens after a sign-out. */
const OPENS = 100;
const headers = { origin: APP };

/** An app with a sign-out, and the edge that it tells. */
async function start(t: Test, { status = 200, found = Promise.resolve() } = {}) {
  const asked: unknown[] = [];
  const connections = new Set<unknown>();
  const edge = createServer((request, response) => {
    connections.add(request.socket);
    asked.push(`${request.url} ${request.headers.host} ${request.headers.cookie ?? ''}`);
    if (asked.length <= OPENS) response.end();
    else response.writeHead(403).end('{"code":"revoked"}');
  });
  await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve));
  t.teardown(() => edge.close());
  const { port } = edge.address() as AddressInfo;
  const app = fastify();
  t.teardown(() => app.close());
  await app.register(cookie);
  const now = nowEpoch();
  const userId = parseUserId('alice');
  const { user } = sessionAt(NEW_USER, userId, now);
  const [session] = user.sessions;
  if (!session) throw new Error('there is a session');
  const current = { userId, session, known: { user, version: 1 }, readAtEpoch: now };
  const options = { path: '/users/alice/', httpOnly: true, secure: true, sameSite: 'lax' } as const;
  const last = watchSignOuts(
    app,
    {
      config: { origins: { app: APP } },
      sessions: { find: () => found.then(() => current) },
      cookieIssuer: {
        issue: async () => ({
          cookies: [{ name: 'CloudFront-Policy', value: 'copy', options }],
          ...{ issuedAtEpoch: now, expiresAtEpoch: now + 900 },
        }),
      },
    },
    { port, host: 'files.example.com' },
  );
  for (const operation of ['logout', 'session'])
    app.post(`/auth/${operation}`, { config: { operation } }, (_request, reply) => reply.code(status).send());
  return { app, asked, last, port, connections };
}

t.test('a sign-out does not wait for the stopwatch', async (t) => {
  const looking = Promise.withResolvers<void>();
  const { app, asked, last } = await start(t, { found: looking.promise });
  const answer = await app.inject({ method: 'POST', url: '/auth/logout', headers });
  t.equal(answer.statusCode, 200);
  t.strictSame([asked, last()], [[], null]);
  looking.resolve();
  await until(() => last()?.code, 'revoked');
});

t.test(
  'the edge is asked with a copy of the cookies until it refuses it, with a pause after each answer',
  async (t) => {
    const { app, asked, last, connections } = await start(t);
    for (let time = 0; time < 2; time++) {
      asked.length = 0;
      connections.clear();
      await app.inject({ method: 'POST', url: '/auth/logout', headers });
      await until(() => asked.length > 0, true);
      t.equal(last(), null, 'this one is not measured yet');
      await until(() => last() !== null, true);
      t.match(last(), { requests: OPENS + 1, code: 'revoked' });
      t.equal(connections.size, 1);
      // Node's timers may be a millisecond early.
      t.ok(Number(last()?.elapsedMs) >= OPENS, `${last()?.elapsedMs} ms`);
      t.strictSame([...new Set(asked)], ['/users/alice/?clear files.example.com CloudFront-Policy=copy']);
    }
  },
);

t.test('nothing else is measured, and no sign-out that has failed', async (t) => {
  const { app, asked, last, port } = await start(t);
  await app.inject({ method: 'POST', url: '/auth/session', headers });
  await app.inject({ method: 'POST', url: '/auth/logout', headers: { origin: 'https://other.example.com' } });
  await askEdge({ port, host: 'edge' }, '/own', {});
  t.strictSame([asked, last()], [['/own edge '], null]);

  const looking = Promise.withResolvers<void>();
  const failing = await start(t, { status: 500, found: looking.promise });
  await failing.app.inject({ method: 'POST', url: '/auth/logout', headers });
  looking.resolve();
  // What the stopwatch had begun would be between the two.
  for (let time = 0; time < 2; time++) await askEdge({ port: failing.port, host: 'edge' }, '/own', {});
  t.strictSame([failing.asked, failing.last()], [['/own edge ', '/own edge '], null]);
});
