import t from 'tap';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createAuthorizer } from '../../../../services/local/s3/bucket-policy.ts';
import type { Principal } from '../../../../services/local/store/credentials.ts';

const ROLE: Principal = { kind: 'role', logicalIds: ['Role'] };
const OPERATOR: Principal = { kind: 'operator' };
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
