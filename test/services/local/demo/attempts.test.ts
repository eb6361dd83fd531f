import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { Decision } from '../../../../edge/local/decision.ts';
import { tryAttempts } from '../../../../services/local/demo/attempts.ts';

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
    const shared = { kind: 'k', isOwn: false };
    t.strictSame(outcomes, [
      { ...shared, path: '/a', status: 403, step: 'signature', clause: 'first' },
      { ...shared, path: '/lost', status: 403 },
      { ...shared, path: '/a', status: 200, step: 'signature', clause: 'second' },
    ]);
  },
);
