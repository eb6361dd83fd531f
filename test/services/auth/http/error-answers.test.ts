import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { buildApp } from '../../../../services/auth/app.ts';
import { STATUSES } from '../../../../services/auth/http/statuses.ts';
import type { Deps } from '../../../../services/auth/wiring/deps.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const { deps, origin } = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1' });
const { host } = new URL(origin);

/** The app with a route of the test, and its log. */
async function start(t: Test, handler: () => unknown, changes: Partial<Deps> = {}) {
  const lines: { level: number; msg: string; durationMs?: number }[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const app = await buildApp({ ...deps, ...changes }, { stream });
  app.get('/test', { config: { operation: 'test' } }, async () => handler());
  t.teardown(() => app.close());
  lines.length = 0;
  return { app, lines, ask: () => app.inject({ url: '/test', headers: { host } }) };
}

t.test('what a handler throws: the status, the code, and the level of the log', async (t) => {
  const refused = (statusCode: number) => Object.assign(new Error('a secret'), { statusCode });
  for (const [thrown, status, code, level] of [
    [new GatewayError('no_such_file'), 404, 'no_such_file', 30],
    [new GatewayError('store_unavailable'), 503, 'store_unavailable', 50],
    [new GatewayError('too_many_moves'), 429, 'too_many_moves', 30],
    [new GatewayError('internal'), 500, 'internal', 50],
    [new Error('a secret'), 500, 'internal', 50],
    ['a secret', 500, 'internal', 50],
    [refused(399), 500, 'internal', 50],
    [refused(400), 400, 'bad_request', 30],
    [refused(403), 404, 'not_found', 30],
    [refused(413), 413, 'file_too_large', 30],
    [refused(499), 400, 'bad_request', 30],
    [refused(500), 500, 'internal', 50],
  ] as const) {
    const { ask, lines } = await start(t, () => {
      throw thrown;
    });
    const { statusCode, headers, body } = await ask();
    const what = `${code} for ${String(thrown)}`;
    t.strictSame([statusCode, JSON.parse(body).code], [status, code], what);
    t.notMatch(body, 'a secret', what);
    const wait = { 503: 2, 429: 60 }[status as number];
    t.equal(headers['retry-after'], wait === undefined ? undefined : String(wait), what);
    t.strictSame(
      lines.map((line) => [line.level, line.msg]),
      [
        [level, level === 50 ? code : 'refused'],
        [30, 'answered'],
      ],
      what,
    );
  }
});

t.test('refusals to strangers are limited, and failures are not', async (t) => {
  const statuses = async (thrown: Error) => {
    const { ask } = await start(t, () => {
      throw thrown;
    });
    const answers: number[] = [];
    for (let count = 0; count < 12; count++) answers.push((await ask()).statusCode);
    return answers;
  };
  const twelve = (status: number) => Array.from({ length: 12 }, () => status);
  t.strictSame(await statuses(new GatewayError('no_such_file')), [...twelve(404).slice(0, 10), 429, 429]);
  t.strictSame(await statuses(new GatewayError('store_unavailable')), twelve(503));
  t.strictSame(await statuses(new Error('internal')), twelve(500));
});

t.test('each code has the status that docs/api.md promises', async (t) => {
  const page = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
  const promised = [...page.matchAll(/^- `(\w+)` (\d{3}): /gm)].map(([, code = '', status]) => [
    code,
    Number(status),
  ]);
  t.strictSame({ ...STATUSES }, Object.fromEntries(promised));
});
