import t from 'tap';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createAuthorizer } from '../../../../services/local/s3/bucket-policy.ts';
import type { Principal } from '../../../../services/local/store/credentials.ts';

const ROLE: Principal = { kind: 'role', logicalIds: ['Role'] };
const OPERATOR: Principal = { kind: 'operator' };
const SERVICE: Principal = {
  kind: 'service',
  service: 'cloudfront.amazonaws.com',
  sourceArn: 'arn:aws:cloudfront::1:distribution/D',
};

function authorizer(rolePolicy: object[], bucketPolicy: object[], roleProperties: object = {}) {
  const template = readTemplate(
    {
      Resources: {
        Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
        OthersPolicy: {
          Type: 'AWS::S3::BucketPolicy',
          Properties: {
            Bucket: 'others',
            PolicyDocument: {
              Statement: { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' },
            },
          },
        },
        FilesPolicy: {
          Type: 'AWS::S3::BucketPolicy',
          Properties: { Bucket: { Ref: 'Files' }, PolicyDocument: { Statement: bucketPolicy } },
        },
        Role: { Type: 'AWS::IAM::Role', Properties: roleProperties },
        Other: { Type: 'AWS::IAM::Role', Properties: {} },
        RolePolicy: {
          Type: 'AWS::IAM::Policy',
          Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: rolePolicy } },
        },
        OtherPolicy: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            Roles: [{ Ref: 'Other' }],
            PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
          },
        },
      },
    },
    { region: 'us-east-1', accountId: '1' },
  );
  const isAllowed = createAuthorizer(template, { bucket: 'files', accountId: '1' }, ['Role', 'Other']);
  return (principal: Principal, action: string, key: string, context?: Record<string, string>) =>
    isAllowed({ principal, action, resource: `arn:aws:s3:::files${key}`, ...(context ? { context } : {}) });
}

t.test('allows what a statement allows, with wildcards, and nothing else', async (t) => {
  const allows = authorizer(
    [{ Effect: 'Allow', Action: ['s3:Put*', 'S3:getobject'], Resource: 'arn:aws:s3:::files/users/??/*' }],
    [],
  );
  t.ok(allows(ROLE, 's3:PutObject', '/users/ab/x/y'));
  t.ok(allows(ROLE, 's3:GetObject', '/users/ab/\n'));
  t.notOk(allows(ROLE, 's3:PutObject', '/users/abc/x'));
  t.notOk(allows(ROLE, 's3:PutObject', '/Users/ab/x'));
  t.notOk(allows(ROLE, 's3:DeleteObject', '/users/ab/x'));
  t.notOk(allows(SERVICE, 's3:PutObject', '/users/ab/x'));
  t.ok(allows(OPERATOR, 's3:DeleteObject', '/anything'));
});

t.test('lets an explicit Deny win', async (t) => {
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const deny = { Effect: 'Deny', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::files/*' };
  const byRole = authorizer([all, deny], []);
  t.ok(byRole(ROLE, 's3:PutObject', '/k'));
  t.notOk(byRole(ROLE, 's3:DeleteObject', '/k'));
  const byBucket = authorizer([all], [{ ...deny, Principal: '*' }]);
  t.notOk(byBucket(ROLE, 's3:DeleteObject', '/k'));
  t.notOk(byBucket(OPERATOR, 's3:DeleteObject', '/k'));
  const notHere = {
    ...deny,
    Principal: { AWS: '*' },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  t.ok(authorizer([all], [notHere])(ROLE, 's3:DeleteObject', '/k'));
});

t.test('demands every condition, and one of its values', async (t) => {
  const Condition = {
    StringLike: { 's3:prefix': ['users/*', 'shared/*'] },
    Bool: { 'aws:SecureTransport': true },
  };
  const allows = authorizer(
    [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::files', Condition }],
    [],
  );
  t.ok(allows(ROLE, 's3:ListBucket', '', { 's3:prefix': 'users/a' }));
  t.ok(allows(ROLE, 's3:ListBucket', '', { 's3:prefix': 'shared/' }));
  t.notOk(allows(ROLE, 's3:ListBucket', '', { 's3:prefix': 'user' }));
  t.notOk(allows(ROLE, 's3:ListBucket', ''), 'a key that does not exist');
  const any = { StringLike: { 's3:prefix': '*' } };
  const allowsAny = authorizer(
    [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::files', Condition: any }],
    [],
  );
  t.ok(allowsAny(ROLE, 's3:ListBucket', '', { 's3:prefix': '' }));
  t.notOk(allowsAny(ROLE, 's3:ListBucket', ''), 'no pattern is like a key that does not exist');
});

t.test('tells services and their resources apart', async (t) => {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::files/*',
    Condition: { StringEquals: { 'AWS:SourceArn': 'arn:aws:cloudfront::1:distribution/D' } },
  };
  const allows = authorizer([], [statement]);
  t.ok(allows(SERVICE, 's3:GetObject', '/k'));
  t.notOk(allows({ ...SERVICE, service: 'other.amazonaws.com' }, 's3:GetObject', '/k'));
  t.notOk(allows({ ...SERVICE, sourceArn: 'arn:aws:cloudfront::1:distribution/d' }, 's3:GetObject', '/k'));
  t.notOk(allows(ROLE, 's3:GetObject', '/k'));
});

t.test('tells roles apart, also those that a Deny leaves out', async (t) => {
  const other: Principal = { kind: 'role', logicalIds: ['Other'] };
  const both: Principal = { kind: 'role', logicalIds: ['Role', 'Other'] };
  const all = { Effect: 'Allow', Action: '*', Resource: '*' };
  const deny = {
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
    Resource: 'arn:aws:s3:::files/*',
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['Other', 'Arn'] } } },
  };
  const allows = authorizer([all], [deny]);
  t.ok(allows(other, 's3:PutObjectTagging', '/k'));
  for (const principal of [ROLE, OPERATOR, SERVICE, both]) {
    t.notOk(allows(principal, 's3:PutObjectTagging', '/k'), principal.kind);
    t.notOk(allows(principal, 's3:PutObjectVersionTagging', '/k'), principal.kind);
  }
  t.ok(allows(ROLE, 's3:PutObject', '/k'));
});

t.test('refuses a policy that it does not model, by name and at the start', async (t) => {
  const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
  const ofRole: [object, string][] = [
    [{ ...allow, NotResource: 'x' }, 'NotResource'],
    [{ Effect: 'Allow', NotAction: 's3:GetObject', Resource: '*' }, 'NotAction'],
    [{ ...allow, Effect: 'Maybe' }, 'Maybe'],
    [{ ...allow, Condition: { StringNotEquals: { 's3:prefix': 'x' } } }, 'StringNotEquals'],
    [{ ...allow, Condition: { StringEquals: { 'aws:username': 'x' } } }, 'aws:username'],
    [{ ...allow, Condition: { StringLike: { 's3:prefix': '$' + '{aws:userid}/*' } } }, 'policy variable'],
  ];
  for (const [statement, words] of ofRole)
    t.throws(() => authorizer([statement], []), new RegExp(words), words);
  const everybody = { ...allow, Principal: '*' };
  t.throws(() => authorizer([], [everybody]), /Allow for everybody/);
  t.throws(
    () => authorizer([], [{ ...allow, Principal: { AWS: 'arn:aws:iam::1:root' } }]),
    /arn:aws:iam::1:root/,
  );
  t.throws(() => authorizer([], [allow]), /principal/);
  for (const property of ['Policies', 'ManagedPolicyArns', 'PermissionsBoundary']) {
    t.throws(() => authorizer([], [], { [property]: [] }), new RegExp(property), property);
  }
  const foreign = { Effect: 'Allow', Action: 'sqs:*', Resource: '*', Condition: { DateLessThan: {} } };
  t.doesNotThrow(() => authorizer([foreign], []), 'statements about other services are left alone');
});
