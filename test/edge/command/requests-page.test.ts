import { once } from 'node:events';
import { request } from 'node:http';
import t from 'tap';
import { createPlaceholder } from '../../../edge/command/placeholder.ts';
import { serveRequestsPage } from '../../../edge/command/requests-page.ts';
import type { Decision } from '../../../edge/local/decision.ts';
import { freePorts } from '../../support/ports.ts';

const DECISION: Decision = {
  atMs: Date.UTC(2026, 10, 29, 23, 7, 5, 678),
  method: 'GET',
  path: '/a.txt',
  ipAddress: '127.0.0.1',
  step: 'origin',
  clause: 'answered',
  status: 200,
};

t.test('the page has the last 200 requests, each with what decided', async (t) => {
  const [port = 0] = await freePorts(1);
  const page = await serveRequestsPage(port);
  t.teardown(() => page.close());
  const ask = async (path: string, host = 'localhost') =>
    JSON.parse(await (await fetch(`http://${host}:${port}${path}`)).text());
  for (let number = 1; number <= 199; number++) page.add(DECISION, 'Web', 0);
  const { status: _, ...bare } = DECISION;
  const { number, ...row } = {
    ...{
      number: 0,
      time: '23:07:05.678',
      distribution: 'Web',
      request: 'GET /a.txt',
      behavior: '',
      signature: '',
    },
    ...{
      status: 200,
      function: '',
      cache: '',
      decided: 'origin',
      words: 'It was answered from the cache or the origin.',
    },
    ms: '1.3',
  };
  t.equal(number, 0);
  for (const [index, [decision, differs]] of (
    [
      [DECISION, {}],
      [
        { ...DECISION, behavior: 'a/*', uri: '/b', cache: 'Miss', originStatus: 200 },
        { behavior: 'a/*', function: 'to /b', cache: 'Miss, origin 200' },
      ],
      [
        { ...DECISION, step: 'cache', cache: 'Hit' },
        { decided: 'cache', cache: 'Hit' },
      ],
      [
        { ...DECISION, step: 'viewer-request function', clause: 'own_code', uri: '/b', status: 403 },
        { function: 'own_code', decided: 'viewer-request function: own_code', status: 403, words: '' },
      ],
      [{ ...DECISION, credential: { kind: 'cookies', keyPairId: 'K' } }, { signature: 'cookies K' }],
      [{ ...DECISION, credential: { kind: 'url' } }, { signature: 'url ' }],
    ] as [Decision, object][]
  ).entries()) {
    page.add(decision, 'Web', 1.26);
    const last = await ask(`/requests.json?after=${199 + index}`);
    t.strictSame(last, [{ ...row, number: 200 + index, ...differs }], JSON.stringify(differs));
  }
  page.add(bare, 'Web', 0);
  const all: { number: number }[] = await ask('/requests.json', '127.0.0.1');
  t.strictSame([all.length, all[0]?.number, all.at(-1)?.number], [200, 7, 206]);
  const { headers } = await fetch(`http://localhost:${port}/requests.json`);
  t.strictSame([headers.get('content-type'), headers.get('cache-control')], ['application/json', 'no-store']);
  const html = await fetch(`http://localhost:${port}/`);
  t.equal(html.headers.get('content-type'), 'text/html; charset=utf-8');
  t.match(html.headers.get('content-security-policy'), /^default-src 'none'; connect-src 'self'; /);
  t.equal((await fetch(`http://localhost:${port}/other`)).status, 404);
  for (const [host, status] of [
    [`localhost:${port}`, 200],
    [`evil.test:${port}`, 404],
    ['localhost', 404],
  ] as const) {
    const asked = request({ port, host: '127.0.0.1', headers: { host } }).end();
    const [answer] = await once(asked, 'response');
    t.equal(answer.resume().statusCode, status, host);
  }
});

t.test('one server stands in for all that have no address', async (t) => {
  const placeholder = createPlaceholder();
  const url = await placeholder.url();
  t.teardown(() => placeholder.close());
  t.equal(await placeholder.url(), url);
  const given = await fetch(`${url}/a?b`, { method: 'DELETE' });
  t.strictSame(
    [given.status, given.headers.get('content-type'), given.headers.get('cache-control')],
    [501, 'text/plain', 'no-store'],
  );
  t.equal(
    await given.text(),
    'DELETE /a?b is for a server that has no address yet. Name it: --origin <id>=http://localhost:<port>\n',
  );
});
