import process from 'node:process';
import { PassThrough } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { buildApp } from '../../../../services/auth/app.ts';
import type { Deps } from '../../../../services/auth/http/context.ts';
import { answerClientError } from '../../../../services/auth/http/errors.ts';
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

t.test('each answer is one line, with the time that the metric has', async (t) => {
  const seen: [operation: string, status: number, ms: number][] = [];
  const { metrics } = deps;
  if (!metrics) throw new Error('there are metrics');
  const onAnswered: typeof metrics.onAnswered = ({ operation, status }, ms) =>
    seen.push([operation, status, ms]);
  const { ask, lines } = await start(t, () => setTimeout(20), { metrics: { ...metrics, onAnswered } });
  t.equal((await ask()).statusCode, 200);
  const [[operation, status, ms = 0] = []] = seen;
  t.strictSame([seen.length, operation, status], [1, 'test', 200]);
  t.ok(ms >= 15 && ms < 10_000, `${ms} ms`);
  t.strictSame(
    lines.map(({ level, msg, durationMs }) => [level, msg, durationMs]),
    [[30, 'answered', Number(ms.toFixed(1))]],
  );
});

t.test('the limit of time ends with the answer, and does not meet one that goes on', async (t) => {
  const limits = { ...deps.limits, answerMs: 50 };
  const film = new PassThrough();
  const { app, lines, ask } = await start(t, () => film, { limits });
  film.write('first');
  const answered = ask();
  await setTimeout(100);
  film.end(' last');
  t.match(await answered, { statusCode: 200, body: 'first last' });
  t.strictSame(
    lines.map(({ msg }) => msg),
    ['answered'],
  );
  const patient = await start(t, () => 'quick');
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  for (let count = 0; count < 20; count++) await patient.ask();
  await setImmediate();
  t.ok(timers() < before + 10, `${timers()} timers, and ${before} before`);
  await app.close();
});

t.test('bytes that are no request are answered, where somebody still reads', (t) => {
  const answerTo = (code: string | undefined, writable = true) => {
    const seen: string[] = [];
    const socket = {
      writable,
      destroy: () => void seen.push('destroyed'),
      end: (text: string) => void seen.push(text),
    };
    answerClientError(Object.assign(new Error('parse error'), code === undefined ? {} : { code }), socket);
    return seen;
  };
  for (const [code, status] of [
    [undefined, '400 Bad Request'],
    ['HPE_INVALID_METHOD', '400 Bad Request'],
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
  ] as const) {
    const [answer = '', ...more] = answerTo(code);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    t.ok(head.startsWith(`HTTP/1.1 ${status}\r\n`), head);
    t.match(head, `Content-Length: ${body.length}\r\n`, status);
    t.equal(JSON.parse(body).status, Number(status.slice(0, 3)), status);
    t.strictSame(more, [], status);
  }
  t.strictSame(answerTo('ECONNRESET', false), ['destroyed']);
  t.end();
});
