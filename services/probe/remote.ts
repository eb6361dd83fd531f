import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { type Answer, createAsker, inWords, NoAnswerError } from './asker.ts';
import { shown } from './credentials.ts';
import type { Question } from './question.ts';
import { eitherWay, type World } from './world.ts';

/** What a laptop has no means for: HTTP/2 at the edge, and API Gateway before the service. */
export const REMOTE: Question<World>[] = [
  {
    name: 'staleShareHttp2',
    assumed: '410, 0 bytes',
    otherwise: 'report it',
    async ask({ alice, operator, sign, signal }) {
      const target = `${alice.path}?v=00000000000000000000000000000000&share=1`;
      const share = await sign(operator.filesOrigin + target);
      return await eitherWay(async (kind) => {
        const request = shown(target, share, kind);
        const { status, body } = await askHttp2(operator.filesOrigin, request, { signal });
        return status === 403 ? undefined : `${status}, ${body.length} bytes`;
      });
    },
  },
  atAppHost('apiGatewayOddPath', '404', '/api/%2e%2e%2F%3f%23%c3%a9//x?a=1,2&a=3'),
  atAppHost('apiGatewayHeaders8k', '200', '/livez', 8_000),
  atAppHost('apiGatewayHeaders12k', '431', '/livez', 12_000),
];

/** @param headerBytes in one header more */
function atAppHost(name: string, assumed: string, target: string, headerBytes = 0): Question<World> {
  return {
    ...{ name, assumed, otherwise: 'report it' },
    async ask({ operator, signal }) {
      const asker = createAsker(operator.appOrigin, signal);
      const headers = headerBytes === 0 ? {} : { 'x-probe': 'a'.repeat(headerBytes) };
      try {
        return inWords(await asker.ask(target, { headers }));
      } finally {
        asker.close();
      }
    },
  };
}

/** Asks once, over HTTP/2 and a connection of its own. @param ca PEM, in place of the authorities that Node knows */
export async function askHttp2(
  origin: string,
  { target, headers }: { target: string; headers: { cookie?: string } },
  { signal, ca }: { signal: AbortSignal; ca?: string },
): Promise<Answer> {
  const session = connect(origin, ca === undefined ? {} : { ca });
  try {
    return await new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(signal.aborted ? signal.reason : new NoAnswerError('no whole answer came', { cause }));
      session.on('error', fail);
      const stream = session.request({ ':path': target, ...headers }, { signal });
      stream.setTimeout(10_000, () => fail(new Error('no byte for ten seconds')));
      stream.on('error', fail);
      stream.on('response', ({ ':status': status = 0 }) => {
        buffer(stream).then((body) => resolve({ status, headers: {}, body }), fail);
      });
      stream.end();
    });
  } finally {
    session.destroy();
  }
}
