import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import type { Decision } from '../../../../edge/local/decision.ts';
import { pathOfAFile, tryAttempts } from '../../../../services/local/demo/attempts.ts';
import { createRecentDecisions } from '../../../../services/local/demo/decisions.ts';

/** The record of a request, as far as an outcome shows it. */
function decision(path: string, status: number, clause: string): Decision {
  return { atMs: 0, path, status, step: 'signature', clause } as Decision;
}

t.test(
  'puts the record of its path and status beside each answer, and shows an answer without one',
  async (t) => {
    const server = createServer((request, response) => {
      response.writeHead(Number(new URL(request.url ?? '', 'http://edge').searchParams.get('status'))).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const edge = { port: (server.address() as AddressInfo).port, host: 'edge' };
    const sent = ['/a?status=403', '/lost?status=403', '/a?status=200'];
    const attempts = sent.map((target) => ({ kind: 'k', target, headers: {}, isOwn: false }));
    const startedAtMs = Date.now();
    const outcomes = await tryAttempts(attempts, edge, async (atMs) => {
      t.ok(atMs >= startedAtMs, 'no older record is asked for');
      return [decision('/b', 403, 'of another'), decision('/a', 403, 'first'), decision('/a', 200, 'second')];
    });
    const shared = { kind: 'k', method: 'GET', isOwn: false };
    t.strictSame(outcomes, [
      { ...shared, path: '/a', status: 403, step: 'signature', clause: 'first', isRefused: true },
      { ...shared, path: '/lost', status: 403, isRefused: true },
      { ...shared, path: '/a', status: 200, step: 'signature', clause: 'second', isRefused: false },
    ]);
  },
);

t.test('the last 200 decisions are kept', async (t) => {
  const recent = createRecentDecisions();
  for (let atMs = 1; atMs <= 201; atMs++) recent.add({ ...decision('/a', 200, ''), atMs });
  const times = (since: number) => recent.since(since).map(({ atMs }) => atMs);
  t.strictSame([times(0).length, times(0)[0]], [200, 2]);
  t.strictSame(times(200), [200, 201]);
});

t.test('the path of a file: the first one, or one that could be there', async (t) => {
  const userId = parseUserId('a'.repeat(26));
  for (const [files, path] of [
    [[`users/${userId}/b c.png`], `/users/${userId}/b%20c.png`],
    [[], `/users/${userId}/private.png`],
  ] as const) {
    const asked: unknown[] = [];
    const list = async (query: unknown) => {
      asked.push(query);
      return { files: files.map((key) => ({ key, size: 1, etag: '"e"', lastModified: new Date(0) })) };
    };
    t.equal(await pathOfAFile(userId, { objects: { list } }), path);
    t.strictSame(asked, [
      { prefix: `users/${userId}/`, after: `users/${userId}/.thumbnails/\u{10ffff}`, limit: 1 },
    ]);
  }
});

t.test('a file that is not there was not refused; an answer of the service has no record', async (t) => {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const edge = { port: (server.address() as AddressInfo).port, host: 'edge' };
  const byService = { method: 'POST', answer: { status: 404, code: 'no_such_team' } };
  const attempts = [
    { kind: 'a', target: '/a', headers: {}, isOwn: false },
    { kind: 'b', target: '/auth/refresh?team=x', headers: {}, isOwn: false, byService },
  ];
  const outcomes = await tryAttempts(attempts, edge, async () => [
    { ...decision('/a', 404, 'answered'), step: 'origin' },
  ]);
  t.match(outcomes, [
    { isRefused: false, step: 'origin' },
    { method: 'POST', path: '/auth/refresh', isRefused: true, step: 'service', clause: 'no_such_team' },
  ]);
});

t.test('what fails, and what comes too often, was not refused, by the edge or the service', async (t) => {
  const server = createServer((request, response) => {
    response.writeHead(Number(request.url?.slice('/'.length))).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const edge = { port: (server.address() as AddressInfo).port, host: 'edge' };
  const statuses = [403, 410, 429, 500, 503];
  const attempts = statuses.flatMap((status) => {
    const attempt = { kind: 'k', target: `/${status}`, headers: {}, isOwn: false };
    return [attempt, { ...attempt, byService: { method: 'POST', answer: { status } } }];
  });
  const outcomes = await tryAttempts(attempts, edge, async () => []);
  const refused = outcomes.filter(({ isRefused }) => isRefused).map(({ status }) => status);
  t.strictSame(refused, [403, 403, 410, 410]);
});
