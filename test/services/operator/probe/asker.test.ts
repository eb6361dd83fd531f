import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import {
  askHttp2,
  askHttp3,
  http3Hindrance,
  inWords,
  outcomeOf,
} from '../../../../services/operator/probe/asker.ts';
import { selfSigned } from '../../../edge/local/support/certificate.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const skip = missing('/usr/bin/curl');

// No server on this machine speaks HTTP/3, so the same call asks curl for HTTP/2.
t.test('curl is asked so that no credential is on a command line', { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const tls = selfSigned();
  const ca = join(directory, 'ca.pem');
  writeFileSync(ca, tls.cert);
  let spoken = '';
  const server = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
    spoken = request.httpVersion;
    if (request.url === '/broken')
      return request.httpVersion === '2.0' ? response.stream.close(2) : response.end();
    response.writeHead(410);
    return response.end(`${request.url} ${request.headers.cookie}`);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  t.teardown(() => server.close());
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const options = { ca, version: '2', signal: new AbortController().signal } as const;
  const request = { target: '/a/../b?x="1"', headers: { cookie: 'a=1; b="2"' } };
  const { status, body } = await askHttp3(origin, request, options);
  t.strictSame([spoken, status, body.toString()], ['2.0', 410, '/a/../b?x="1" a=1; b="2"']);
  await t.rejects(askHttp3(origin, { target: '/broken', headers: {} }, options), { name: 'NoAnswerError' });
  await t.rejects(
    askHttp3(origin, request, { ...options, version: '3' }),
    { name: 'NoAnswerError' },
    'no other',
  );
  const stop = new AbortController();
  stop.abort();
  await t.rejects(askHttp3(origin, request, { ...options, signal: stop.signal }), { name: 'AbortError' });
});

t.test('if curl is missing, or does not speak HTTP/3, the probe says so', async (t) => {
  const { signal } = new AbortController();
  const directory = temporaryDirectory(t);
  const path = process.env['PATH'];
  t.teardown(() => {
    process.env['PATH'] = path;
  });
  process.env['PATH'] = directory;
  t.equal(await http3Hindrance(), 'http3: there is no curl here');
  const curl = join(directory, 'curl');
  const says = (features: string) =>
    writeFileSync(curl, `#!/bin/sh\necho 'Features: ${features}'\n`, { mode: 0o755 });
  says('HTTP2 HSTS');
  t.equal(await http3Hindrance(), 'http3: the curl here speaks none');
  says('HTTP2 HTTP3 HSTS');
  t.equal(await http3Hindrance(), undefined);
  const asked = (told: string) => {
    writeFileSync(curl, `#!/bin/sh\nprintf '${told}' >&2\n`, { mode: 0o755 });
    return askHttp3('https://localhost', { target: '/', headers: {} }, { signal });
  };
  t.equal((await asked('3 404')).status, 404);
  // It does not read what it is given.
  const long = { target: `/${'x'.repeat(1_000_000)}`, headers: {} };
  t.equal((await askHttp3('https://localhost', long, { signal })).status, 404);
  for (const told of ['', '3 4045', 'HTTP/3 404'])
    await t.rejects(asked(told), { name: 'NoAnswerError' }, `"${told}" is no status`);
});

t.test('over HTTP/2 an answer is whole, or there is none', async (t) => {
  const tls = selfSigned();
  const server = createSecureServer(tls, (request, response) => {
    if (request.url === '/broken') return response.stream.close(2);
    response.writeHead(410, { 'x-cookie': request.headers.cookie ?? '' });
    return response.end('four');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  t.teardown(() => server.close());
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const options = { signal: new AbortController().signal, ca: tls.cert };
  const { status, body } = await askHttp2(origin, { target: '/x?y=1', headers: { cookie: 'a=1' } }, options);
  t.strictSame([status, body.toString()], [410, 'four']);
  await t.rejects(askHttp2(origin, { target: '/broken', headers: {} }, options), { name: 'NoAnswerError' });
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  const stopped = askHttp2(origin, { target: '/x', headers: {} }, { ...options, signal: stop.signal });
  await t.rejects(stopped, { message: 'stopped' });
});

/** An answer, the part that gave it, its code, and the words for it. */
const OUTCOMES: [
  status: number,
  headers: Record<string, string>,
  body: string,
  by: string,
  code: string,
  words: string,
][] = [
  [200, {}, '<Error><Code>MissingKey</Code></Error>', 'file', '200', '200'],
  [399, {}, '{"code":"revoked"}', 'file', '399', '399'],
  [400, {}, '{"code":"bad_path"}', 'function', 'bad_path', '400 bad_path'],
  [400, {}, '', 'cloudfront', '400', '400'],
  [403, {}, '<Error><Code>MissingKey</Code></Error>', 'cloudfront', 'MissingKey', '403 MissingKey'],
  [
    403,
    {},
    '<Error><Code>AccessDenied</Code><RequestId>1</RequestId></Error>',
    's3',
    'AccessDenied',
    '403 AccessDenied',
  ],
  [
    404,
    { 'content-type': 'application/xml' },
    '<Error><Code>NoSuchKey</Code></Error>',
    's3',
    'NoSuchKey',
    '404 NoSuchKey',
  ],
  [302, { 'x-cache': 'FunctionGeneratedResponse from cloudfront' }, '', 'function', '302', '302'],
  [200, { 'x-cache': 'Hit of FunctionGeneratedResponse' }, '', 'file', '200', '200'],
];

t.test('each part of the edge has answers of its own', async (t) => {
  for (const [status, headers, text, by, code, words] of OUTCOMES) {
    const answer = { status, headers, body: Buffer.from(text) };
    t.strictSame([outcomeOf(answer), inWords(answer)], [{ by, code }, words], `${status} ${text}`);
  }
});
