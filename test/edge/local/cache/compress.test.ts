import { Readable } from 'node:stream';
import t from 'tap';
import { compressed } from '../../../../edge/local/cache/compress.ts';

const TEXT = 'text '.repeat(200);
const answerOf = (headers: Record<string, string> = {}, status = 200) => {
  const all = { 'content-type': 'text/css', 'content-length': '1000', ...headers };
  const fields = Object.entries(all).map(([name, value]): [string, string[]] => [name, [value]]);
  return { status, statusText: 'OK', headers: new Map(fields), body: Readable.from([Buffer.from(TEXT)]) };
};

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
