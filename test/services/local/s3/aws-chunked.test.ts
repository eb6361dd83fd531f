import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import t from 'tap';
import { decodeAwsChunked, payloadOf } from '../../../../services/local/s3/payload.ts';

const BODY = '3\r\nchu\r\n4\r\nnked\r\n0\r\nX-Amz-Checksum-CRC32: P4n13A==\r\n\r\n';

/** What is decoded of a body that comes in pieces of so many bytes. */
async function decoded(body: string, size: number) {
  async function* pieces() {
    for (let at = 0; at < body.length; at += size) yield Buffer.from(body.slice(at, at + size));
  }
  const trailers = new Map<string, string>();
  let text = '';
  for await (const bytes of decodeAwsChunked(pieces(), trailers, undefined)) text += bytes;
  return { text, trailers: Object.fromEntries(trailers) };
}

t.test('reads a body whose lines and data are divided anywhere on their way here', async (t) => {
  const whole = { text: 'chunked', trailers: { 'x-amz-checksum-crc32': 'P4n13A==' } };
  for (let size = 1; size <= BODY.length; size++) {
    t.strictSame(await decoded(BODY, size), whole, `pieces of ${size} bytes`);
  }
});

t.test('refuses a body without its end, and what is no body', async (t) => {
  for (let length = 0; length < BODY.length; length++) {
    await t.rejects(decoded(BODY.slice(0, length), 5), { code: 'IncompleteBody' }, `${length} bytes`);
  }
  const bad = ['x', '2', 'x3', '3x'].map((size) => BODY.replace('3', size));
  for (const body of [...bad, `${'1'.repeat(10_000)}\r\n`]) {
    await t.rejects(decoded(body, 100), { code: 'IncompleteBody' }, body.slice(0, 10));
  }
});

t.test('refuses a body without end once it is longer than it said', async (t) => {
  const request = new IncomingMessage(new Socket());
  request.headers['x-amz-decoded-content-length'] = '4';
  request._read = () => request.push('3\r\nchu\r\n');
  const verified = {
    credential: { accessKeyId: '', secretAccessKey: '' },
    ...{ signature: '', signingKey: Buffer.alloc(0), date: '', scope: '' },
  };
  const read = async () => {
    let parts = 0;
    for await (const _part of payloadOf(request, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', verified)) {
      parts += 1;
      if (parts > 9) break;
    }
  };
  await t.rejects(read(), { code: 'IncompleteBody' });
});
