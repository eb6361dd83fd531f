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

t.test('one of several is enough, in each list of a statement', async (t) => {
  const allows = authorizer(
    [
      {
        Effect: 'Allow',
        Action: ['sqs:SendMessage', 's3:GetObject', 's3:PutObject'],
        Resource: ['arn:aws:s3:::files/a/*', 'arn:aws:s3:::files/b/*'],
        Condition: {
          StringEquals: { 's3:ExistingObjectTag/Scan': ['clean', 'none'] },
          Bool: { 'aws:SecureTransport': 'TRUE' },
        },
      },
    ],
    [
      {
        Effect: 'Deny',
        Principal: { Service: ['a.amazonaws.com', SERVICE.service] },
        Action: '*',
        Resource: '*',
      },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:PutObject', 's3:GetObjectAcl'],
        Resource: ['arn:aws:s3:::files/b/*', 'arn:aws:s3:::files/c/*'],
        Condition: {
          ArnNotEquals: { 'aws:PrincipalArn': ['arn:aws:iam::1:role/x', 'arn:aws:iam::1:role/Other*'] },
        },
      },
    ],
  );
  const tag = (value: string) => ({ 's3:existingobjecttag/scan': value });
  for (const [action, key, context, is] of [
    ['s3:GetObject', '/a/k', tag('clean'), true],
    ['s3:PutObject', '/a/k', tag('none'), true],
    ['S3:GETOBJECT', '/b/k', tag('clean'), true],
    ['s3:PutObject', '/b/k', tag('clean'), false],
    ['s3:GetObject', '/a/k', tag('infected'), false],
    ['s3:GetObject', '/a/k', {}, false],
    ['s3:GetObject', '/c/k', tag('clean'), false],
    ['s3:DeleteObject', '/a/k', tag('clean'), false],
  ] as const)
    t.equal(allows(ROLE, action, key, context), is, `${action} ${key} ${JSON.stringify(context)}`);
  t.equal(
    allows({ kind: 'role', logicalIds: ['Other'] }, 's3:PutObject', '/b/k'),
    true,
    'left out of the Deny',
  );
  t.equal(allows(SERVICE, 's3:GetObject', '/a/k'), false);
  t.equal(allows(OPERATOR, 's3:GetObject', '/a/k'), true, 'a Deny for a service is for no other');
});

t.test('what is about another service in part is read, and what only sounds like S3 is not', async (t) => {
  const all = { Effect: 'Allow', Resource: '*', Condition: { DateLessThan: {} } };
  for (const Action of ['*', ['sqs:*', 's3:GetObject'], ['S3:GetObject', 'sqs:*']])
    t.throws(() => authorizer([{ ...all, Action }], []), /DateLessThan/, String(Action));
  for (const Action of ['sqs:s3:GetObject', 'outposts-s3:GetObject'])
    t.doesNotThrow(() => authorizer([{ ...all, Action }], []), Action);
  const like = (key: string, values: unknown) => ({
    ...{ Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: { StringEquals: { [key]: values } } },
  });
  t.doesNotThrow(() => authorizer([like('s3:ExistingObjectTag/a', 'x')], []));
  t.throws(() => authorizer([like('x-s3:ExistingObjectTag/', 'x')], []), /x-s3:ExistingObjectTag/);
  t.throws(() => authorizer([like('s3:prefix', ['plain', '$' + '{aws:userid}'])], []), /policy variable/);
});

t.test('a principal is a service or everybody, and nothing beside it', async (t) => {
  const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*' };
  for (const Principal of [
    { AWS: '*', Service: 'a.amazonaws.com' },
    { AWS: '*', Federated: 'x' },
    { Service: 'a.amazonaws.com', Federated: 'x' },
    { Federated: 'x' },
    { AWS: ['*'] },
    {},
    undefined,
    '**',
  ]) {
    const words = `the principal ${JSON.stringify(Principal)}, which is not modelled`;
    t.throws(() => authorizer([], [{ ...deny, Principal }]), {
      message: `policies: FilesPolicy has ${words}`,
    });
  }
});

t.test('a role that the template does not have stops the start', async (t) => {
  const template = readTemplate(
    { Resources: { Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } } } },
    { region: 'us-east-1', accountId: '1' },
  );
  t.throws(() => createAuthorizer(template, { bucket: 'files', accountId: '1' }, ['Role']), {
    message: 'policies: the template has no role Role',
  });
  const isAllowed = createAuthorizer(template, { bucket: 'files', accountId: '1' }, []);
  const request = { action: 's3:GetObject', resource: 'arn:aws:s3:::files/k' };
  t.equal(isAllowed({ principal: OPERATOR, ...request }), true);
  t.equal(isAllowed({ principal: SERVICE, ...request }), false, 'there is no policy');
});
