import t from 'tap';
import { forOrigin } from '../../../../edge/local/cache/cache-key.ts';
import { ALICE, cookiesOf, startEdge } from '../support/edge.ts';
import { type At, changedTemplate } from '../support/template.ts';

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);
const PARAMETERS = ['CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin'];

/** An edge without functions, whose cache policy has other parameters. */
async function edgeWith(parameters: object) {
  const template = changedTemplate((at: At) => {
    Object.assign(at('AWS::CloudFront::CachePolicy', ...PARAMETERS), parameters);
    const behavior = at('AWS::CloudFront::Distribution', 'DistributionConfig', 'DefaultCacheBehavior');
    delete behavior['FunctionAssociations'];
  });
  return startEdge({ template });
}

const query = (QueryStringBehavior: string, QueryStrings?: string[]) => ({
  QueryStringsConfig: { QueryStringBehavior, ...(QueryStrings ? { QueryStrings } : {}) },
});

t.test('the query strings that the policy takes are in the key and reach the origin', async (t) => {
  for (const [parameters, forwarded] of [
    [query('none'), ['a.txt']],
    [query('whitelist', ['a']), ['a.txt', 'a.txt?a=1', 'a.txt?a=%20&a=2']],
    [query('allExcept', ['a']), ['a.txt', 'a.txt?b=1', 'a.txt?B=2']],
    [query('all'), ['a.txt', 'a.txt?a=1', 'a.txt?b=1', 'a.txt?a=1&B=2', 'a.txt?a=%20&a=2']],
  ] as const) {
    const edge = await edgeWith(parameters);
    for (const asked of ['', '?a=1', '?b=1', '?a=1&B=2', '?a=%20&a=2', '?a=1']) {
      await edge.get(`${own}${asked}`, alice);
    }
    const names = edge.origin.requests.map(({ rawUrl }) => rawUrl.slice(rawUrl.indexOf('a.txt')));
    t.strictSame(names, forwarded, JSON.stringify(parameters));
    await edge.close();
  }
});

t.test('the headers that the policy takes are in the key and reach the origin, and no others', async (t) => {
  const edge = await edgeWith({
    HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Accept-Language', 'X-Two'] },
  });
  t.teardown(() => edge.close());
  const asked = [
    {},
    { 'Accept-Language': 'ja' },
    { 'Accept-Language': '' },
    { 'X-Two': 'ja' },
    { 'Accept-Language': 'ja', 'X-Two': 'ja' },
    { 'Accept-Language': 'ja', 'X-Other': '1' },
  ];
  const states: unknown[] = [];
  for (const headers of asked)
    states.push((await edge.get(own, { ...alice, ...headers })).headers.get('x-cache'));
  t.strictSame(states, [...Array(5).fill('Miss from cloudfront'), 'Hit from cloudfront']);
  t.strictSame(
    edge.origin.requests.map(({ headers }) => [headers['accept-language'], headers['x-two']]),
    [
      [undefined, undefined],
      ['ja', undefined],
      ['', undefined],
      [undefined, 'ja'],
      ['ja', 'ja'],
    ],
  );
  t.ok(edge.origin.requests.every(({ headers }) => headers['x-other'] === undefined));
});

t.test('no cookie is in the key: one object serves everybody who may have it', async (t) => {
  const edge = await edgeWith({});
  t.teardown(() => edge.close());
  await edge.get(own, alice);
  const again = await edge.get(own, { Cookie: `other=1; ${cookiesOf(ALICE).Cookie}` });
  t.equal(again.headers.get('x-cache'), 'Hit from cloudfront');
});

const POLICY = {
  ...{ minTtlSeconds: 0, defaultTtlSeconds: 0, maxTtlSeconds: 0, headers: [], acceptEncodings: [] },
  takesQueryString: () => false,
};
const KEY = { key: 'k', uri: '/a', query: 'q', headers: { 'of-the-key': '1' } };

t.test('a cookie of the key reaches the origin, and one of its policy', async (t) => {
  const ofPolicy = {
    ...{
      takesHeader: () => false,
      takesQueryString: () => false,
      generated: [],
      isWithoutS3Overrides: false,
    },
    takesCookie: (name: string) => name === 'b',
  };
  const cookies = { a: { value: '1' }, b: { value: '2' }, c: { value: '3' } };
  const passed = { uri: '/a', querystring: {}, headers: new Map([['x-own', ['1']]]), cookies };
  const cachePolicy = { ...POLICY, takesCookie: (name: string) => name === 'a' };
  for (const [originRequestPolicy, cookie, query] of [
    [undefined, 'a=1', 'q'],
    [ofPolicy, 'a=1; b=2', ''],
  ] as const) {
    const sent = forOrigin({ cachePolicy, originRequestPolicy }, KEY, passed, { method: 'GET', isS3: true });
    t.strictSame(sent, { query, headers: { cookie, 'of-the-key': '1' } }, cookie);
  }
});
