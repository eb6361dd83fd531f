import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import t from 'tap';
import { Refusal } from '../../../../edge/local/viewer/answer.ts';
import {
  openViewerRequest,
  originsByHost,
  type RawRequest,
  type ViewerRequest,
} from '../../../../edge/local/viewer/viewer-request.ts';
import { ALICE, cookiesOf, startEdge } from '../support/edge.ts';

const edge = await startEdge();
t.teardown(() => edge.close());

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);

t.test('another host is told which address to open', async (t) => {
  for (const host of [
    '127.0.0.1:8080',
    'localhost',
    'localhost:8081',
    'evil.example',
    'localhost:8080.evil',
  ]) {
    const answer = await edge.get(own, { ...alice, Host: host });
    t.equal(answer.status, 421, host);
    t.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8', host);
    t.match(answer.body, `This address was opened as ${host}. Open http://localhost:8080 instead`, host);
  }
  t.equal((await edge.get(own, { ...alice, Host: 'LOCALHOST:8080' })).status, 200, 'a host has no case');
});

t.test('the port that a scheme has by itself is no part of the name', async (t) => {
  const originOf = (typed: string, host: string) => {
    const asked = { method: 'GET', url: '/', rawHeaders: ['Host', host], socket: {} };
    try {
      return openViewerRequest(asked, 'id', originsByHost([typed]), false).origin;
    } catch {
      return 'refused';
    }
  };
  const given = [
    ['http://name.example', 'name.example:80'],
    ['https://name.example', 'Name.example:443'],
    ['http://name.example:443', 'name.example:443'],
    ['http://name.example', 'name.example:443'],
    ['https://name.example', 'name.example:80'],
    ['http://name.example:8080', 'name.example:80'],
    ['http://name.example', 'name.examplee'],
  ].map(([typed = '', host = '']) => originOf(typed, host));
  const refused = ['refused', 'refused', 'refused', 'refused'];
  t.strictSame(given, ['http://name.example', 'https://name.example', 'http://name.example:443', ...refused]);
});

t.test('what is too long is refused as CloudFront refuses it', async (t) => {
  const rest = 8_192 - 'http://localhost:8080/'.length;
  t.equal((await edge.get(`/${'a'.repeat(rest)}`)).status, 403, 'a URL of 8,192 bytes');
  t.equal((await edge.get(`/${'a'.repeat(rest + 1)}`)).status, 414, 'one more');
});

/** The request that is opened, or the status of the refusal. */
function opened(
  url: string,
  rawHeaders = ['Host', 'a.example'],
  remoteAddress?: string,
): ViewerRequest | number {
  const asked = Object.assign(Readable.from([]), {
    method: 'GET',
    url,
    rawHeaders,
    socket: { remoteAddress },
  });
  try {
    return openViewerRequest(asked, 'id', originsByHost(['http://a.example']), false);
  } catch (error) {
    if (error instanceof Refusal) return error.answer.status;
    throw error;
  }
}

t.test('each name and each value counts with two more bytes, up to 20,480 with the target', async (t) => {
  const rest = 20_480 - ['/a', 'Host', 'a.example', 'X'].join('').length - 4 * 2;
  const sized = (length: number) => opened('/a', ['Host', 'a.example', 'X', 'x'.repeat(length)]);
  t.match(sized(rest), { rawPath: '/a' });
  t.equal(sized(rest + 1), 413);
});

t.test('a plain request counts as typed with http: only where TLS ends here', async (t) => {
  const originOf = (isTlsHere: boolean, socket: RawRequest['socket']) => {
    const asked = { method: 'GET', url: '/', rawHeaders: ['Host', 'a.example'], socket };
    return openViewerRequest(asked, 'id', originsByHost(['https://a.example']), isTlsHere).origin;
  };
  t.equal(originOf(true, new Socket()), 'http://a.example');
  t.equal(originOf(false, new Socket()), 'https://a.example', 'TLS ends in front of it');
  t.equal(originOf(true, {}), 'https://a.example', 'a request that came over no connection');
});

t.test('targets that are no path are refused', async (t) => {
  for (const target of ['*', 'users/a', '/a#b', '/\u00e9', '/a\u007f', 'xhttp://localhost:8080/a']) {
    t.equal((await edge.get(target, alice)).status, 400, target);
  }
  t.equal((await edge.get('http://localhost:8080', alice)).status, 403, 'an absolute one without a path');
});

t.test('methods that are not allowed are refused before the signature is looked at', async (t) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
    const answer = await edge.get(own, alice, method);
    t.strictSame([answer.status, answer.headers.get('x-cache')], [403, 'Error from cloudfront'], method);
    const { body } = await edge.get(own, {}, method);
    t.match(body, 'is not configured to allow the HTTP request method', `${method} without cookies`);
    t.notMatch(body, '<Code>', `${method}: CloudFront’s own page`);
  }
  t.equal((await edge.get(own, { ...alice, 'Content-Length': '0' })).status, 200, 'GET without a body');
});

t.test('plain HTTP is refused unless the bindings let it count as HTTPS', async (t) => {
  const strict = await startEdge({ bindings: { httpCountsAsHttps: false } });
  t.teardown(() => strict.close());
  const answer = await strict.get(own, alice);
  t.equal(answer.status, 403);
  t.match(answer.body, 'HTTPS only');
  t.equal(strict.origin.requests.length, 0);
});
