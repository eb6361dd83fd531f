import fastify, { LogController } from 'fastify';
import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { answerErrors } from '../../../../services/auth/http/errors.ts';
import { LOGGER } from '../../../../services/auth/logger.ts';

const withStatus = (statusCode: number) => Object.assign(new Error('of Fastify'), { statusCode });

/** Each row: what was thrown, the answer, and what it counts as among the refusals of an address. */
type Row = [
  ...[what: string, thrown: unknown, status: number, code: string],
  ...[retryAfter?: string | undefined, counted?: string],
];
const ROWS: Row[] = [
  ['a store that is down', new GatewayError('store_unavailable'), 503, 'store_unavailable', '2'],
  ['a provider that lies', new GatewayError('login_failed'), 502, 'login_failed'],
  ['too many requests', new GatewayError('too_many_requests'), 429, 'too_many_requests', '60'],
  ['a refusal', new GatewayError('role_too_low'), 403, 'role_too_low', undefined, 'role_too_low'],
  ['a fault', new Error('a fault'), 500, 'internal'],
  ['no error', 'a text', 500, 'internal'],
  ['399', withStatus(399), 500, 'internal'],
  ['400', withStatus(400), 400, 'bad_request', undefined, 'bad_request'],
  ['403', withStatus(403), 404, 'not_found', undefined, 'not_found'],
  ['404', withStatus(404), 404, 'not_found', undefined, 'not_found'],
  ['413', withStatus(413), 413, 'file_too_large', undefined, 'file_too_large'],
  ['499', withStatus(499), 400, 'bad_request', undefined, 'bad_request'],
  ['500', withStatus(500), 500, 'internal'],
];

t.test('each error has its answer, its line in the log, and its place among the refusals', async (t) => {
  const lines: { level: number; msg: string; code?: string }[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const app = fastify({
    logger: { ...LOGGER, stream },
    logController: new LogController({ disableRequestLogging: true }),
  });
  t.teardown(() => app.close());
  const counted: unknown[] = [];
  app.decorate('requestLimits', {
    countOfUser: async () => {},
    countRefusal: async (_request, _reply, code) => void counted.push(code),
    lookUp: (_request, _reply, _token, find) => find(),
  });
  answerErrors(app, 'https://app.example.com');
  app.get<{ Params: { row: string } }>('/:row', async (request, reply) => {
    if (request.params.row === 'of-a-limit') {
      reply.header('retry-after', '7');
      throw new GatewayError('too_many_requests');
    }
    throw ROWS[Number(request.params.row)]?.[1];
  });
  for (const [row, [what, , status, code, retryAfter, refusal]] of ROWS.entries()) {
    const answer = await app.inject({ url: `/${row}` });
    t.match(answer.headers['content-type'], 'application/problem+json', what);
    t.match(answer.json(), { status, code, type: 'about:blank' }, what);
    t.strictSame([answer.statusCode, answer.headers['retry-after']], [status, retryAfter], what);
    const [line, ...more] = lines.splice(0);
    const written = status >= 500 ? { level: 50, msg: code } : { level: 30, msg: 'refused', code };
    t.match(line, written, what);
    t.strictSame([more, counted.splice(0)], [[], refusal === undefined ? [] : [refusal]], what);
    const page = await app.inject({ url: `/${row}`, headers: { accept: 'text/html' } });
    t.match([page.statusCode, page.headers['content-type']], [status, /^text\/html/], what);
    t.match(page.body, `<code>${code}</code>`, what);
    t.notMatch(page.body, /a fault|a text|of Fastify/, what);
    lines.length = 0;
    counted.length = 0;
  }
  t.equal((await app.inject('/of-a-limit')).headers['retry-after'], '7');
});
