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
    [{ 'Fn::GetAtt': ['Store', 'Arn'] }, `${arn}:key-value-store/Store`],
    [{ 'Fn::GetAtt': ['Control', 'Id'] }, 'Control'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Files' }, 1]] }, 'a-gateway-files-1'],
    [
      { 'Fn::Sub': '$' + '{Files}/$' + '{Files.Arn}/$' + '{!kept}' },
      'gateway-files/arn:aws:s3:::gateway-files/$' + '{!kept}',
    ],
    [
      [{ a: { Ref: 'Files' } }, null, 1, true],
      [{ a: 'gateway-files' }, null, 1, true],
    ],
    [
      { Ref: 'Files', more: 1 },
      { Ref: 'Files', more: 1 },
    ],
  ];
  for (const [value, expected] of cases) t.strictSame(resolved(value), expected, JSON.stringify(value));
  t.equal(resolved({ Ref: 'Edge' }, { Edge: 'E123' }), 'E123', 'a name that is given');
  t.equal(resolved({ 'Fn::GetAtt': ['Edge', 'Id'] }, { Edge: 'E123' }), 'E123');
});

t.test('what is not known is an error that names it', async (t) => {
  t.throws(() => resolved({ Ref: 'Nobody' }), /Ref Nobody names no resource/);
  t.throws(() => resolved({ 'Fn::GetAtt': ['Files', 'WebsiteURL'] }), /Files\.WebsiteURL is not modelled/);
  t.throws(() => resolved({ 'Fn::GetAtt': ['Nobody', 'Arn'] }), /Nobody\.Arn is not modelled/);
  t.throws(() => resolved({ 'Fn::ImportValue': 'x' }), /Fn::ImportValue is not modelled/);
  t.throws(() => resolved({ 'Fn::Join': 'x' }), /Fn::Join is not modelled/);
});

t.test('what nobody asks for need not be known', async (t) => {
  const template = readTemplate(
    {
      Resources: {
        Odd: { Type: 'Test::Odd', Properties: { Value: { 'Fn::ImportValue': 'x' } } },
        Plain: { Type: 'Test::Plain' },
        Other: { Type: 'Test::Plain', Properties: { a: 1 } },
      },
    },
    NAMES,
  );
  t.strictSame(
    template.ofType('Test::Plain').map(({ logicalId, properties }) => [logicalId, properties]),
    [
      ['Plain', {}],
      ['Other', { a: 1 }],
    ],
  );
  t.throws(() => template.only('Test::Plain'), /2 resources of type Test::Plain, not one/);
  t.throws(() => template.only('Test::None'), /0 resources of type Test::None/);
});

t.test('what is no template is an error', async (t) => {
  for (const raw of [undefined, null, 'x', {}, { Resources: [] }]) {
    t.throws(() => readTemplate(raw, NAMES), /it has no Resources/);
  }
  t.throws(() => readTemplate({ Resources: { A: {} } }, NAMES), /resource A has no Type/);
});
