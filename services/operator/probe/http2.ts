import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { type Answer, NoAnswerError } from './asker.ts';

/**
 * Asks once, over a connection of its own.
 * @param ca PEM, in place of the authorities that Node trusts
 */
export async function askHttp2(
  origin: string,
  { target, headers }: { target: string; headers: { cookie?: string } },
  { signal, ca }: { signal: AbortSignal; ca?: string },
): Promise<Answer> {
  const session = connect(origin, { ca });
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
