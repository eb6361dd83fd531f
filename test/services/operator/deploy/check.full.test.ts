import { generateKeyPairSync } from 'node:crypto';
import process from 'node:process';
import { KMS } from '@aws-sdk/client-kms';
import { Route53 } from '@aws-sdk/client-route-53';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import t from 'tap';
import { toJson } from '../../../../services/operator/deploy/aws/finding.ts';
import { check } from '../../../../services/operator/deploy/check/check.ts';
import { PUBLIC_KEYS, WEB_ACL } from '../../../infra/support/production.ts';
import { ecKey } from '../../../support/local-values.ts';
import { startAws } from './support/aws.ts';
import {
  APP,
  createWorld,
  FILES,
  MEMBERS,
  makeCertificate,
  makeKey,
  makeSecret,
  makeSound,
  REGION,
  type Values,
  type World,
} from './support/world.ts';

const aws = await startAws(t);
const JSON_OF_A_SECRET = 'the secret is not one JSON object of strings';

interface Account {
  values: Values;
  world: World;
  recorded: typeof aws.recorded;
}

/** A change of a sound account or its values, and the lines that are then found, without `do`. */
const FAULTS: [fault: string, make: (account: Account) => unknown, lines: string[]][] = [
  ['nothing', () => {}, []],
  [
    'the certificate of the files host is of another region',
    async ({ values }) => {
      values['filesCertificateArn'] = await makeCertificate('eu-west-1', FILES);
    },
    ['filesCertificateArn must be an ACM certificate in us-east-1: CloudFront takes no other'],
  ],
  [
    'no secret',
    ({ values }) => {
      values['secretArn'] = String(values['secretArn']).replace(/......$/, 'AbCdEf');
    },
    ['secretArn no secret has this ARN, or it has no value'],
  ],
  [
    'a secret that is marked for deletion',
    ({ values }) => new SecretsManager({}).deleteSecret({ SecretId: String(values['secretArn']) }),
    ['secretArn the secret is scheduled for deletion'],
  ],
  [
    'a secret that is encrypted with a key of its own',
    async ({ values }) => {
      const KmsKeyId = `arn:aws:kms:${REGION}:123456789012:key/0c0c0c0c-1111-2222-3333-444444444444`;
      values['secretArn'] = await makeSecret('own', JSON.stringify(MEMBERS), { KmsKeyId });
    },
    ['secretArn the secret is encrypted with a key of its own, which the service has no right to use'],
  ],
  [
    'a secret that is not JSON',
    async ({ values }) => {
      values['secretArn'] = await makeSecret('text', 'hunter2');
    },
    [`secretArn ${JSON_OF_A_SECRET}`],
  ],
  [
    'a secret without its members',
    async ({ values }) => {
      values['secretArn'] = await makeSecret('empty', '{}');
    },
    ['secretArn the secret has no OIDC_CLIENT_SECRET', 'secretArn the secret has no LOGIN_SECRET'],
  ],
  [
    'a LOGIN_SECRET of another length',
    async ({ values }) => {
      values['secretArn'] = await makeSecret('short', JSON.stringify({ ...MEMBERS, LOGIN_SECRET: 'abc' }));
    },
    ['secretArn LOGIN_SECRET in the secret is not 32 bytes as base64url'],
  ],
  [
    'a SIGNING_KEY beside the key in KMS',
    async ({ values }) => {
      values['secretArn'] = await makeSecret('both', JSON.stringify({ ...MEMBERS, SIGNING_KEY: pemOf() }));
    },
    ['secretArn the secret has SIGNING_KEY, but the key in KMS signs: only one key may sign'],
  ],
  [
    'neither SIGNING_KEY nor a key in KMS',
    ({ values }) => delete values['signingKmsKeyArn'],
    ['secretArn the secret has no SIGNING_KEY, and the values no signingKmsKeyArn'],
  ],
  [
    'a SIGNING_KEY of another pair',
    async ({ values }) => {
      delete values['signingKmsKeyArn'];
      values['secretArn'] = await makeSecret('other', JSON.stringify({ ...MEMBERS, SIGNING_KEY: pemOf() }));
    },
    ['secretArn SIGNING_KEY in the secret is not the private half of the first of publicKeys'],
  ],
  [
    'public keys whose private half is nowhere',
    ({ values }) => {
      delete values['signingKmsKeyArn'];
      delete values['secretArn'];
    },
    ['secretArn is missing, and only you have the private half of publicKeys'],
  ],
  [
    'no key in KMS',
    ({ values }) => {
      values['signingKmsKeyArn'] =
        `arn:aws:kms:${REGION}:123456789012:key/0c0c0c0c-1111-2222-3333-444444444444`;
    },
    ['signingKmsKeyArn no key has this ARN'],
  ],
  [
    'a key that is disabled',
    // moto's DisableKey sends no answer.
    () =>
      rewriteJson('DescribeKey', ({ KeyMetadata }) => ({
        KeyMetadata: { ...KeyMetadata, KeyState: 'Disabled' },
      })),
    ['signingKmsKeyArn the key is Disabled'],
  ],
  [
    'the public half of another key first',
    ({ values }) => {
      values['publicKeys'] = PUBLIC_KEYS;
    },
    ['signingKmsKeyArn the first of publicKeys is not the public half of this key'],
  ],
  [
    'no zone',
    ({ values }) => {
      values['hostedZoneId'] = 'Z0000000000000000000';
    },
    ['hostedZoneId no zone has this id'],
  ],
  [
    'a private zone',
    // Debian's moto cannot load the VPCs that a private zone needs.
    () => {
      aws.rewrite = (action, body) =>
        action.startsWith('GET /2013-04-01/hostedzone/')
          ? body.replace('<PrivateZone>false<', '<PrivateZone>true<')
          : body;
    },
    ['hostedZoneId the zone is private'],
  ],
  [
    'the zone of another domain',
    async ({ values }) => {
      const zone = { Name: 'example.org', CallerReference: 'other' };
      const { HostedZone } = await new Route53({}).createHostedZone(zone);
      values['hostedZoneId'] = HostedZone?.Id?.replace('/hostedzone/', '');
    },
    [`hostedZoneId the zone is example.org, and ${APP} is not in it`],
  ],
  [
    'a zone whose domain is delegated elsewhere',
    ({ world }) => {
      world.nameServers = ['ns1.registrar.example'];
    },
    ['hostedZoneId DNS asks ns1.registrar.example for example.com, not this zone'],
  ],
  [
    'no right to look at stacks',
    () => aws.denied.add('DescribeStacks'),
    ['stack CloudFrontCookieGateway could not be checked (AccessDenied)'],
  ],
  [
    'the few instances of a new account',
    ({ recorded }) => {
      recorded.lambda = { all: 10, free: 10 };
    },
    [
      `Lambda 10 instances in ${REGION} are too few for requestsPerSecond 500, which needs 50: more requests at once fail, and the schedule with them`,
    ],
  ],
  [
    'no address for alarms',
    ({ values }) => delete values['alarmEmail'],
    ['alarmEmail is missing: no alarm is sent to anybody'],
  ],
  [
    'a web ACL that somebody attached in the console',
    ({ recorded }) => {
      recorded.webAcl = WEB_ACL;
      recorded.stacks.set(`${REGION} CloudFrontCookieGateway`, {
        status: 'UPDATE_COMPLETE',
        outputs: { DistributionId: 'E2EXAMPLE' },
      });
    },
    [`webAclArn distribution E2EXAMPLE has the web ACL ${WEB_ACL}, and this deployment would take it away`],
  ],
  [
    "another bucket than the stack's, which would be empty",
    ({ values, recorded }) => {
      values['bucketName'] = 'gateway-files-of-mine';
      recorded.stacks.set(`${REGION} CloudFrontCookieGateway`, {
        status: 'UPDATE_COMPLETE',
        outputs: { BucketName: 'gateway-files' },
      });
    },
    [
      'bucketName the files are in gateway-files, and another bucket does not have them',
      `bucketName there is no bucket gateway-files-of-mine in ${REGION}`,
    ],
  ],
  [
    "the stack's own bucket, which would lose its policy",
    ({ values, recorded }) => {
      values['bucketName'] = 'gateway-files';
      recorded.stacks.set(`${REGION} CloudFrontCookieGateway`, {
        status: 'UPDATE_COMPLETE',
        outputs: { BucketName: 'gateway-files' },
        bucket: 'gateway-files',
      });
    },
    [
      'bucketName the files are in gateway-files, the stack’s own bucket',
      `bucketName there is no bucket gateway-files in ${REGION}`,
    ],
  ],
  [
    'a stack that is up: DNS must lead there',
    ({ recorded, world }) => {
      recorded.stacks.set(`${REGION} CloudFrontCookieGateway`, {
        status: 'UPDATE_COMPLETE',
        outputs: { FilesHostTarget: 'd1.cloudfront.net', AppHostTarget: 'd-1.execute-api.example.com' },
      });
      world.canonicalNames = { [APP]: ['old.example.com'] };
    },
    [`DNS ${FILES} DNS does not know it yet`, `DNS ${APP} it leads to old.example.com`],
  ],
  [
    'a wildcard below the app host',
    ({ world }) => {
      world.addresses = { [`*.${APP}`]: ['192.0.2.1'] };
    },
    [`domain DNS knows every child of ${APP} (a wildcard): the cookies of the files are set for all of them`],
  ],
  [
    'credentials of another account',
    ({ values }) => {
      for (const name of ['secretArn', 'signingKmsKeyArn', 'appCertificateArn', 'filesCertificateArn']) {
        values[name] = String(values[name]).replace('123456789012', '210987654321');
      }
    },
    [
      'credentials they belong to account 123456789012, but the values name 210987654321: nothing in AWS was checked',
    ],
  ],
  [
    'several faults at once, those of the values first',
    ({ values, world }) => {
      Object.assign(values, { colour: 'red', logDays: 31, oidcIssuer: 'http://login.example.com' });
      world.addresses = { [`*.${APP}`]: ['192.0.2.1'] };
      delete values['oidcClientId'];
    },
    [
      'colour is not a value of this stack',
      'oidcClientId is missing: the client id alone: printable ASCII, without a line break or a space around it',
      'logDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
      'oidcIssuer must be https (http is for a provider on this machine)',
      `domain DNS knows every child of ${APP} (a wildcard): the cookies of the files are set for all of them`,
    ],
  ],
];

type Json = Record<string, Record<string, unknown>>;

function rewriteJson(of: string, change: (answer: Json) => Json): void {
  aws.rewrite = (action, body) => (action === of ? JSON.stringify(change(JSON.parse(body))) : body);
}

function pemOf(namedCurve = 'P-256'): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

for (const [fault, make, lines] of FAULTS) {
  t.test(`check: ${fault}`, async (t) => {
    await aws.reset();
    const world = createWorld();
    const values = await makeSound(world);
    const made = aws.made.length;
    await make({ values, world, recorded: aws.recorded });
    aws.made.length = made;
    const found = await check(values, world);
    t.strictSame(
      found.map((one) => `${'value' in one ? one.value : one.resource} ${one.problem}`),
      lines,
    );
    for (const one of found) {
      t.not(one.do, '');
      const { value, resource, problem, do: what, ...rest } = JSON.parse(toJson(one));
      t.strictSame(
        [typeof (value ?? resource), typeof problem, typeof what, rest],
        ['string', 'string', 'string', {}],
      );
      t.notMatch(toJson(one), /hunter2|of-the-client|PRIVATE KEY/, 'nothing of the secret');
    }
    t.equal(aws.made.length, made, 'it creates nothing');
  });
}

t.test('the values name the region, whatever the shell names', async (t) => {
  await aws.reset();
  const world = createWorld();
  const values = await makeSound(world);
  const { AWS_REGION } = process.env;
  t.teardown(() => Object.assign(process.env, { AWS_REGION }));
  Object.assign(process.env, { AWS_REGION: 'ap-northeast-1' });
  t.strictSame(await check(values, world), []);
});

t.test('a secret with the private half of the first public key', async (t) => {
  await aws.reset();
  const world = createWorld();
  const { signingKmsKeyArn: _, ...values } = await makeSound(world);
  const { publicPem, privateKey } = ecKey('one');
  const SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const secretArn = await makeSecret('pem', JSON.stringify({ ...MEMBERS, SIGNING_KEY }));
  t.strictSame(
    await check({ ...values, secretArn, publicKeys: [{ name: 'one', pem: publicPem }] }, world),
    [],
  );
});

t.test('a bucket and a key that people have: each mismatch is named, with the line to add', async (t) => {
  await aws.reset();
  const world = createWorld();
  const sound = await makeSound(world);
  const { arn: kmsKeyArn } = await makeKey({ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' });
  const [s3, kms, Bucket] = [new S3({ forcePathStyle: true }), new KMS({}), 'files-of-ours'];
  const findings = async (changes: Values) => {
    const found = await check({ ...sound, ...changes }, world);
    return found.filter((one) => 'value' in one && ['bucketName', 'kmsKeyArn'].includes(one.value));
  };
  const problems = async (changes: Values) => (await findings(changes)).map(({ problem }) => problem);
  const ours = { bucketName: Bucket, kmsKeyArn, events: true };
  t.strictSame(await problems({ bucketName: Bucket }), [`there is no bucket ${Bucket} in ${REGION}`]);
  t.strictSame(await problems({ kmsKeyArn: kmsKeyArn.replace(/.{12}$/, '444444444444') }), [
    'no key has this ARN',
  ]);

  await s3.createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
  const before = await findings(ours);
  t.strictSame(
    before.map(({ problem, isNote = false }) => [problem, isNote]),
    [
      ['the bucket does not block all public access', false],
      [`the bucket encrypts with a key of S3, not with ${kmsKeyArn}`, false],
      [`the bucket lets no page of https://${APP} upload`, false],
      ['the bucket does not tell EventBridge of its files', false],
      ['the bucket keeps no versions, so keepDeletedDays has no effect', false],
      ['the bucket has no lifecycle rule AbortIncompleteMultipartUpload as the trash needs it', false],
      ['the bucket has no lifecycle rule NoncurrentVersionExpiration as the trash needs it', false],
      ['no policy lets the distribution read yet, since there is no distribution', true],
      ['no policy lets the distribution read yet, since there is no distribution', true],
    ],
  );
  t.ok(before.every(({ do: what }) => what.length > 20));

  // What the lines say.
  const added = (n: number) => JSON.parse(before[n]?.do.replace(/^[^{]*/, '') ?? '');
  const option = (n: number) => JSON.parse(/'(.*)'$/.exec(before[n]?.do ?? '')?.[1] ?? '');
  await s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration: option(0) });
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: option(4) });
  await s3.putBucketLifecycleConfiguration({
    Bucket,
    LifecycleConfiguration: { Rules: [added(5), added(6)] },
  });
  await s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules: [added(2)] } });
  const byKey = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn } as const;
  const Rules = [{ ApplyServerSideEncryptionByDefault: byKey }];
  await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } });
  // moto does not remember this setting.
  const told = '<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>';
  aws.rewrite = (action, body) => (action.includes('?notification') ? told : body);
  const statement = (Action: string, Resource: string | string[]) => ({
    ...{ Action, Effect: 'Allow', Resource, Principal: { Service: 'cloudfront.amazonaws.com' } },
    Condition: {
      StringEquals: { 'AWS:SourceArn': 'arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE' },
    },
  });
  const ofBucket = [
    statement('s3:GetObject', [`arn:aws:s3:::${Bucket}/users/*`, `arn:aws:s3:::${Bucket}/teams/*`]),
    statement('s3:ListBucket', `arn:aws:s3:::${Bucket}`),
  ];
  const ofKey = [statement('kms:Decrypt', '*')];
  const outputs = {
    BucketName: Bucket,
    BucketPolicy: JSON.stringify(ofBucket),
    KeyPolicy: JSON.stringify(ofKey),
  };
  aws.recorded.stacks.set(`${REGION} CloudFrontCookieGateway`, { status: 'CREATE_COMPLETE', outputs });
  const missing = await findings(ours);
  t.strictSame(
    missing.map(({ do: what }) => what),
    [...ofBucket, ...ofKey].map((one) => `add ${JSON.stringify(one)}`),
  );
  const policyOf = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const named = ofBucket.map((one, n) => ({
    ...one,
    Sid: `Gateway${n}`,
    Resource: [one.Resource].flat().toReversed(),
  }));
  await s3.putBucketPolicy({ Bucket, Policy: policyOf(named) });
  await kms.putKeyPolicy({ KeyId: kmsKeyArn, PolicyName: 'default', Policy: policyOf(ofKey) });
  t.strictSame(await findings(ours), []);

  t.comment('what is there and must not be: a rule that deletes files, and an older, wider statement');
  const rule = { ID: 'a-month', Status: 'Enabled', Filter: {}, Expiration: { Days: 30 } } as const;
  await s3.putBucketLifecycleConfiguration({
    Bucket,
    LifecycleConfiguration: { Rules: [added(5), added(6), rule] },
  });
  const wide = statement('s3:GetObject', `arn:aws:s3:::${Bucket}/*`);
  await s3.putBucketPolicy({ Bucket, Policy: policyOf([...named, wide]) });
  t.match(await findings(ours), [
    { problem: 'the bucket deletes files that are in use, by its lifecycle rule a-month' },
    { problem: 'a statement lets the distribution do more than it may', do: /^remove .*files-of-ours\/\*/ },
  ]);
});
