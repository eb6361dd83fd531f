import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import fastify from 'fastify';
import t from 'tap';
import { compressAnswer } from '../../../../services/auth/http/encodings.ts';

t.test('the best encoding that a client takes', async (t) => {
  const app = fastify();
  t.teardown(() => app.close());
  app.get('/', { onSend: compressAnswer }, async () => 'x'.repeat(2_000));
  for (const [accepted, encoding] of [
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['GZip, deflate', 'gzip'],
    ['gzip, zstd', 'zstd'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.5, gzip;q=1', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br; q=0.00 , gzip ;q=0.1', 'gzip'],
    ['br;q=0', undefined],
    ['xbr, brx', undefined],
  ] as const) {
    const { headers } = await app.inject({ url: '/', headers: { 'accept-encoding': accepted } });
    t.equal(headers['content-encoding'], encoding, accepted);
  }
});

t.test('a long answer is compressed, if the client takes that', async (t) => {
  const app = fastify();
  t.teardown(() => app.close());
  const [short, long] = ['x'.repeat(1_023), 'x'.repeat(1_024)];
  for (const [path, text] of Object.entries({ short, long }))
    app.get(`/${path}`, { onSend: compressAnswer }, async () => text);
  const ask = async (url: string, accepted: string) => {
    const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': accepted } });
    t.equal(headers['vary'], 'accept-encoding', url);
    return { encoding: headers['content-encoding'], rawPayload };
  };
  for (const [encoding, opened] of [
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const answer = await ask('/long', encoding);
    t.equal(answer.encoding, encoding);
    t.ok(answer.rawPayload.length < 100, encoding);
    t.equal(opened(answer.rawPayload).toString(), long, encoding);
    t.strictSame(await ask('/short', encoding), { encoding: undefined, rawPayload: Buffer.from(short) });
  }
  t.strictSame(await ask('/long', 'identity'), { encoding: undefined, rawPayload: Buffer.from(long) });
});
