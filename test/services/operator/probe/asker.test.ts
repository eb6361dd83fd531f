import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { askWithCurl } from '../../../../services/operator/probe/asker.ts';
import { selfSigned } from '../../../edge/local/support/certificate.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const skip = missing('/usr/bin/curl');

// No server on this machine speaks HTTP/3.
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
  const options = { ca, signal: new AbortController().signal };
  const request = { target: '/a/../b?x="1"', headers: { cookie: 'a=1; b="2"' } };
  const { status, body } = await askWithCurl('http2', origin, request, options);
  t.strictSame([spoken, status, body.toString()], ['2.0', 410, '/a/../b?x="1" a=1; b="2"']);
  await t.rejects(askWithCurl('http2', origin, { target: '/broken', headers: {} }, options), {
    name: 'NoAnswerError',
  });
  await t.rejects(askWithCurl('http3', origin, request, options), { name: 'NoAnswerError' }, 'no other');
  const stop = new AbortController();
  stop.abort();
  await t.rejects(askWithCurl('http2', origin, request, { ...options, signal: stop.signal }), {
    name: 'AbortError',
  });
});
