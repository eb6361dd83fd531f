import { readFileSync, writeFileSync } from 'node:fs';
import { ACM } from '@aws-sdk/client-acm';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import t from 'tap';
import { parseStackValues } from '../../../../infra/values.ts';
import { showDiff } from '../../../../services/operator/deploy/deploy.ts';
import { DeployError } from '../../../../services/operator/deploy/make/making.ts';
import { CLIENT_SECRET, makeTable, OUTPUTS, STACK, startDeployments, WHOLE } from './support/deployments.ts';
import { APP, createWorld, FILES, FIVE, REGION } from './support/world.ts';

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
  t.match(KeyMetadata, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  t.notMatch(`${text}${lines.join()}`, new RegExp(`${CLIENT_SECRET}|${members.LOGIN_SECRET}`));
  t.strictSame(probed, [
    {
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
  t.strictSame(
    lines.filter((line) => /^s(?:ecret|igning key)/.test(line)),
    [`secret ${STACK}/settings: made`, 'signing key: made in AWS KMS'],
  );
  t.strictSame(lines.slice(0, 3), [
    `at the provider: redirect URI https://${APP}/auth/callback`,
    `at the provider: after sign-out https://${APP}/auth/signed-out`,
    `at the provider, if it has it: back-channel logout https://${APP}/auth/backchannel-logout`,
  ]);

  t.comment('a second run makes nothing and asks nothing');
  const made = inventory();
  const again = await run(world);
  t.strictSame(again.steps, WHOLE.slice(9));
  t.strictSame(inventory(), made);
  t.equal(readFileSync(file, 'utf8'), text);
});

t.test('the CDK shows what a deployment would change, and nothing is made', async (t) => {
  const world = await emptyAccount();
  await run(world);
  const made = inventory();
  const text = readFileSync(file, 'utf8');
  const { steps } = await run(world, { command: showDiff });
  t.strictSame(steps, ['build', 'cdk-diff']);
  t.strictSame(inventory(), made);
  t.equal(readFileSync(file, 'utf8'), text);

  const { domain: _, ...without } = JSON.parse(text);
  writeFileSync(file, JSON.stringify(without));
  await t.rejects(run(world, { command: showDiff }), { name: 'DeployError' }, 'values are checked first');
});

t.test('cut off after any step and started again, it continues and makes nothing twice', async (t) => {
  const once = WHOLE.filter((step) => step.includes(' ')).toSorted();
  for (let cut = 1; cut <= WHOLE.length; cut++) {
    const world = await emptyAccount();
    const first = await run(world, { afterSteps: cut });
    t.strictSame(first.steps, WHOLE.slice(0, cut), `cut off after ${WHOLE[cut - 1]}`);
    const second = await run(world);
    t.equal(second.steps.at(-1), 'probe');
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
  writeFileSync(file, JSON.stringify(FIVE));
  let waits = 0;
  aws.rewrite = (action, body) => {
    if (action !== 'DescribeCertificate') return body;
    const { Certificate } = JSON.parse(body);
    // The person makes the records while the command waits for the second time.
    if (waits++ >= 4) Object.assign(world.addresses, { [APP]: ['192.0.2.1'], [FILES]: ['192.0.2.2'] });
    const Status = waits <= 4 ? 'PENDING_VALIDATION' : 'ISSUED';
    return JSON.stringify({ Certificate: { ...Certificate, Status } });
  };
  const { steps, lines } = await run(world);
  t.strictSame(
    steps,
    WHOLE.filter((step) => !step.includes('ChangeResourceRecordSets')),
  );
  const records = lines.filter((line) => line.startsWith('make this record'));
  t.equal(records.length, 2, 'each record once');
  t.match(
    records[0],
    /^make this record in DNS, and leave it there: _\S+\.files\.app\.example\.com\.? CNAME \S+$/,
  );
});

t.test(
  'a new account can keep no instance for the schedule and for moves, and is asked again by the next run',
  async (t) => {
    const world = await emptyAccount();
    const withFree = async (free: number) => {
      aws.recorded.lambda = { all: Math.max(free, 10), free };
      await run(world);
      const { reserveSchedule, moverConcurrency } = JSON.parse(readFileSync(file, 'utf8'));
      return [reserveSchedule, moverConcurrency];
    };
    t.strictSame(await withFree(10), [undefined, undefined]);
    t.strictSame(await withFree(150), [true, undefined], '50 can be reserved, and the schedule has one');
    t.strictSame(await withFree(149), [true, undefined]);
    t.strictSame(await withFree(1_000), [true, 50]);
  },
);

t.test('a fault stops it before anything is made', async (t) => {
  const world = await emptyAccount();
  world.authorities = { [FILES]: ['letsencrypt.org'] };
  await t.rejects(run(world), {
    message: 'correct everything that is named after "stop" (1), then run it again',
  });
  t.strictSame(inventory(), []);
});

t.test('an existing secret that lacks a member stops it', async (t) => {
  const world = await emptyAccount();
  await new SecretsManager({}).createSecret({ Name: `${STACK}/settings`, SecretString: '{}' });
  aws.made.length = 0;
  await t.rejects(run(world), {
    message: 'correct everything that is named after "stop" (2), then run it again',
  });
  t.notOk(inventory().includes(`${REGION} CreateSecret`));
});

t.test('it waits for a stack that is under way', async (t) => {
  const world = await emptyAccount();
  aws.recorded.stacks.set(`${REGION} ${STACK}`, { status: 'ROLLBACK_IN_PROGRESS' });
  const { stacks } = aws.recorded;
  let asked = 0;
  aws.recorded.stacks = new Proxy(stacks, {
    get(target, property) {
      if (property !== 'get') return Reflect.get(target, property).bind(target);
      return (name: string) => {
        if (name === `${REGION} ${STACK}` && asked++ === 3) target.set(name, { status: 'ROLLBACK_COMPLETE' });
        return target.get(name);
      };
    },
  });
  const { steps, lines } = await run(world);
  t.strictSame(steps, WHOLE);
  t.equal(lines[0], `stack ${STACK} in ${REGION} is ROLLBACK_IN_PROGRESS: waiting until that has ended`);
});

/** Whether DynamoDB refuses to delete the table. */
async function isProtected(): Promise<boolean | undefined> {
  const { Table } = await new DynamoDB({}).describeTable({ TableName: OUTPUTS.TableName });
  return Table?.DeletionProtectionEnabled;
}

t.test('the table is protected after the first success, and only then', async (t) => {
  const world = await emptyAccount();
  const fails = () => {
    throw new DeployError('the CDK failed');
  };
  const onCdk = ([command]: string[]) => (command === 'deploy' ? fails() : undefined);
  await t.rejects(run(world, { onCdk }), { message: 'the CDK failed' });
  t.equal(await isProtected(), false, 'a rollback can delete it');
  const { lines } = await run(world);
  t.equal(await isProtected(), true);
  t.ok(lines.includes('the table is protected against deletion from now on: protectTable'));
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
    message: /^the table sessions-of-gateway is not protected against deletion: give these credentials /,
  });
});

t.test('the certificate of another stack for the same host is not taken', async (t) => {
  const world = await emptyAccount();
  const acm = new ACM({ region: 'us-east-1' });
  const other = await acm.requestCertificate({
    DomainName: FILES,
    ValidationMethod: 'DNS',
    Tags: [{ Key: 'cloudfront-cookie-gateway', Value: 'OtherStack' }],
  });
  const untagged = await acm.requestCertificate({ DomainName: FILES, ValidationMethod: 'DNS' });
  await run(world);
  const { filesCertificateArn } = JSON.parse(readFileSync(file, 'utf8'));
  t.notOk([other.CertificateArn, untagged.CertificateArn].includes(filesCertificateArn));
});

t.test('a key that these credentials may not look at is not taken', async (t) => {
  const world = await emptyAccount();
  const key = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const;
  const { KeyMetadata } = await new KMS({}).createKey(key);
  aws.denied.add('ListResourceTags');
  await run(world);
  t.not(JSON.parse(readFileSync(file, 'utf8')).signingKmsKeyArn, KeyMetadata?.Arn);
});

t.test('a certificate that failed stops it, and the record of the other one is made first', async (t) => {
  const world = await emptyAccount();
  const { rewrite } = aws;
  aws.rewrite = async (action, body) => {
    if (action !== 'DescribeCertificate') return await rewrite(action, body);
    const { Certificate } = JSON.parse(body);
    // The command looks at this certificate first.
    if (Certificate.DomainName !== FILES) return await rewrite(action, body);
    return JSON.stringify({ Certificate: { ...Certificate, Status: 'FAILED', FailureReason: 'CAA_ERROR' } });
  };
  await t.rejects(run(world), {
    name: 'DeployError',
    message: `the certificate of ${FILES} is FAILED: npm run gateway -- check`,
  });
  t.equal(inventory().filter((made) => made.endsWith(' ChangeResourceRecordSets')).length, 1);
});
