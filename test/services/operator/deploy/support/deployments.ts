import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Route53 } from '@aws-sdk/client-route-53';
import { type DeployDeps, deploy } from '../../../../../services/operator/deploy/deploy.ts';
import { type StandInAws, startAws } from './aws.ts';
import { APP, createWorld, FILES, FIVE, makeZone, REGION, type World } from './world.ts';

export const STACK = 'CloudFrontCookieGateway';
export const CLIENT_SECRET = 'typed-on-the-terminal';
export const OUTPUTS = {
  FilesHostTarget: 'd1.cloudfront.net',
  AppHostTarget: 'd-1.execute-api.eu-central-1.amazonaws.com',
  DistributionId: 'E2EXAMPLE',
  BucketName: 'cloudfrontcookiegateway-filesd3f2ec95-9hmnxrakbxtv',
  TableName: 'sessions-of-gateway',
  DetailsTableName: 'details-of-gateway',
  KeyValueStoreArn: 'arn:aws:cloudfront::123456789012:key-value-store/1',
  KeyPairId: 'K2EXAMPLE',
};

/** A bootstrap of today's CDK. */
export const BOOTSTRAPPED = { status: 'CREATE_COMPLETE', outputs: { BootstrapVersion: '29' } };

export interface Run {
  /** The events in order: AWS's creations, the CDK's runs, the questions to the person. */
  steps: string[];
  lines: string[];
  probed: Record<string, string>[];
}

/** One run of the command. CloudFormation, the CDK and the probe are stand-ins; the rest of AWS is moto. */
async function run({ aws, file }: Place, world: World, during: Happenings): Promise<Run> {
  const happened: Run = { steps: [], lines: during.lines ?? [], probed: [] };
  aws.isDown = false;
  aws.callsLeft = during.afterCalls ?? Number.POSITIVE_INFINITY;
  const step = (name: string) => {
    happened.steps.push(name);
    // As if the machine lost power: nothing that follows reaches AWS.
    if (happened.steps.length === during.afterSteps) aws.isDown = true;
    if (aws.isDown && !name.includes(' ')) throw new Error('cut off');
  };
  aws.onMade = step;
  let waits = 0;
  const deps: DeployDeps = {
    ...world,
    say: (line) => void happened.lines.push(line),
    async wait() {
      await during.onWait?.();
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
      during.onCdk?.(args);
      standInCdk(aws, file, world, args);
      step(`cdk-${args.filter((arg) => !/^(--app|dist)/.test(arg)).join('-')}`);
    },
    async probe(env) {
      happened.probed.push(env);
      step('probe');
    },
  };
  try {
    await (during.command ?? deploy)(file, deps);
  } catch (error) {
    if (!aws.isDown) throw error;
  }
  return happened;
}

/**
 * A stand-in for the CDK and CloudFormation. A stack comes up with its outputs and DNS records.
 */
export function standInCdk(
  aws: StandInAws,
  file: string,
  world: Pick<World, 'addresses'>,
  [command, ...args]: string[],
): void {
  const { stacks } = aws.recorded;
  if (command === 'bootstrap') {
    const region = args[0]?.split('/').at(-1);
    stacks.set(`${region} CDKToolkit`, BOOTSTRAPPED);
    return;
  }
  if (args.includes(STACK)) {
    const hasZone = 'hostedZoneId' in JSON.parse(readFileSync(file, 'utf8'));
    stacks.set(`${REGION} ${STACK}`, {
      status: 'CREATE_COMPLETE',
      outputs: {
        ...OUTPUTS,
        ...aws.printed,
        ...(args.includes('Scan=on') ? { ScannerArn: 'arn:aws:guardduty:1' } : {}),
      },
      bucket: aws.printed.BucketPolicy === undefined ? OUTPUTS.BucketName : undefined,
    });
    if (hasZone) Object.assign(world.addresses, { [APP]: ['192.0.2.1'], [FILES]: ['192.0.2.2'] });
  } else stacks.set(`us-east-1 ${STACK}-Watch`, { status: 'CREATE_COMPLETE' });
}

/** ACM issues a certificate as soon as its record is in the zone. */
export function issueByRecord(aws: StandInAws, zone: string): void {
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

/** The tables that the stack would make. */
export async function makeTable(): Promise<void> {
  for (const TableName of [OUTPUTS.TableName, OUTPUTS.DetailsTableName]) {
    await new DynamoDB({}).createTable({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
  }
}

async function emptyAccount({ aws, file }: Place): Promise<World> {
  await aws.reset();
  const world = createWorld();
  const hostedZoneId = await makeZone(world);
  issueByRecord(aws, hostedZoneId);
  await makeTable();
  writeFileSync(file, JSON.stringify({ ...FIVE, hostedZoneId }, null, 4));
  return world;
}

export const WHOLE = [
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

interface Place {
  aws: StandInAws;
  /** The values file. */
  file: string;
}

/** What happens during a run. */
export interface Happenings {
  /** What runs: `deploy`, unless it is said. */
  command?: typeof deploy;
  /** The place where a run ends as if the machine lost power. The last call takes effect, and its answer is lost. */
  afterSteps?: number;
  afterCalls?: number;
  /** Takes what is said, for a run that fails. */
  lines?: string[];
  onWait?(): unknown;
  /** Called before the CDK runs. */
  onCdk?(args: string[]): void;
}

/** An account of AWS, and a values file in a directory that goes when the test ends. */
export async function startDeployments(t: { teardown(fn: () => unknown): void }) {
  const aws = await startAws(t);
  const directory = mkdtempSync(join(tmpdir(), 'gateway-deploy-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'values.json');
  return {
    aws,
    file,
    run: (world: World, during: Happenings = {}) => run({ aws, file }, world, during),
    emptyAccount: () => emptyAccount({ aws, file }),
    /** The things in AWS that may exist only once. */
    inventory: () => aws.made.toSorted(),
  };
}
