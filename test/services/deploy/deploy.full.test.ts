import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMS } from '@aws-sdk/client-kms';
import { Route53 } from '@aws-sdk/client-route-53';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import t from 'tap';
import { parseStackValues } from '../../../infra/values.ts';
import { type DeployDeps, deploy } from '../../../services/deploy/deploy.ts';
import { startAws } from './support/aws.ts';
import { APP, createWorld, FILES, FIVE, makeZone, REGION, type World } from './support/world.ts';

const aws = await startAws(t);
const directory = mkdtempSync(join(tmpdir(), 'gateway-deploy-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const FILE = join(directory, 'values.json');

const STACK = 'CloudFrontCookieGateway';
const CLIENT_SECRET = 'typed-on-the-terminal';
const OUTPUTS = {
  FilesHostTarget: 'd1.cloudfront.net',
  AppHostTarget: 'd-1.execute-api.eu-central-1.amazonaws.com',
  DistributionId: 'E2EXAMPLE',
  BucketName: 'files-of-gateway',
  TableName: 'sessions-of-gateway',
  KeyValueStoreArn: 'arn:aws:cloudfront::123456789012:key-value-store/1',
  KeyPairId: 'K2EXAMPLE',
};

interface Run {
  /** What happened, in order: what AWS made, what the CDK did, what was asked. */
  steps: string[];
  lines: string[];
  probed: Record<string, string>[];
}

/** One run of the command. CloudFormation, the CDK and the probe are stand-ins; the rest of AWS is moto. */
async function run(world: World, cutAfter = Number.POSITIVE_INFINITY): Promise<Run> {
  const happened: Run = { steps: [], lines: [], probed: [] };
  aws.isDown = false;
  const step = (name: string) => {
    happened.steps.push(name);
    // As where the machine loses power: nothing that follows reaches AWS.
    if (happened.steps.length === cutAfter) aws.isDown = true;
    if (aws.isDown && !name.includes(' ')) throw new Error('cut off');
  };
  aws.onMade = step;
  let waits = 0;
  const deps: DeployDeps = {
    ...world,
    say: (line) => void happened.lines.push(line),
    async wait() {
      if (waits++ > 50) throw new Error('waits for ever');
    },
    async askSecretly() {
      step('ask');
      return CLIENT_SECRET;
    },
    async build() {
      step('build');
      return 'dist/infra';
    },
    async cdk(args) {
      standInCdk(world, args);
      step(`cdk-${args.filter((arg) => !/^(--app|dist)/.test(arg)).join('-')}`);
    },
    async probe(env) {
      happened.probed.push(env);
      step('probe');
    },
  };
  try {
    await deploy(FILE, deps);
  } catch (error) {
    if (!aws.isDown) throw error;
  }
  return happened;
}

/** The CDK and CloudFormation: a stack comes up with its outputs and DNS records, and has its names from then on. */
function standInCdk(world: World, [command, place, ...args]: string[]): void {
  const { stacks, cloudFront, aliases, domainNames } = aws.recorded;
  if (command === 'bootstrap') {
    const region = place?.split('/').at(-1);
    stacks.set(`${region} CDKToolkit`, { status: 'CREATE_COMPLETE' });
    return;
  }
  if (args.includes(STACK)) {
    const hasZone = 'hostedZoneId' in JSON.parse(readFileSync(FILE, 'utf8'));
    stacks.set(`${REGION} ${STACK}`, {
      status: 'CREATE_COMPLETE',
      outputs: OUTPUTS,
      records: hasZone ? [APP, FILES] : [],
    });
    cloudFront['key-group'] = [`${STACK}-keys`];
    aliases['E2EXAMPLE'] = FILES;
    if (!domainNames.includes(APP)) domainNames.push(APP);
    if (hasZone) Object.assign(world.addresses, { [APP]: ['192.0.2.1'], [FILES]: ['192.0.2.2'] });
  } else stacks.set(`us-east-1 ${STACK}-Watch`, { status: 'CREATE_COMPLETE' });
}

/** ACM issues a certificate as soon as its record is in the zone. */
function issueByRecord(zone: string): void {
  const route53 = new Route53({ endpoint: aws.moto });
  aws.rewrite = async (action, body) => {
    if (action !== 'DescribeCertificate') return body;
    const { Certificate } = JSON.parse(body);
    const { ResourceRecordSets } = await route53.listResourceRecordSets({ HostedZoneId: zone });
    const record = Certificate.DomainValidationOptions[0].ResourceRecord.Name.replace(/\.?$/, '.');
    const isThere = ResourceRecordSets?.some(({ Name }) => Name === record);
    return JSON.stringify({
      Certificate: { ...Certificate, Status: isThere ? 'ISSUED' : 'PENDING_VALIDATION' },
    });
  };
}

async function emptyAccount(): Promise<World> {
  await aws.reset();
  const world = createWorld();
  const hostedZoneId = await makeZone(world);
  issueByRecord(hostedZoneId);
  writeFileSync(FILE, JSON.stringify({ ...FIVE, hostedZoneId }, null, 4));
  return world;
}

/** What AWS holds that may be there once. */
function inventory(): string[] {
  return aws.made.toSorted();
}

const WHOLE = [
  'ask',
  `${REGION} CreateSecret`,
  `${REGION} CreateKey`,
  'us-east-1 RequestCertificate',
  `${REGION} RequestCertificate`,
  'us-east-1 ChangeResourceRecordSets',
  'us-east-1 ChangeResourceRecordSets',
  `cdk-bootstrap-aws://123456789012/${REGION}`,
  'cdk-bootstrap-aws://123456789012/us-east-1',
  'build',
  `cdk-deploy-${STACK}`,
  `cdk-deploy-${STACK}-Watch---parameters-DistributionId=E2EXAMPLE`,
  'probe',
];

t.test('five values and a zone: all that is missing is made, in order, and written down', async (t) => {
  const world = await emptyAccount();
  const { steps, lines, probed } = await run(world);
  t.strictSame(steps, WHOLE);

  const text = readFileSync(FILE, 'utf8');
  const raw = JSON.parse(text);
  t.strictSame(Object.keys(raw), [
    ...['domain', 'oidcIssuer', 'oidcClientId', 'allow', 'hostedZoneId'],
    ...['secretArn', 'signingKmsKeyArn', 'publicKeys', 'filesCertificateArn', 'appCertificateArn'],
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
      KEY_VALUE_STORE_ARN: OUTPUTS.KeyValueStoreArn,
      KEY_PAIR_ID: OUTPUTS.KeyPairId,
      SIGNING_KMS_KEY_ID: values.signingKmsKeyArn,
    },
  ]);
  t.strictSame(lines.slice(0, 3), [
    `at the provider: redirect URI https://${APP}/auth/callback`,
    `at the provider: after sign-out https://${APP}/auth/signed-out`,
    `at the provider, if it has it: back-channel logout https://${APP}/auth/backchannel-logout`,
  ]);

  t.comment('and once more: nothing is made, nothing asked');
  const made = inventory();
  const again = await run(world);
  t.strictSame(again.steps, WHOLE.slice(9));
  t.strictSame(inventory(), made);
  t.equal(readFileSync(FILE, 'utf8'), text);
});

t.test('cut off after any step and started again, it goes on and makes nothing twice', async (t) => {
  const once = WHOLE.filter((step) => step.includes(' ')).toSorted();
  for (let cut = 1; cut <= WHOLE.length; cut++) {
    const world = await emptyAccount();
    const first = await run(world, cut);
    t.strictSame(first.steps, WHOLE.slice(0, cut), `cut off after ${WHOLE[cut - 1]}`);
    const second = await run(world);
    t.equal(second.steps.at(-1), 'probe');
    t.strictSame(inventory(), once, 'what AWS made, in both runs');
    const bootstraps = [...first.steps, ...second.steps].filter((step) => step.startsWith('cdk-bootstrap'));
    t.equal(bootstraps.length, 2);
    // A secret that was typed and not stored yet is asked for again.
    t.equal(second.steps.includes('ask'), cut === 1);
    const values = parseStackValues(JSON.parse(readFileSync(FILE, 'utf8')));
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

t.test('without a zone it says which records to make, and goes on when they are there', async (t) => {
  await aws.reset();
  const world = createWorld();
  writeFileSync(FILE, JSON.stringify(FIVE));
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
  t.equal(records.length, 2, 'each once');
  t.match(
    records[0],
    /^make this record in DNS, and leave it there: _\S+\.files\.app\.example\.com\.? CNAME \S+$/,
  );
});

t.test('what is wrong stops it before anything is made', async (t) => {
  const world = await emptyAccount();
  world.authorities = ['letsencrypt.org'];
  await t.rejects(run(world), { message: 'mend what is named after "stop" (1), then run it again' });
  t.strictSame(inventory(), []);
});

t.test('a secret that was found and lacks something stops it', async (t) => {
  const world = await emptyAccount();
  await new SecretsManager({}).createSecret({ Name: `${STACK}/settings`, SecretString: '{}' });
  aws.made.length = 0;
  await t.rejects(run(world), { message: 'mend what is named after "stop" (2), then run it again' });
  t.notOk(inventory().includes(`${REGION} CreateSecret`));
});

t.test('a stack that is under way is waited for', async (t) => {
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
  t.equal(lines[0], `stack ${STACK} is ROLLBACK_IN_PROGRESS: waiting until that has ended`);
});
