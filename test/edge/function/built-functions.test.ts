import { createContext, runInContext } from 'node:vm';
import t from 'tap';
import { buildEdgeFunction, MAX_FUNCTION_BYTES } from '../../../edge/build.ts';
import type { EdgeResponse, ViewerRequestEvent, ViewerResponseEvent } from '../../../edge/function/event.ts';
import { handler as viewerRequestSource } from '../../../edge/function/viewer-request.ts';

const VALUES = { appOrigin: 'https://app.example.com', cookieLifetimeSeconds: 900 };
const FOLDER = '/users/abcdefghijklmnopqrstuvwxyz/';

/** The file that is deployed, in a context without Node's globals; JSON in and out, as at the edge. */
function runner<Event, Result>(name: 'viewer-request' | 'viewer-response'): (event: Event) => Result {
  const code = buildEdgeFunction(name, VALUES);
  const context = createContext({});
  runInContext(code, context);
  return (event) =>
    JSON.parse(String(runInContext(`JSON.stringify(handler(${JSON.stringify(event)}))`, context)));
}

function requestEvent(uri: string, querystring: Record<string, { value: string }> = {}): ViewerRequestEvent {
  return { request: { method: 'GET', uri, querystring, headers: {}, cookies: {} } };
}

t.test('both functions are one script below the limit', async (t) => {
  for (const name of ['viewer-request', 'viewer-response'] as const) {
    const code = buildEdgeFunction(name, VALUES);
    t.ok(Buffer.byteLength(code) <= MAX_FUNCTION_BYTES);
    t.notMatch(code, /\bexport\b|\bimport\b/);
    t.match(code, 'function handler(event)');
  }
});

t.test('viewer request: a clean path goes on exactly as it came', async (t) => {
  const built = runner<ViewerRequestEvent, unknown>('viewer-request');
  for (const uri of [`${FOLDER}a.png`, `${FOLDER}%e5%86%99/b`, `${FOLDER}a%20b!`]) {
    const event = requestEvent(uri, { v: { value: '1' } });
    t.same(built(event), event.request);
    t.same(viewerRequestSource(event), event.request);
  }
});

t.test('viewer request: everything else is answered with a code', async (t) => {
  const built = runner<ViewerRequestEvent, EdgeResponse>('viewer-request');
  const cases: [uri: string, status: number, code: string][] = [
    [`${FOLDER}../b/x`, 400, 'bad_path'],
    [`${FOLDER}%2e%2e/x`, 400, 'bad_path'],
    ['/', 400, 'bad_path'],
    [FOLDER, 404, 'not_a_file'],
    [`${FOLDER}a/`, 404, 'not_a_file'],
  ];
  for (const [uri, status, code] of cases) {
    const response = built(requestEvent(uri));
    t.equal(response.statusCode, status, uri);
    t.same(response.body, { encoding: 'text', data: `{"code":"${code}"}` });
    t.match(response.headers, {
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
    });
    t.same(viewerRequestSource(requestEvent(uri)), response);
  }
});

t.test('viewer request: only the folder of a user clears the cache', async (t) => {
  const built = runner<ViewerRequestEvent, EdgeResponse>('viewer-request');
  const clear = { clear: { value: '' } };
  const response = built(requestEvent(FOLDER, clear));
  t.match(response, {
    statusCode: 200,
    headers: { 'clear-site-data': { value: '"cache"' }, 'cache-control': { value: 'no-store' } },
  });
  t.equal(response.body, undefined);
  t.same(viewerRequestSource(requestEvent(FOLDER, clear)), response);
  t.equal(built(requestEvent(`${FOLDER}a/`, clear)).statusCode, 404);
  t.equal(built(requestEvent('/users/', clear)).statusCode, 400);
});

t.test('viewer response: caching and content', async (t) => {
  const built = runner<ViewerResponseEvent, EdgeResponse>('viewer-response');
  const respond = (
    type: string | undefined,
    more: { v?: string; share?: string; status?: number; disposition?: string } = {},
  ) => {
    const headers: EdgeResponse['headers'] = { etag: { value: '"e1"' } };
    if (type !== undefined) headers['content-type'] = { value: type };
    if (more.disposition) headers['content-disposition'] = { value: more.disposition };
    const query: Record<string, { value: string }> = {};
    if (more.v) query['v'] = { value: more.v };
    if (more.share) query['share'] = { value: more.share };
    const { headers: result } = built({
      ...requestEvent(`${FOLDER}a`, query),
      response: { statusCode: more.status ?? 200, headers },
    });
    return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, value?.value]));
  };

  t.equal(respond('image/png', { v: 'e1' })['cache-control'], 'private, max-age=900, immutable');
  for (const other of [{}, { v: 'e2' }, { v: '' }, { v: 'e1', share: '1' }])
    t.equal(respond('image/png', other)['cache-control'], 'private, no-cache');

  const csp = "default-src 'none'; frame-ancestors https://app.example.com";
  t.match(respond('image/png'), {
    'content-type': 'image/png',
    'content-security-policy': `${csp}; sandbox`,
  });
  t.equal(respond('image/png', { disposition: 'attachment' })['content-disposition'], undefined);
  t.equal(respond('IMAGE/PNG; x=y')['content-type'], 'image/png');
  t.equal(respond('text/plain; charset=utf-7')['content-type'], 'text/plain; charset=utf-8');
  t.equal(respond('video/mp4')['content-security-policy'], `${csp}; media-src 'self'`);
  t.equal(respond('application/pdf')['content-security-policy'], csp);
  for (const type of [
    'text/html',
    'image/svg+xml',
    'application/xml',
    'text/html;charset=utf-8',
    'application/javascript',
    'audio/mpegurl',
    'constructor',
    '__proto__',
    'image/png/x',
    '',
    undefined,
  ]) {
    t.match(
      respond(type),
      {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'content-security-policy': `${csp}; sandbox`,
      },
      String(type),
    );
  }
  const notModified = respond(undefined, { status: 304, v: 'e1' });
  t.equal(notModified['content-type'], undefined);
  t.equal(notModified['content-disposition'], undefined);
});
