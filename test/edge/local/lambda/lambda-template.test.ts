import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Distribution, experimental, LambdaEdgeEventType } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import t from 'tap';
import { createLocalCloudFront, type LocalBindings } from '../../../../edge/local/create-local-cloudfront.ts';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { lambdaTemplate, serveLambdas } from '../support/lambdas.ts';
import { folderOf, parseVersion } from '../support/serve.ts';

const BINDINGS: LocalBindings = {
  ...{ origin: 'http://localhost:8080', keyPairIds: {}, region: 'us-east-1', accountId: '123456789012' },
  ...{ origins: { app: { url: 'http://localhost:1' }, files: { folder: '.' } }, httpCountsAsHttps: true },
};

function refusal(template: unknown, changes: Partial<LocalBindings> & { ignore?: string[] } = {}): string {
  const { ignore = [], ...bindings } = changes;
  try {
    createLocalCloudFront({ template, ignore, bindings: { ...BINDINGS, ...bindings } });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const PASS = 'exports.handler = async (event) => event.Records[0].cf.request;';
const inline = (more: object) => ({ Code: { ZipFile: PASS }, ...more });
const associated = (more: object) => ({ LambdaFunctionAssociations: [more] });
const version = { EventType: 'viewer-request', LambdaFunctionARN: { Ref: 'V0' } };
const arn = 'arn:aws:lambda:us-east-1:123456789012:function';

for (const [name, functions, behavior, words] of [
  [
    'has Python',
    { 'viewer-request': inline({ Runtime: 'python3.13' }) },
    {},
    'the function On0 is for python3.13; only Node.js is run',
  ],
  [
    'has code that is elsewhere',
    { 'viewer-request': { Code: { S3Bucket: 'b', S3Key: 'k.zip' } } },
    {},
    'the code of the function On0 is not here',
  ],
  [
    'has environment variables',
    { 'origin-request': inline({ Environment: { Variables: { A: 'b' } } }) },
    {},
    'Lambda@Edge takes no function with Environment',
  ],
  [
    'has layers',
    { 'origin-request': inline({ Layers: ['a'] }) },
    {},
    'Lambda@Edge takes no function with Layers',
  ],
  [
    'is in a VPC',
    { 'origin-request': inline({ VpcConfig: { SubnetIds: ['a'] } }) },
    {},
    'Lambda@Edge takes no function with VpcConfig',
  ],
  [
    'is for ARM',
    { 'origin-request': inline({ Architectures: ['arm64'] }) },
    {},
    'Lambda@Edge takes no function with Architectures',
  ],
  [
    'is an image',
    { 'origin-request': inline({ PackageType: 'Image' }) },
    {},
    'Lambda@Edge takes no function with PackageType',
  ],
  [
    'has too much time at the viewer',
    { 'viewer-request': inline({ Timeout: 6 }) },
    {},
    'Timeout is at most 5 seconds for viewer-request',
  ],
  [
    'has too much time at the origin',
    { 'origin-response': inline({ Timeout: 31 }) },
    {},
    'Timeout is at most 30 seconds for origin-response',
  ],
  [
    'has too much memory at the viewer',
    { 'viewer-response': inline({ MemorySize: 129 }) },
    {},
    'MemorySize is at most 128 for viewer-response',
  ],
  [
    'has no number',
    { 'viewer-request': PASS },
    associated({ ...version, LambdaFunctionARN: { 'Fn::GetAtt': ['On0', 'Arn'] } }),
    'CloudFront takes the ARN of a numbered version',
  ],
  [
    'is the newest',
    { 'viewer-request': PASS },
    associated({ ...version, LambdaFunctionARN: `${arn}:a:$LATEST` }),
    'CloudFront takes the ARN of a numbered version',
  ],
  ...['v1', '1v'].map(
    (qualifier) =>
      [
        `has the alias ${qualifier}`,
        { 'viewer-request': PASS },
        associated({ ...version, LambdaFunctionARN: `${arn}:a:${qualifier}` }),
        'CloudFront takes the ARN of a numbered version',
      ] as const,
  ),
  [
    'has more than a version behind it',
    { 'viewer-request': PASS },
    associated({ ...version, LambdaFunctionARN: `${arn}:a:1:2` }),
    `${arn}:a:1:2 is not the ARN of a function`,
  ],
  [
    'is no function',
    { 'viewer-request': PASS },
    associated({ ...version, LambdaFunctionARN: 'words' }),
    'words is not the ARN of a function',
  ],
  [
    'is one of another stack',
    { 'viewer-request': PASS },
    associated({ ...version, LambdaFunctionARN: `${arn}:other:3` }),
    'the code of the function other is not here',
  ],
  [
    'comes twice',
    { 'viewer-request': PASS },
    { LambdaFunctionAssociations: [version, version] },
    'CloudFront takes one function for viewer-request',
  ],
  [
    'wants the body of a response',
    { 'viewer-request': PASS },
    associated({ ...version, EventType: 'origin-response', IncludeBody: true }),
    'a response event has no body',
  ],
  [
    'is for no event',
    { 'viewer-request': PASS },
    associated({ ...version, EventType: 'later' }),
    '"later" is not modelled',
  ],
  [
    'has an error in its syntax',
    { 'viewer-request': 'exports.handler = async () => {\n  const a = ;\n};' },
    {},
    /^On0 \(line 2\): Unexpected token/,
  ],
] as const) {
  t.test(`a function that ${name} stops the start, by name`, async (t) => {
    t.match(refusal(lambdaTemplate(functions, behavior)), words);
  });
}

t.test('what Lambda@Edge has not may be there, if it is empty', async (t) => {
  const none = { Layers: [], VpcConfig: {}, Environment: { Variables: {} } };
  const more = { ...none, Architectures: ['x86_64'], PackageType: 'Zip', Timeout: 5, MemorySize: 128 };
  t.equal(refusal(lambdaTemplate({ 'viewer-request': inline(more) })), '');
});

t.test('viewer events have one kind of functions', async (t) => {
  const template = parseTemplate(
    JSON.stringify(
      lambdaTemplate(
        { 'viewer-request': PASS },
        { FunctionAssociations: [{ EventType: 'viewer-response', FunctionARN: { Ref: 'F' } }] },
      ),
    ).replace(
      '"Cache":',
      `"F":{"Type":"AWS::CloudFront::Function","Properties":{"Name":"F","AutoPublish":true,
        "FunctionCode":"function handler(event) { return event.response; }",
        "FunctionConfig":{"Comment":"","Runtime":"cloudfront-js-2.0"}}},"Cache":`,
    ),
  );
  t.match(refusal(template), 'viewer events take either CloudFront Functions or Lambda@Edge');
  const origin = JSON.parse(
    JSON.stringify(template).replace('"EventType":"viewer-request"', '"EventType":"origin-request"'),
  );
  t.equal(refusal(origin), '', 'beside a function of the origin');
  const response = JSON.parse(
    JSON.stringify(template).replace('"EventType":"viewer-request"', '"EventType":"viewer-response"'),
  );
  t.match(refusal(response), 'viewer events take either CloudFront Functions or Lambda@Edge');
});

t.test('a function is left out by name, and said to be', async (t) => {
  const template = lambdaTemplate({ 'viewer-request': inline({ Runtime: 'python3.13' }) });
  const one = createLocalCloudFront({ template, bindings: { ...BINDINGS, lambdas: { On0: null } } });
  t.match(one.ignored, [/LambdaFunctionAssociations\[0\]\.LambdaFunctionARN: the function On0 is not run$/]);
  const ignore = ['LambdaFunctionAssociations'];
  const all = createLocalCloudFront({ template, bindings: BINDINGS, ignore });
  t.match(all.ignored, [/DefaultCacheBehavior\.LambdaFunctionAssociations$/]);
  const named = lambdaTemplate({ 'viewer-request': inline({ FunctionName: 'its-name' }) });
  const byName = createLocalCloudFront({
    template: named,
    bindings: { ...BINDINGS, lambdas: { 'its-name': null } },
  });
  t.match(byName.ignored, [/the function On0 is not run$/]);
  const none = createLocalCloudFront({ template: lambdaTemplate({}), bindings: BINDINGS, ignore });
  t.strictSame(none.ignored, []);
});

t.test('a file takes the place of code that is not Node’s, or not here', async (t) => {
  const file = join(
    folderOf(t, { 'edge.cjs': `exports.handler = async () => ({ status: '200', body: 'by file' });` }),
    'edge.cjs',
  );
  const named = inline({ Runtime: 'python3.13', FunctionName: 'its-name' });
  for (const [template, lambdas] of [
    [lambdaTemplate({ 'viewer-request': named }), { On0: file }],
    [lambdaTemplate({ 'viewer-request': named }), { 'its-name': file }],
    [lambdaTemplate({}, associated({ ...version, LambdaFunctionARN: `${arn}:other:3` })), { other: file }],
  ] as const) {
    const web = await serveLambdas(t, template, { lambdas });
    t.equal((await web.ask('/')).body.toString(), 'by file');
  }
});

t.test('the CDK’s assets are found in its cloud assembly', async (t) => {
  const code = folderOf(t, {
    'dist/edge.mjs': `export const onRequest = async () => ({ status: 200, body: 'an asset' });`,
  });
  const outdir = join(folderOf(t, {}), 'cdk.out');
  const app = new App({ outdir, analyticsReporting: false });
  const env = { region: 'us-east-1', account: '123456789012' };
  const stack = new Stack(app, 'Site', { env });
  const onRequest = new LambdaFunction(stack, 'OnRequest', {
    ...{ code: Code.fromAsset(code), handler: 'dist/edge.onRequest', runtime: Runtime.NODEJS_22_X },
  });
  const other = new experimental.EdgeFunction(
    new Stack(app, 'Elsewhere', { env: { ...env, region: 'eu-west-1' } }),
    'Other',
    {
      ...{ code: Code.fromInline(PASS), handler: 'index.handler', runtime: Runtime.NODEJS_22_X },
    },
  );
  new Distribution(stack, 'Web', {
    defaultBehavior: {
      origin: new HttpOrigin('app.example.com', { originId: 'app' }),
      edgeLambdas: [
        {
          eventType: LambdaEdgeEventType.VIEWER_REQUEST,
          functionVersion: parseVersion(onRequest.currentVersion),
        },
      ],
    },
  });
  new Distribution(Stack.of(other), 'Web', {
    defaultBehavior: {
      origin: new HttpOrigin('app.example.com', { originId: 'app' }),
      edgeLambdas: [
        {
          eventType: LambdaEdgeEventType.VIEWER_REQUEST,
          functionVersion: parseVersion(other.currentVersion),
        },
      ],
    },
  });
  const assembly = app.synth();
  const web = await serveLambdas(t, assembly.getStackByName('Site').template, { assembly: outdir });
  t.equal((await web.ask('/')).body.toString(), 'an asset');
  const words = refusal(assembly.getStackByName('Elsewhere').template, { assembly: outdir });
  t.match(words, /the code of the function OtherArnReader\w* is not here/, 'the one of another region');
});

t.test('SAM: inline code, and the folder beside the template', async (t) => {
  const folder = folderOf(t, {});
  mkdirSync(join(folder, 'src'));
  writeFileSync(
    join(folder, 'src/app.js'),
    `exports.lambdaHandler = async () => ({ status: '200', body: 'of SAM' });`,
  );
  const template = parseTemplate(`
Transform: AWS::Serverless-2016-10-31
Resources:
  Edge:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: src/, Handler: app.lambdaHandler, Runtime: nodejs22.x, AutoPublishAlias: live, FunctionName: edge }
  Inline:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs22.x
      InlineCode: |
        exports.handler = async (event) => event.Records[0].cf.response;
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{ Id: app, DomainName: app.example.com, CustomOriginConfig: { OriginProtocolPolicy: http-only } }]
        DefaultCacheBehavior:
          TargetOriginId: app
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
          LambdaFunctionAssociations:
            - { EventType: viewer-request, LambdaFunctionARN: !Ref Edge.Version }
            - { EventType: origin-response, LambdaFunctionARN: !Ref Inline.Version }
`);
  const web = await serveLambdas(t, template, { assembly: folder });
  t.equal((await web.ask('/')).body.toString(), 'of SAM');
});
