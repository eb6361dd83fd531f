import { text } from 'node:stream/consumers';
import t from 'tap';
import {
  parseChosenOrigin,
  parseLambdaRequest,
  parseReplacedBody,
} from '../../../../edge/local/lambda/lambda-result.ts';

const CUSTOM = { domainName: 'a.example', port: 80, protocol: 'http', path: '', customHeaders: {} };
const PORTS = 'origin.port is not 80, 443 or from 1024 to 65535';

t.test('a function may choose the ports that AWS lists', async (t) => {
  for (const port of [80, 443, 1_024, 65_535])
    t.match(
      parseChosenOrigin({ custom: { ...CUSTOM, port } }, {}),
      { domainName: 'a.example', isS3: false },
      `${port}`,
    );
  for (const port of [79, 442, 1_023, 65_536, '80', undefined])
    t.throws(() => parseChosenOrigin({ custom: { ...CUSTOM, port } }, {}), { message: PORTS }, `${port}`);
});

t.test('an origin that a function names is taken with its path, time and headers', async (t) => {
  const customHeaders = {
    'X-A': [
      { key: 'X-A', value: '1' },
      { key: 'X-A', value: '2' },
    ],
  };
  t.strictSame(
    parseChosenOrigin(
      { s3: { domainName: 'b.s3.amazonaws.com', path: '/p', readTimeout: 5, customHeaders } },
      {},
    ),
    {
      ...{ domainName: 'b.s3.amazonaws.com', path: '/p', isS3: true, responseTimeoutSeconds: 5 },
      customHeaders: { 'x-a': '1, 2' },
    },
  );
  t.strictSame(parseChosenOrigin({ s3: { domainName: 'b' } }, {}), {
    ...{ domainName: 'b', path: '', isS3: true, customHeaders: {} },
  });
  const custom = { custom: CUSTOM };
  t.equal(parseChosenOrigin(custom, structuredClone(custom)), undefined, 'the one of the event');
  t.equal(parseChosenOrigin(undefined, custom), undefined, 'none');
  for (const path of ['a', '/', '/a/'])
    t.throws(() => parseChosenOrigin({ s3: { domainName: 'b', path } }, {}), /origin\.path/, path);
});

t.test('what a function did not see stays as it was', async (t) => {
  const headers = new Map([
    ['hidden', ['1', '2']],
    ['shown', ['3']],
  ]);
  const given = {
    event: 'viewer-request' as const,
    method: 'GET',
    headers,
    isHidden: (name: string) => name === 'hidden',
  };
  const raw = {
    method: 'GET',
    uri: '/a',
    headers: { Hidden: [{ value: 'forged' }], Shown: [{ value: '4' }] },
  };
  t.match(parseLambdaRequest(raw, given), {
    headers: new Map([
      ['hidden', ['1', '2']],
      ['shown', ['4']],
    ]),
  });
});

t.test('a body that a function puts in place of the viewer’s', async (t) => {
  const replaced = (body: object, event: 'viewer-request' | 'origin-request' = 'viewer-request') =>
    parseReplacedBody({ body: { action: 'replace', ...body } }, event);
  for (const [body, content] of [
    [{ data: 'YQ==' }, 'a'],
    [{ data: 'YQ==', encoding: 'base64' }, 'a'],
    [{ data: 'YQ==', encoding: 'text' }, 'YQ=='],
    [{}, ''],
  ] as const) {
    const sent = replaced(body);
    t.equal(sent?.length, content.length, JSON.stringify(body));
    t.equal(sent && (await text(sent.bytes)), content, JSON.stringify(body));
  }
  for (const [body, words] of [
    [{ data: 'a?==' }, 'body is not base64'],
    [{ data: 'YQ=' }, 'body is not base64'],
    [{ data: '?', encoding: 'base64' }, 'body is not base64'],
    [{ data: 5 }, 'body.data is not a string'],
    [{ data: 'a', encoding: 'hex' }, 'body.encoding is neither text nor base64'],
  ] as const)
    t.throws(() => replaced(body), { message: words }, JSON.stringify(body));
  const long = { data: 'x'.repeat(2_000_000), encoding: 'text' };
  t.strictSame(
    [replaced(long)?.length, replaced(long, 'origin-request')?.length],
    [40 * 1_024, 1_024 * 1_024],
  );
  for (const body of [undefined, { action: 'read-only', data: 'a' }])
    t.equal(parseReplacedBody({ body }, 'viewer-request'), undefined);
});
