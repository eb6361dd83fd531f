import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import t from 'tap';
import { compressed } from '../../../../edge/local/cache/compress.ts';
import { serve, serverOf } from '../support/serve.ts';
import { distributionTemplate } from '../support/template.ts';

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

t.test('an answer to GET is compressed if the behavior and the policy of its cache say so', async (t) => {
  const url = await serverOf(t, (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 2_000 }).end('x'.repeat(2_000)),
  );
  const policy = (EnableAcceptEncodingGzip: boolean, HeadersConfig: object) => ({
    Type: 'AWS::CloudFront::CachePolicy',
    Properties: {
      CachePolicyConfig: {
        ...{ Name: 'p', MinTTL: 0, DefaultTTL: 60, MaxTTL: 60 },
        ParametersInCacheKeyAndForwardedToOrigin: {
          ...{ EnableAcceptEncodingGzip, HeadersConfig },
          CookiesConfig: { CookieBehavior: 'none' },
          QueryStringsConfig: { QueryStringBehavior: 'none' },
        },
      },
    },
  });
  const gzip = policy(true, { HeaderBehavior: 'none' });
  const named = policy(false, { HeaderBehavior: 'whitelist', Headers: ['Accept-Encoding'] });
  for (const [name, Compress, Own, method, encoding] of [
    ['both', true, gzip, 'GET', 'gzip'],
    ['HEAD', true, gzip, 'HEAD', undefined],
    ['the policy alone', false, gzip, 'GET', undefined],
    ['the name of the header alone', true, named, 'GET', undefined],
  ] as const) {
    const origin = { Id: 'a', DomainName: 'a.example', CustomOriginConfig: {} };
    const template = distributionTemplate([origin], { Compress, CachePolicyId: { Ref: 'Own' } }, { Own });
    const web = await serve(t, template, { origins: { a: { url } } });
    const { status, headers } = await web.ask('/', { method, headers: { 'accept-encoding': 'gzip' } });
    t.strictSame([status, headers['content-encoding']], [200, encoding], name);
  }
});
