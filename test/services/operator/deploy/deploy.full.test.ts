import { readFileSync, writeFileSync } from 'node:fs';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { S3 } from '@aws-sdk/client-s3';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import t from 'tap';
import { bucketRules } from '../../../../infra/bucket-rules.ts';
import { parseStackValues } from '../../../../infra/values.ts';
import { DeployError } from '../../../../services/operator/deploy/create/creation.ts';
import { showDiff } from '../../../../services/operator/deploy/deploy.ts';
import {
  CLIENT_SECRET,
  makeTable,
  OUTPUTS,
  type Run,
  STACK,
  startDeployments,
  WHOLE,
} from './support/deployments.ts';
import { APP, createWorld, FILES, FIVE, makeKey, REGION } from './support/world.ts';

const { aws, file, run, emptyAccount, inventory } = await startDeployments(t);

t.test('five values and a zone: everything missing is made, in order, and written down', async (t) => {
  const world = await emptyAccount();
  const { steps, lines, probed } = await run(world);
  t.strictSame(steps, WHOLE);

  const text = readFileSync(file, 'utf8');
  const raw = JSON.parse(text);
  t.strictSame(Object.keys(raw), [
    ...['domain', 'oidcIssuer', 'oidcClientId', 'allow', 'alarmEmail', 'hostedZoneId'],
    ...['secretArn', 'signingKmsKeyArn', 'publicKeys', 'filesCertificateArn', 'appCertificateArn'],
    'reserveSchedule',
    'moverConcurrency',
    'protectTable',
  ]);
  t.match(text, /^\{\n {4}"domain"/, 'indented as it was');
  const values = parseStackValues(raw);
  const { SecretString } = await new SecretsManager({}).getSecretValue({ SecretId: values.secretArn });
  const members = JSON.parse(SecretString ?? '');
  t.strictSame(Object.keys(members), ['OIDC_CLIENT_SECRET', 'LOGIN_SECRET']);
  t.equal(members.OIDC_CLIENT_SECRET, CLIENT_SECRET);
  t.equal(Buffer.from(members.LOGIN_SECRET, 'base64url').length, 32);
  const { KeyMetadata } = await new KMS({}).describeKey({ KeyId: values.signingKmsKeyArn ?? '' });
  t.match(KeyMetadata, {
    ...{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    Description: `Signs the cookies of ${STACK}`,
  });
  t.notMatch(`${text}${lines.join()}`, new RegExp(`${CLIENT_SECRET}|${members.LOGIN_SECRET}`));
  t.strictSame(probed, [
    {
      STACK_NAME: STACK,
      APP_ORIGIN: `https://${APP}`,
      FILES_ORIGIN: `https://${FILES}`,
      AWS_REGION: REGION,
      BUCKET_NAME: OUTPUTS.BucketName,
      TABLE_NAME: OUTPUTS.TableName,
      DETAILS_TABLE_NAME: OUTPUTS.DetailsTableName,
      KEY_VALUE_STORE_ARN: OUTPUTS.KeyValueStoreArn,
      KEY_PAIR_ID: OUTPUTS.KeyPairId,
      SIGNING_KMS_KEY_ID: values.signingKmsKeyArn,
    },
  ]);
  t.strictSame(lines, [
    `at the provider: redirect URI https://${APP}/auth/callback`,
    `at the provider: after sign-out https://${APP}/auth/signed-out`,
    `at the provider, if it has it: back-channel logout https://${APP}/auth/backchannel-logout`,
    `secret ${STACK}/settings: made`,
    'signing key: made in AWS KMS',
    `certificate of ${FILES}: asked for in us-east-1`,
    `certificate of ${APP}: asked for in ${REGION}`,
    'one Lambda instance is kept for the schedule (reserveSchedule)',
    '50 Lambda instances are for moves, and no more (moverConcurrency)',
    `certificate of ${FILES}: waiting until ACM has seen its record, often some minutes`,
    `certificate of ${APP}: waiting until ACM has seen its record, often some minutes`,
    `bootstrap of the CDK in ${REGION}`,
    'bootstrap of the CDK in us-east-1',
    'build',
    'the tables are protected against deletion from now on: protectTable',
    `deployed: https://${APP}`,
  ]);

  t.comment('a second run makes nothing and asks nothing');
  const made = inventory();
  const again = await run(world);
  t.strictSame(again.steps, WHOLE.slice(9));
  t.strictSame(again.lines, ['build', `deployed: https://${APP}`]);
  t.strictSame(inventory(), made);
  t.equal(readFileSync(file, 'utf8'), text);
});

t.test('cut off after any step and started again, it continues and makes nothing twice', async (t) => {
  const once = WHOLE.filter((step) => step.includes(' ')).toSorted();
  for (let cut = 1; cut <= WHOLE.length; cut++) {
    const world = await emptyAccount();
    const first = await run(world, { afterSteps: cut });
    t.strictSame(first.steps, WHOLE.slice(0, cut), `cut off after ${WHOLE[cut - 1]}`);
    const second = await run(world);
    t.equal(second.steps.at(-1), 'probe');
    // What was made and could not be written down.
    const found = {
      2: `secret ${STACK}/settings: an earlier run made it`,
      3: 'signing key: an earlier run made it',
      4: `certificate of ${FILES}: an earlier run asked for it`,
      5: `certificate of ${APP}: an earlier run asked for it`,
    }[cut];
    t.strictSame(
      second.lines.filter((line) => line.includes('an earlier run')),
      found === undefined ? [] : [found],
    );
    t.strictSame(inventory(), once, 'the resources that both runs made');
    const bootstraps = [...first.steps, ...second.steps].filter((step) => step.startsWith('cdk-bootstrap'));
    t.equal(bootstraps.length, 2);
    // A secret that was typed but not stored is asked for again.
    t.equal(second.steps.includes('ask'), cut === 1);
    const values = parseStackValues(JSON.parse(readFileSync(file, 'utf8')));
    const { SecretList } = await new SecretsManager({}).listSecrets({});
    t.strictSame(
      SecretList?.map(({ ARN }) => ARN),
      [values.secretArn],
    );
    const { Keys } = await new KMS({}).listKeys({});
    t.strictSame(
      Keys?.map(({ KeyArn }) => KeyArn),
      [values.signingKmsKeyArn],
    );
  }
});

t.test('without a zone it names the records to make, and continues once they exist', async (t) => {
  await aws.reset();
  await makeTable();
  const world = createWorld();
  const { alarmEmail: _, ...four } = FIVE;
  writeFileSync(file, JSON.stringify(four));
  let waits = 0;
  aws.rewrite = (action, body) => {
    if (action !== 'DescribeCertificate') return body;
    const { Certificate } = JSON.parse(body);
    // The person makes the records while the command waits for the second time.
    const Status = waits < 2 ? 'PENDING_VALIDATION' : 'ISSUED';
    return JSON.stringify({ Certificate: { ...Certificate, Status } });
  };
  const onWait = () => {
    waits++;
    // The records of the hosts come one after the other.
    if (waits === 4) world.addresses[APP] = ['192.0.2.1'];
    if (waits === 6) world.addresses[FILES] = ['192.0.2.2'];
  };
  const { steps, lines } = await run(world, { onWait });
  t.strictSame(
    steps,
    WHOLE.filter((step) => !step.includes('ChangeResourceRecordSets')),
  );
  const told = lines.filter((line) => /^(?:make|certificate|DNS|note)/.test(line));
  t.matchOnly(told, [
    'note: alarmEmail: is missing: no alarm is sent to anybody. To do: add the address of those who operate it, and confirm the two mails that it gets',
    `certificate of ${FILES}: asked for in us-east-1`,
    `certificate of ${APP}: asked for in ${REGION}`,
    /^make this record in DNS, and leave it there: _\S+\.files\.app\.example\.com\.? CNAME \S+$/,
    `certificate of ${FILES}: waiting until ACM has seen its record, often some minutes`,
    /^make this record in DNS, and leave it there: _\S+\.app\.example\.com\.? CNAME \S+$/,
    `certificate of ${APP}: waiting until ACM has seen its record, often some minutes`,
    `DNS ${FILES}: DNS does not know it yet. To do: make the CNAME (or alias) ${FILES} to ${OUTPUTS.FilesHostTarget}`,
    `DNS ${APP}: DNS does not know it yet. To do: make the CNAME (or alias) ${APP} to ${OUTPUTS.AppHostTarget}`,
  ]);
});

t.test('a fault stops it before anything is made', async (t) => {
  const world = await emptyAccount();
  world.addresses = { [`*.${APP}`]: ['192.0.2.1'] };
  await t.rejects(run(world), {
    message: 'correct everything that is named after "stop" (1), then run it again',
  });
  t.strictSame(inventory(), []);
});

/** Whether DynamoDB refuses to delete the tables. */
async function areProtected(): Promise<(boolean | undefined)[]> {
  const names = [OUTPUTS.TableName, OUTPUTS.DetailsTableName];
  const tables = names.map((TableName) => new DynamoDB({}).describeTable({ TableName }));
  return (await Promise.all(tables)).map(({ Table }) => Table?.DeletionProtectionEnabled);
}

t.test('both tables are protected after the first success, and only then', async (t) => {
  const world = await emptyAccount();
  const fails = () => {
    throw new DeployError('the CDK failed');
  };
  const onCdk = ([command]: string[]) => (command === 'deploy' ? fails() : undefined);
  await t.rejects(run(world, { onCdk }), { message: 'the CDK failed' });
  t.strictSame(await areProtected(), [false, false], 'a rollback can delete them');
  const { lines } = await run(world);
  t.strictSame(await areProtected(), [true, true]);
  t.ok(lines.includes('the tables are protected against deletion from now on: protectTable'));
  t.equal(JSON.parse(readFileSync(file, 'utf8')).protectTable, true);

  t.comment('a run that was cut off before it wrote the value does the same again');
  const { protectTable: _, ...before } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(before));
  aws.denied.add('UpdateTable');
  await run(world);
  t.equal(JSON.parse(readFileSync(file, 'utf8')).protectTable, true);

  t.comment('a person who has said no is heard; one without the right is told');
  writeFileSync(file, JSON.stringify({ ...before, protectTable: false }));
  await run(world);
  t.equal(JSON.parse(readFileSync(file, 'utf8')).protectTable, false);
  aws.denied.add('DescribeTable');
  writeFileSync(file, JSON.stringify(before));
  await t.rejects(run(world), {
    name: 'DeployError',
    message:
      /^not protected against deletion: sessions-of-gateway, details-of-gateway\. Give these credentials /,
  });
  aws.denied.clear();
  await new DynamoDB({}).updateTable({ TableName: OUTPUTS.TableName, DeletionProtectionEnabled: false });
  await new DynamoDB({}).deleteTable({ TableName: OUTPUTS.TableName });
  await t.rejects(run(world), { name: 'ResourceNotFoundException' }, 'another error keeps its name');
});

t.test(
  'new code of the edge is tested in CloudFront before it goes live, and leaves no function',
  async (t) => {
    const world = await emptyAccount();
    const { functions } = aws.recorded;
    const deployments = ({ steps }: Run) => steps.filter((step) => step.startsWith('cdk-deploy')).length;
    t.equal(deployments(await run(world)), 2);
    t.strictSame([...functions.keys()], []);

    aws.recorded.utilization = 71;
    const lines: string[] = [];
    const onCdk = () => t.fail('nothing is deployed');
    await t.rejects(run(world, { onCdk, lines }), {
      name: 'DeployError',
      message: "viewer-request uses 71 of 100 of its time in CloudFront's runtime: nothing was deployed",
    });
    t.strictSame([...functions.keys()], [], 'the function is removed after a failure too');
    aws.recorded.utilization = 70;

    functions.set(`${STACK}-trial-viewer-request`, 'left by a run that was cut off');
    t.equal(deployments(await run(world)), 2);
    t.strictSame([...functions.keys()], []);
  },
);

type Policy = { Statement: { Action: string | string[]; Resource: unknown }[] };
const policies: Record<'deployer' | 'diff', Policy> = JSON.parse(
  readFileSync('docs/deploy.policies.json', 'utf8'),
);
const actionsOf = ({ Statement }: Policy) => Statement.flatMap(({ Action }) => Action);

/** The calls since `aws.asked` was cleared that a policy does not allow. Some name their action only by a path. */
function refusedBy(policy: Policy): string[] {
  const allowed = actionsOf(policy);
  return [...aws.asked].filter((call) => {
    const [service, action = ''] = call.split(' ');
    const isByPath = !/^[A-Z][a-z]/.test(action);
    return !allowed.some(
      (one) => one === `${service}:${action}` || (isByPath && one.startsWith(`${service}:`)),
    );
  });
}

t.test('docs/deploy.policies.json: a deployer may do what a deployment asks AWS for', async (t) => {
  const world = await emptyAccount();
  aws.asked.clear();
  await run(world);
  t.ok(aws.asked.size > 15, `${aws.asked.size} calls`);
  t.strictSame(refusedBy(policies.deployer), []);
});

/** Values with a bucket and a key that exist, as the stack needs them but for what their policies say. */
async function haveBucketAndKey() {
  const { arn: kmsKeyArn } = await makeKey({ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' });
  const bucketName = OUTPUTS.BucketName;
  const raw = JSON.parse(readFileSync(file, 'utf8'));
  const tags = { team: 'a' };
  writeFileSync(file, JSON.stringify({ ...raw, bucketName, kmsKeyArn, tags, keepDeletedDays: 0 }));
  const s3 = new S3({ forcePathStyle: true });
  const Bucket = { Bucket: bucketName };
  await s3.createBucket({ ...Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } });
  await s3.putPublicAccessBlock({
    ...Bucket,
    PublicAccessBlockConfiguration: {
      ...{ BlockPublicAcls: true, IgnorePublicAcls: true },
      ...{ BlockPublicPolicy: true, RestrictPublicBuckets: true },
    },
  });
  const rules = bucketRules({ appOrigin: `https://${APP}`, keepDeletedDays: 0 });
  await s3.putBucketLifecycleConfiguration({
    ...Bucket,
    LifecycleConfiguration: { Rules: [{ ID: 'a', Status: 'Enabled', Filter: {}, ...rules.unfinished }] },
  });
  await s3.putBucketCors({ ...Bucket, CORSConfiguration: { CORSRules: [rules.cors] } });
  const byKey = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn } as const;
  const Rules = [{ ApplyServerSideEncryptionByDefault: byKey }];
  await s3.putBucketEncryption({ ...Bucket, ServerSideEncryptionConfiguration: { Rules } });
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Principal: { AWS: '*' } };
  return {
    printed: JSON.stringify([statement]),
    async add() {
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      await s3.putBucketPolicy({ ...Bucket, Policy });
      await new KMS({}).putKeyPolicy({ KeyId: kmsKeyArn, PolicyName: 'default', Policy });
    },
  };
}

t.test('with a bucket and a key that exist, it waits until a person has added the statements', async (t) => {
  const world = await emptyAccount();
  const { printed, add } = await haveBucketAndKey();
  aws.printed = { BucketPolicy: printed, KeyPolicy: printed };
  let waits = 0;
  const { steps, lines } = await run(world, { onWait: () => (++waits === 3 ? add() : undefined) });
  t.equal(steps.at(-1), 'probe', 'the probe asks for files, so it comes last');
  const { secretArn, signingKmsKeyArn } = JSON.parse(readFileSync(file, 'utf8'));
  const { Tags } = await new SecretsManager({}).describeSecret({ SecretId: secretArn });
  t.ok(
    Tags?.some(({ Key, Value }) => Key === 'team' && Value === 'a'),
    'what it makes has the tags',
  );
  const ofKey = await new KMS({}).listResourceTags({ KeyId: signingKmsKeyArn });
  t.ok(ofKey.Tags?.some(({ TagKey, TagValue }) => TagKey === 'team' && TagValue === 'a'));
  t.strictSame(
    lines.filter((line) => line.includes('To do: add {')).map((line) => line.split(':')[0]),
    ['bucketName', 'kmsKeyArn'],
  );
  aws.asked.clear();
  await run(world);
  t.strictSame(refusedBy(policies.deployer), []);
  aws.asked.clear();
  await run(world, { command: showDiff });
  t.strictSame(refusedBy(policies.diff), []);
});

t.test(
  'docs/deploy.policies.json: --diff needs the policy diff, which reads no file and no secret',
  async (t) => {
    const world = await emptyAccount();
    await run(world);
    aws.asked.clear();
    const { steps } = await run(world, { command: showDiff });
    t.strictSame(
      steps,
      ['build', 'cdk-diff---no-change-set'],
      'a change set would need the rights of a deployment',
    );
    t.ok(aws.asked.size > 5, `${aws.asked.size} calls`);
    t.strictSame(refusedBy(policies.diff), []);
    const asked = new Set([...aws.asked].map((call) => call.replace(' ', ':')));
    const services = new Set([...aws.asked].map((call) => call.split(' ')[0]));
    for (const action of actionsOf(policies.diff)) {
      t.match(action, /^\w+:(?:Describe|Get|List)\w+$/, 'it only looks');
      t.notMatch(action, /^(?:s3:(?:GetObject|List)|dynamodb|secretsmanager|sts:Assume)/, action);
      // The CDK itself gets the templates.
      const isNeeded = asked.has(action) || services.has(action.split(':')[0]);
      t.ok(isNeeded || action.startsWith('s3:'), `${action} is used`);
    }
  },
);
