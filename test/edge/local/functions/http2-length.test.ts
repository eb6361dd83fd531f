import { once } from 'node:events';
import { connect, createServer, type OutgoingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { ALICE, asQuery, ORIGIN, policyText, signPolicy, startEdge } from '../support/edge.ts';

/** The answer as it comes over HTTP/2. In HTTP/2 an answer with a wrong length is malformed (RFC 9113, 8.1.1). */
async function overHttp2(t: Test, headers: OutgoingHttpHeaders, body: string): Promise<[number, string]> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond(headers);
    stream.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = parseAddress(server.address());
  const session = connect(`http://127.0.0.1:${port}`);
  t.teardown(() => {
    session.destroy();
    server.close();
  });
  const request = session.request({ ':path': '/' });
  const [told] = await once(request, 'response');
  return [told[':status'], await text(request)];
}

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}

t.test('the answer to a stale share is well formed over HTTP/2 too', async (t) => {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  const path = `/users/${ALICE}/a.txt?v=replaced&share=7`;
  const url = `${ORIGIN}${path}`;
  const answer = await edge.get(`${path}&${asQuery(signPolicy(policyText(url)))}`);
  t.strictSame([answer.status, answer.body, answer.headers.get('content-length')], [410, '', '0']);

  const told = Object.fromEntries(
    [...answer.headers].filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name)),
  );
  t.strictSame(await overHttp2(t, { ...told, ':status': answer.status }, answer.body), [410, '']);
  await t.rejects(
    overHttp2(t, { ...told, ':status': 410, 'content-length': '18' }, answer.body),
    /PROTOCOL_ERROR/,
    'the length of the file that was replaced breaks the stream',
  );
});
