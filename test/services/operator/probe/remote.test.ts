import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { askHttp2 } from '../../../../services/operator/probe/http2.ts';
import { remoteQuestions } from '../../../../services/operator/probe/remote.ts';
import { selfSigned } from '../../../edge/local/support/certificate.ts';
import { startStand } from './support/stand.ts';

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

t.test('the questions to the app host reach it', async (t) => {
  const stand = await startStand(t);
  const ofAppHost = remoteQuestions({}).filter(({ name }) => name.startsWith('apiGateway'));
  const { lines } = await stand.ask(ofAppHost);
  // There is no API Gateway here. Node takes 16 KB.
  t.strictSame(
    lines.map(({ question, seen }) => `${question} ${seen}`),
    ['apiGatewayOddPath 404', 'apiGatewayHeaders8k 200', 'apiGatewayHeaders12k 200'],
  );
});
