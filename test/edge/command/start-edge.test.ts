import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { startEdge } from '../../../edge/command/start-edge.ts';
import { parseTemplate } from '../../../edge/local/template/parse-template.ts';
import { runCommand } from '../../support/clone.ts';
import { folderOf, serverOf } from '../local/support/serve.ts';

/** A public site, files for those who sign, a server, and a function that answers by itself. */
const TEMPLATE = `
Parameters:
  PublicKey: { Type: String }
Resources:
  Key:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: members, CallerReference: x, EncodedKey: !Ref PublicKey } }
  Group:
    Type: AWS::CloudFront::KeyGroup
    Properties: { KeyGroupConfig: { Name: g, Items: [!Ref Key] } }
  Hello:
    Type: AWS::CloudFront::Function
    Properties:
      Name: hello
      AutoPublish: true
      FunctionConfig: { Comment: c, Runtime: cloudfront-js-2.0 }
      FunctionCode: "function handler(event) { console.log('asked'); return { statusCode: 204 }; }"
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - { Id: files, DomainName: my-files.s3.us-east-1.amazonaws.com, S3OriginConfig: {} }
          - { Id: api, DomainName: api.example, CustomOriginConfig: { OriginProtocolPolicy: https-only } }
        CacheBehaviors:
          - { PathPattern: api/*, TargetOriginId: api, ViewerProtocolPolicy: https-only, CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad }
          - PathPattern: hello
            TargetOriginId: api
            ViewerProtocolPolicy: https-only
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
            FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt Hello.FunctionARN }]
          - PathPattern: members/*
            TargetOriginId: files
            ViewerProtocolPolicy: https-only
            TrustedKeyGroups: [!Ref Group]
            CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
        DefaultCacheBehavior: { TargetOriginId: files, ViewerProtocolPolicy: https-only, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6 }
`;

const LAMBDA =
  'LambdaFunctionAssociations: [{ EventType: viewer-request, LambdaFunctionARN: !Ref AWS::StackId }]';

const FILES = {
  'template.yaml': TEMPLATE,
  'site/index.html': 'for everybody',
  'site/members/a.txt': 'for members',
};

t.test('a test serves a template, signs for it, and asks why', async (t) => {
  const folder = folderOf(t, FILES);
  const api = await serverOf(t, (_request, response) => response.end('from the server'));
  const printed: string[] = [];
  const edge = await startEdge({
    template: join(folder, 'template.yaml'),
    buckets: { 'my-files': join(folder, 'site') },
    origins: { api },
    onPrint: (name, line) => printed.push(`${name}: ${line}`),
  });
  t.teardown(() => edge.close());
  t.match(edge.notices[0], 'guessed --value PublicKey=publickey');
  t.equal(await (await edge.fetch('/index.html')).text(), 'for everybody');
  t.equal(await (await edge.fetch('/api/x')).text(), 'from the server');
  t.equal((await edge.fetch('/hello')).status, 204);
  t.strictSame(printed, ['Hello: asked']);
  t.equal((await edge.fetch('/members/a.txt')).status, 403);
  t.equal(await (await fetch(edge.sign('/members/a.txt'))).text(), 'for members');
  const headers = { cookie: edge.signCookies('/members/*') };
  t.equal(await (await edge.fetch('/members/a.txt', { headers })).text(), 'for members');
  t.equal(edge.invalidate(['/*']) > 0, true);
  t.match(await edge.explain('/members/a.txt'), {
    step: 'signature',
    clause: 'missing_key',
    status: 403,
    words: /CloudFront-Key-Pair-Id/,
  });
  t.match(await edge.explain('/members/a.txt', { headers }), {
    clause: 'admitted',
    method: 'GET',
    ipAddress: '127.0.0.1',
    credential: { keyPairId: 'members' },
  });
  t.match(await edge.explain('/api/x', { method: 'POST' }), {
    clause: 'method',
    status: 403,
    method: 'POST',
  });
  t.throws(() => edge.sign('/index.html'), /the behavior of \/index.html trusts no key/);
});

t.test('signatures end by the clock of the test', async (t) => {
  const folder = folderOf(t, FILES);
  let nowMs = Date.now();
  const edge = await startEdge({
    template: join(folder, 'template.yaml'),
    buckets: { 'my-files': join(folder, 'site') },
    now: () => nowMs,
  });
  t.teardown(() => edge.close());
  for (const [path, seconds] of [
    [edge.sign('/members/a.txt?v=1', 60), 60],
    [edge.sign('/members/a.txt'), 3_600],
  ] as const) {
    nowMs += (seconds - 1) * 1_000;
    t.equal((await fetch(path)).status, 200, `${seconds}`);
    nowMs += 1_000;
    t.equal((await fetch(path)).status, 403, `${seconds}`);
    nowMs -= seconds * 1_000;
  }
  t.equal((await edge.fetch('/api/x')).status, 501);
});

t.test('a distribution whose condition depends on a guessed value', async (t) => {
  const folder = folderOf(t, FILES);
  const stage = 'Parameters:\n  Stage: { Type: String, AllowedValues: [dev, live] }\n';
  const conditions = 'Conditions:\n  IsDev: !Equals [!Ref Stage, dev]\nResources:\n';
  const text = TEMPLATE.replace('Parameters:\n', stage)
    .replace('Resources:\n', conditions)
    .replace('AWS::CloudFront::Distribution\n', 'AWS::CloudFront::Distribution\n    Condition: IsDev\n');
  const edge = await startEdge({
    template: parseTemplate(text),
    buckets: { 'my-files': join(folder, 'site') },
  });
  t.teardown(() => edge.close());
  t.equal((await edge.fetch('/index.html')).status, 200);
});

t.test('what cannot be served ends in an error, and leaves nothing open', async (t) => {
  const web = TEMPLATE.slice(TEMPLATE.indexOf('  Web:'));
  const folder = folderOf(t, {
    ...FILES,
    'odd.yaml': TEMPLATE.replace('Enabled: true', 'TenantConfig: {}'),
    'broken.yaml': TEMPLATE.replace('function handler(', 'function handler(('),
    'two.yaml': TEMPLATE + web.replace('Web:', 'Other:'),
    'lambda.yaml': TEMPLATE.replace('DefaultCacheBehavior: {', `DefaultCacheBehavior: { ${LAMBDA},`),
  });
  const template = join(folder, 'template.yaml');
  for (const [options, words] of [
    [{ template: join(folder, 'odd.yaml') }, 'Web: Distribution.TenantConfig: it is not modelled'],
    [
      { template: join(folder, 'lambda.yaml') },
      'Web: .+Associations: Lambda@Edge functions are not run here',
    ],
    [{ template, buckets: { sites: '.' } }, '--bucket sites: the template has no sites'],
    [{ template, stores: { Entries: {} } }, '--store Entries: the template has no Entries'],
    [{ template, values: { 'Nothing.Arn': 'x' } }, '--value Nothing.Arn: the template has no Nothing.Arn'],
    [{ template: join(folder, 'broken.yaml') }, 'Hello .line 1.: Unexpected token'],
    [{ template: join(folder, 'two.yaml') }, 'the template has Web, Other; `distribution` says which one'],
    [{ template, distribution: 'Other' }, 'there is no distribution Other; the template has Web'],
    [{ template: { Resources: {} } }, 'the template has no AWS::CloudFront::Distribution'],
  ] as const)
    await t.rejects(startEdge(options), new RegExp(words), words);
  const ignore = ['LambdaFunctionAssociations'];
  await (await startEdge({ template: join(folder, 'lambda.yaml'), ignore })).close();
});

t.test('the example of the README passes', async (t) => {
  const [, example = ''] =
    /^```js\n([\s\S]*?)^```$/m.exec(readFileSync('edge/command/README.md', 'utf8')) ?? [];
  const { href } = pathToFileURL(resolve('edge/command/edge-local.ts'));
  const test = example.replace('@cloudfront-cookie-gateway/edge-local', href);
  t.not(test, example);
  const folder = folderOf(t, { ...FILES, 'edge.test.mjs': test });
  const run = runCommand(folder, [process.execPath, '--test', 'edge.test.mjs']);
  t.equal(await run.exit, 0, run.output());
});
