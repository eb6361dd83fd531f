import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import t from 'tap';
import { compressed } from '../../../../edge/local/cache/compress.ts';

const TEXT = 'text '.repeat(200);
const answerOf = (headers: Record<string, string> = {}, status = 200) => {
  const all = { 'content-type': 'text/css', 'content-length': '1000', ...headers };
  const fields = Object.entries(all).map(([name, value]): [string, string[]] => [name, [value]]);
  return { status, statusText: 'OK', headers: new Map(fields), body: Readable.from([Buffer.from(TEXT)]) };
};

t.test('an answer in the first encoding that the viewer takes', async (t) => {
  for (const [accepted, encoding, decode] of [
    ['br,gzip', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
  ] as const) {
    const given = compressed(answerOf({ 'accept-ranges': 'bytes', vary: 'Origin' }), accepted);
    const { 'content-type': _, ...changed } = Object.fromEntries(given.headers);
    t.strictSame(changed, { vary: ['Origin, Accept-Encoding'], 'content-encoding': [encoding] }, accepted);
    t.equal(decode(await buffer(given.body)).toString(), TEXT, accepted);
  }
});

t.test('a strong tag becomes weak, a weak tag stays, and any other goes', async (t) => {
  for (const [etag, told] of [
    ['"a"', ['W/"a"']],
    ['W/"a"', ['W/"a"']],
    ['aW/', undefined],
    ['a"', undefined],
  ] as const)
    t.strictSame(compressed(answerOf({ etag }), 'gzip').headers.get('etag'), told, etag);
});

t.test('statuses, sizes and types are those of CloudFront', async (t) => {
  for (const [headers, status, isCompressed] of [
    [{}, 200, true],
    [{}, 403, true],
    [{}, 404, true],
    [{}, 206, false],
    [{}, 500, false],
    [{ 'content-length': '999' }, 200, false],
    [{ 'content-length': '10000000' }, 200, true],
    [{ 'content-length': '10000001' }, 200, false],
    [{ 'content-length': '' }, 200, false],
    [{ 'content-encoding': 'gzip' }, 200, false],
    [{ 'content-type': 'TEXT/html ; charset=utf-8' }, 200, true],
    [{ 'content-type': 'application/vnd.apple.mpegurl' }, 200, true],
    [{ 'content-type': 'font/ttf' }, 200, true],
    [{ 'content-type': 'image/svg+xml' }, 200, true],
    [{ 'content-type': 'image/png' }, 200, false],
    [{ 'content-type': '' }, 200, false],
  ] as const) {
    const answer = answerOf(headers, status);
    const isSame = compressed(answer, 'gzip') === answer;
    t.equal(!isSame, isCompressed, `${JSON.stringify(headers)} ${status}`);
  }
  const answer = answerOf();
  answer.headers.delete('content-length');
  for (const [given, accepted] of [
    [answer, 'gzip'],
    [answerOf(), ''],
    [answerOf(), undefined],
  ] as const)
    t.equal(compressed(given, accepted), given, `${accepted}`);
});
