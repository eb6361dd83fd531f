import t from 'tap';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { createRequest, isOver, stoppable } = await inNode('client/api.ts');

interface Asked {
  method: string;
  headers: { [name: string]: string };
  body: Blob | null;
  signal: AbortSignal;
}

/** Requests of a user, to a host that gives one answer. */
function open(answer: { status?: number; json?: unknown; lost?: Error; next?: string }) {
  const told: string[] = [];
  let user: string | undefined = 'ann';
  const send = async (path: string, { method, headers, body, signal }: Asked) => {
    const content = body ? ` ${body.type} ${await body.text()}` : '';
    told.push(`${method} ${path} ${JSON.stringify(headers)}${content}`.replaceAll('"', ''));
    if (answer.next !== undefined) user = answer.next || undefined;
    if (answer.lost) throw answer.lost;
    signal.addEventListener('abort', () => told.push('ended'));
    const { status = 200, json } = answer;
    const read = async () => {
      if (json instanceof Error) throw json;
      return json;
    };
    return { ok: status < 400, status, json: read };
  };
  const request = createRequest(
    () => user,
    (reason: string) => told.push(`over: ${reason}`),
    send,
  );
  return { request, told };
}

const HEADERS = '{accept:application/json,gateway-user:ann}';
const lost = new TypeError('lost');

for (const [what, answer, wanted] of [
  ['an answer', { json: { a: 1 } }, '{"a":1}'],
  ['an answer without content', { status: 204 }, 'undefined'],
  ['no answer', { lost }, '0 network'],
  ['an answer that breaks off', { json: lost }, '0 network'],
  ['a refusal', { status: 403, json: { code: 'role_too_low' } }, '403 role_too_low'],
  ['the end of the session', { status: 401, json: { code: 'no_session' } }, '401 no_session, over: ended'],
  [
    'the end of the session, as another login says it',
    { status: 401, json: lost },
    '401 no_session, over: ended',
  ],
  [
    'another user of this browser',
    { status: 409, json: { code: 'account_changed' } },
    '409 account_changed, over: account_changed',
  ],
  ['an answer for whoever was signed in before', { json: { a: 1 }, next: 'bob' }, '401 no_session'],
  ['an answer after the sign-out', { status: 401, json: {}, next: '' }, '401 no_session'],
] as const) {
  t.test(`a request gets ${what}`, async (t) => {
    const { request, told } = open(answer);
    const end = await request('POST', '/a', { b: 1, signal: undefined }).then(
      (value: unknown) => String(JSON.stringify(value)),
      ({ status, code }: { status: number; code: string }) => `${status} ${code}`,
    );
    t.equal([...told.splice(1), end].toSorted().join(), wanted.split(', ').toSorted().join());
  });
}

t.test('what is sent', async (t) => {
  const { request, told } = open({ json: {} });
  await request('GET', '/a');
  await request('PUT', '/a', { signal: new AbortController().signal });
  await request('PUT', '/a', { b: 1 });
  t.strictSame(told, [`GET /a ${HEADERS}`, `PUT /a ${HEADERS}`, `PUT /a ${HEADERS} application/json {b:1}`]);
  const nobody: string[] = [];
  const ask = createRequest(
    () => undefined,
    () => {},
    async (_: string, { headers }: Asked) => {
      nobody.push(...Object.keys(headers));
      return { ok: true, status: 204 };
    },
  );
  await ask('GET', '/a');
  t.strictSame(nobody, ['accept']);
});

t.test('a signal ends a request with its own reason', async (t) => {
  const reason = new Error('enough');
  for (const answer of [{ lost }, { json: lost }]) {
    const stop = new AbortController();
    const { request } = open(answer);
    const asked = stoppable(request, stop.signal)('GET', '/a', { b: 1 });
    stop.abort(reason);
    await t.rejects(asked, reason);
  }
  const { request, told } = open({ json: {} });
  const stop = new AbortController();
  await request('GET', '/a', { signal: stop.signal });
  stop.abort();
  t.equal(told.at(-1), 'ended', 'the request has it, too');
});

t.test('which errors end a session', (t) => {
  t.strictSame(
    [
      new ApiError(401, 'x'),
      new ApiError(409, 'account_changed'),
      new ApiError(409, 'x'),
      new Error('x'),
    ].map(isOver),
    [true, true, false, false],
  );
  t.end();
});
