import t from 'tap';
import { readTemplate } from '../../../../edge/local/template/template.ts';

const NAMES = { region: 'eu-central-1', accountId: '000000000000' };

function resolved(value: unknown, refs: Record<string, string> = {}): unknown {
  const template = readTemplate(
    {
      Resources: {
        Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'gateway-files' } },
        Unnamed: { Type: 'AWS::S3::Bucket' },
        Store: { Type: 'AWS::CloudFront::KeyValueStore' },
        Control: { Type: 'AWS::CloudFront::OriginAccessControl' },
        Edge: { Type: 'AWS::CloudFront::Distribution' },
        Code: { Type: 'AWS::CloudFront::Function' },
        Api: { Type: 'AWS::ApiGatewayV2::Api' },
        Balancer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer' },
        Lambda: { Type: 'AWS::Lambda::Function' },
        Role: { Type: 'AWS::IAM::Role' },
        Logs: { Type: 'AWS::Logs::LogGroup' },
        Sessions: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { Ref: 'Files' } } },
        Subject: { Type: 'Test::Subject', Properties: { Value: value } },
      },
    },
    { ...NAMES, refs },
  );
  return template.only('Test::Subject').properties['Value'];
}

t.test('intrinsic functions are resolved, wherever they stand', async (t) => {
  const arn = 'arn:aws:cloudfront::000000000000';
  const cases: [unknown, unknown][] = [
    [{ Ref: 'Files' }, 'gateway-files'],
    [{ Ref: 'Unnamed' }, 'unnamed'],
    [{ Ref: 'Sessions' }, 'gateway-files'],
    [{ Ref: 'Edge' }, 'Edge'],
    [{ Ref: 'AWS::Region' }, 'eu-central-1'],
    [{ Ref: 'AWS::AccountId' }, '000000000000'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ 'Fn::GetAtt': ['Files', 'Arn'] }, 'arn:aws:s3:::gateway-files'],
    [{ 'Fn::GetAtt': 'Files.RegionalDomainName' }, 'gateway-files.s3.eu-central-1.amazonaws.com'],
    [{ 'Fn::GetAtt': ['Edge', 'DomainName'] }, 'edge.cloudfront.net'],
    [{ 'Fn::GetAtt': ['Code', 'FunctionARN'] }, `${arn}:function/Code`],
    [{ 'Fn::GetAtt': 'Code.FunctionMetadata.FunctionARN' }, `${arn}:function/Code`],
    [{ 'Fn::GetAtt': ['Store', 'Arn'] }, `${arn}:key-value-store/Store`],
    [{ 'Fn::GetAtt': ['Store', 'Id'] }, 'Store'],
    [{ 'Fn::GetAtt': ['Control', 'Id'] }, 'Control'],
    [{ 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }, 'https://api.execute-api.eu-central-1.amazonaws.com'],
    [{ 'Fn::GetAtt': ['Balancer', 'DNSName'] }, 'balancer.eu-central-1.elb.amazonaws.com'],
    [{ 'Fn::GetAtt': ['Lambda', 'Arn'] }, 'arn:aws:lambda:eu-central-1:000000000000:function:Lambda'],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/Role'],
    [{ 'Fn::GetAtt': ['Logs', 'Arn'] }, 'arn:aws:logs:eu-central-1:000000000000:log-group:Logs:*'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Files' }, 1]] }, 'a-gateway-files-1'],
    [
      { 'Fn::Sub': '$' + '{Files}/$' + '{Files.Arn}/$' + '{!kept}' },
      'gateway-files/arn:aws:s3:::gateway-files/$' + '{kept}',
    ],
    [{ 'Fn::Sub': ['text'] }, 'text'],
    [
      [{ a: { Ref: 'Files' } }, null, 1, true],
      [{ a: 'gateway-files' }, null, 1, true],
    ],
  ];
  for (const [value, expected] of cases) t.strictSame(resolved(value), expected, JSON.stringify(value));
  for (const value of [
    { Ref: 'Files', more: 1 },
    { Condition: { StringEquals: { a: 'b' } } },
    { Conditional: 'a' },
    { 'My::Fn::Join': 'a' },
  ])
    t.strictSame(resolved([value]), [value], `no function: ${JSON.stringify(value)}`);
  t.equal(resolved({ Ref: 'Edge' }, { Edge: 'E123' }), 'E123', 'a name that is given');
  t.equal(resolved({ 'Fn::GetAtt': ['Edge', 'Id'] }, { Edge: 'E123' }), 'E123');
});

t.test('what is not known is an error that names it', async (t) => {
  t.throws(() => resolved({ Ref: 'Nobody' }), /Ref Nobody names no resource/);
  t.throws(() => resolved({ 'Fn::GetAtt': ['Files', 'Colour'] }), /Files\.Colour is not modelled/);
  t.throws(() => resolved({ 'Fn::GetAtt': ['Nobody', 'Arn'] }), /Nobody\.Arn is not modelled/);
  t.throws(() => resolved({ 'Fn::ImportValue': 'x' }), /the import x has no value/);
  t.throws(() => resolved({ 'Fn::Cidr': 'x' }), /Fn::Cidr is not modelled/);
  t.throws(() => resolved({ 'Fn::Join': 'x' }), /Fn::Join is not modelled/);
  t.throws(() => resolved({ 'Fn::Join': ['-', 'x'] }), /Fn::Join is not modelled/);
  t.throws(() => resolved({ 'Fn::Select': [0, 'x'] }), /Fn::Select is not modelled/);
  t.throws(() => resolved({ 'Fn::GetAtt': ['Files', 'Id'] }), /Files\.Id is not modelled/);
  t.throws(() => resolved({ Ref: 5 }), /Ref is not modelled/);
  const two = { 'Fn::Sub': '$' + '{Nobody} $' + '{Anybody}' };
  t.throws(() => resolved(two), /Ref Nobody names no resource/, 'the first of two');
});

t.test('what is no template is an error', async (t) => {
  for (const [index, raw] of [undefined, null, 'x', {}, { Resources: [] }].entries()) {
    t.throws(() => readTemplate(raw, NAMES), /it has no Resources/, `row ${index}`);
  }
  t.throws(() => readTemplate({ Resources: { A: {} } }, NAMES), /resource A has no Type/);
});

const OPEN_TEMPLATE = {
  Parameters: {
    Stage: { Type: 'String', Default: 'test' },
    Domains: { Type: 'CommaDelimitedList', Default: 'a.example, b.example' },
    Account: { Type: 'String' },
    Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/the/name' },
  },
  Mappings: { Sizes: { test: { ttl: 5 } } },
  Conditions: {
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    IsOther: { 'Fn::Not': [{ Condition: 'IsProd' }] },
    IsBoth: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsOther' }] },
    IsEither: { 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsOther' }] },
  },
};

function openly(value: unknown, values: Record<string, string> = {}): unknown {
  const Resources = {
    Site: { Type: 'AWS::S3::Bucket', Condition: 'IsOther' },
    Away: { Type: 'AWS::S3::Bucket', Condition: 'IsProd' },
    Api: { Type: 'AWS::ApiGateway::RestApi' },
    Hook: { Type: 'AWS::Lambda::Url' },
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { Ref: 'Account' } } },
    Subject: { Type: 'Test::Subject', Properties: { Value: value } },
  };
  const template = readTemplate({ ...OPEN_TEMPLATE, Resources }, { ...NAMES, values, isLenient: true });
  t.strictSame(
    template.ofType('AWS::S3::Bucket').map(({ logicalId }) => logicalId),
    [values['Stage'] === 'prod' ? 'Away' : 'Site'],
  );
  return template.only('Test::Subject').properties['Value'];
}

t.test('conditions, parameters, mappings, imports, and what is chosen by them', async (t) => {
  const cases: [unknown, unknown, Record<string, string>?][] = [
    [{ 'Fn::If': ['IsProd', 'a', 'b'] }, 'b'],
    [{ 'Fn::If': ['IsProd', 'a', 'b'] }, 'a', { Stage: 'prod' }],
    [{ 'Fn::If': ['IsBoth', 'a', { 'Fn::If': ['IsEither', 'c', 'd'] }] }, 'c'],
    [[1, { 'Fn::If': ['IsProd', 2, { Ref: 'AWS::NoValue' }] }], [1]],
    [{ a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    [{ Ref: 'Domains' }, ['a.example', 'b.example']],
    [{ Ref: 'Account' }, 'given', { Account: 'given' }],
    [{ Ref: 'Stored' }, 'given', { Stored: 'given' }],
    [{ 'Fn::Select': [1, { Ref: 'Domains' }] }, 'b.example'],
    [{ 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'ttl'] }, 5],
    [{ 'Fn::ImportValue': { 'Fn::Sub': '$' + '{Stage}-key' } }, 'K1', { 'test-key': 'K1' }],
    [
      { 'Fn::Select': [2, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Hook', 'FunctionUrl'] }] }] },
      'hook.lambda-url.eu-central-1.on.aws',
    ],
    [{ 'Fn::Sub': ['$' + '{a}.$' + '{AWS::Region}', { a: { Ref: 'Api' } }] }, 'Api.eu-central-1'],
    [{ 'Fn::GetAtt': ['Api', 'RootResourceId'] }, 'r1', { 'Api.RootResourceId': 'r1' }],
  ];
  for (const [value, expected, values] of cases)
    t.strictSame(openly(value, values), expected, JSON.stringify(value));
});

t.test('what has no value is left in its place, with the reason', async (t) => {
  const reasons: [unknown, RegExp][] = [
    [{ Ref: 'Account' }, /the parameter Account has no value/],
    [{ Ref: 'Stored' }, /the parameter Stored has no value/],
    [{ Ref: 'Table' }, /the parameter Account has no value/],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, /the parameter Account has no value/],
    [{ 'Fn::Join': ['', ['a', { Ref: 'Account' }]] }, /the parameter Account has no value/],
    [{ 'Fn::Sub': '$' + '{Api.Nothing}' }, /Api\.Nothing is not modelled/],
    [{ 'Fn::FindInMap': ['Sizes', 'none', 'ttl'] }, /the mapping Sizes has no none, ttl/],
    [{ 'Fn::If': ['Nobody', 1, 2] }, /there is no condition Nobody/],
  ];
  for (const [value, reason] of reasons) {
    t.match(openly({ inner: value }), { inner: { reason } }, JSON.stringify(value));
  }
});
