import t, { type Test } from 'tap';
import type { LocalBindings } from '../../../edge/local/create-local-cloudfront.ts';
import { ALICE, BOB, cookiesOf, SECRET, startEdge } from './support/edge.ts';
import { startStandIn } from './support/stand-in.ts';
import { changedTemplate, DISTRIBUTION, recordOf } from './support/template.ts';

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const OTHER_BUCKET = 'other.s3.us-east-1.amazonaws.com';

/**
 * In the real template the default behavior is signed. Here it is not, and the listed behaviors take part of its paths.
 */
async function edgeWith(t: Test, behaviors: object[], bindings: Partial<LocalBindings> = {}) {
  const template = changedTemplate((at, resources) => {
    const config = at(DISTRIBUTION, 'DistributionConfig');
    const signed = structuredClone(recordOf(config['DefaultCacheBehavior']));
    config['CacheBehaviors'] = behaviors.map((behavior) => ({ ...signed, ...behavior }));
    const { TargetOriginId } = signed;
    const open = { TargetOriginId, ViewerProtocolPolicy: 'allow-all', CachePolicyId: CACHING_OPTIMIZED };
    config['DefaultCacheBehavior'] = open;
    resources['RsaGroup'] = {
      Type: 'AWS::CloudFront::KeyGroup',
      Properties: { KeyGroupConfig: { Name: 'rsa', Items: [{ Ref: logicalIdOf(resources, 'KRSA') }] } },
    };
    resources['Rewrite'] = {
      Type: 'AWS::CloudFront::Function',
      Properties: {
        Name: 'rewrite',
        AutoPublish: true,
        FunctionCode: `function handler(event) { event.request.uri = '/public/a.txt'; return event.request; }`,
        FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' },
      },
    };
    const origins = config['Origins'];
    if (!Array.isArray(origins)) throw new Error('no origins');
    origins.push({ ...recordOf(origins[0]), Id: 'other', DomainName: OTHER_BUCKET });
  });
  const other = await startStandIn();
  const binding = {
    endpoint: other.endpoint,
    bucket: 'other',
    accessKeyId: 'AKIATEST',
    secretAccessKey: 's',
  };
  const edge = await startEdge({ template, bindings, otherOrigins: { [OTHER_BUCKET]: binding } });
  t.teardown(async () => {
    await edge.close();
    await other.close();
  });
  edge.origin.objects.set('public/a.txt', { body: Buffer.from('for everybody'), type: 'text/plain' });
  return { edge, other };
}

function logicalIdOf(resources: Record<string, unknown>, name: string): string {
  const found = Object.entries(resources).find(([, resource]) =>
    JSON.stringify(resource).includes(`"Name":"${name}"`),
  );
  if (!found) throw new Error(`no ${name}`);
  return found[0];
}

t.test('the first pattern that takes the path has the request, and the default what is left', async (t) => {
  const { edge } = await edgeWith(t, [
    { PathPattern: 'users/*/open/*', TrustedKeyGroups: [], FunctionAssociations: [] },
    { PathPattern: '/users/*' },
  ]);
  t.match((await edge.get(own)).body, '<Code>MissingKey</Code>');
  t.equal((await edge.get(own, alice)).status, 200);
  t.equal((await edge.get('/public/a.txt')).body, 'for everybody');
  t.equal((await edge.get(`/users/${ALICE}/open/none`)).status, 404, 'unsigned, so the origin is asked');
});

t.test(
  'a spelling that misses the pattern falls to an unsigned behavior, which is why ours has none',
  async (t) => {
    const { edge } = await edgeWith(t, [{ PathPattern: 'users/*' }]);
    t.equal((await edge.get(`/users%2F${BOB}/b.txt`)).body, SECRET);
  },
);

t.test('each behavior has its own cache policy, response headers policy and functions', async (t) => {
  const { edge } = await edgeWith(t, [{ PathPattern: 'users/*', CachePolicyId: CACHING_DISABLED }]);
  const states = async (target: string) => {
    await edge.get(target, alice);
    return (await edge.get(target, alice)).headers;
  };
  const signed = await states(own);
  t.equal(signed.get('x-cache'), 'Miss from cloudfront');
  t.equal(signed.get('referrer-policy'), 'no-referrer');
  t.equal(signed.get('cache-control'), 'private, no-cache', 'from the viewer-response function');
  const open = await states('/public/a.txt');
  t.equal(open.get('x-cache'), 'Hit from cloudfront');
  t.notOk(open.has('referrer-policy'));
  t.notOk(open.has('cache-control'));
});

t.test('two behaviors that end at one URI share nothing that is kept', async (t) => {
  const rewrite = { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': ['Rewrite', 'FunctionARN'] } };
  const { edge } = await edgeWith(t, [
    { PathPattern: 'users/*', CachePolicyId: CACHING_OPTIMIZED, FunctionAssociations: [rewrite] },
  ]);
  const state = async (target: string) => (await edge.get(target, alice)).headers.get('x-cache');
  t.equal(await state(own), 'Miss from cloudfront');
  t.equal(await state('/public/a.txt'), 'Miss from cloudfront');
  t.equal(await state(own), 'Hit from cloudfront');
});

t.test(
  'each behavior has its own protocol policy, and each address that viewers type its own scheme',
  async (t) => {
    const { edge } = await edgeWith(
      t,
      [
        { PathPattern: 'only/*', ViewerProtocolPolicy: 'https-only', TrustedKeyGroups: [] },
        { PathPattern: 'moved/*', ViewerProtocolPolicy: 'redirect-to-https', TrustedKeyGroups: [] },
      ],
      { httpCountsAsHttps: false, otherOrigins: ['https://files.example.com'] },
    );
    t.equal((await edge.get('/only/a')).status, 403);
    const moved = await edge.get('/moved/a?b=%20');
    t.strictSame(
      [moved.status, moved.headers.get('location')],
      [301, 'https://localhost:8080/moved/a?b=%20'],
    );
    t.equal((await edge.get('/public/a.txt')).status, 200);
    const secure = { Host: 'files.example.com' };
    for (const target of ['/only/a', '/moved/a'])
      t.equal((await edge.get(target, secure)).status, 400, target);
    t.equal((await edge.get('/public/a.txt', { Host: 'other.example.com' })).status, 421);
    t.equal(
      (await edge.get('http://localhost:8080/public/a.txt', secure)).status,
      421,
      'two of ours in one request',
    );
  },
);
