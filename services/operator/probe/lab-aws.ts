import { randomBytes } from 'node:crypto';
import {
  CloudFormation,
  type Stack,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createKeyValueStoreClient } from '@cloudfront-cookie-gateway/auth/edge/key-value-store';
import type { KeyValuePlace } from './key-values.ts';
import { type LabKeys, labTemplate, OBJECT } from './lab-template.ts';
import type { LabStand } from './lab-world.ts';
import { ProbeError } from './world.ts';

/** By this tag a person finds what a crash has left. */
const TAG = { Key: 'cloudfront-lab', Value: 'throw-away' };

/** A new distribution needs minutes to be everywhere, and minutes to go. */
const MAX_WAIT_SECONDS = 1_800;

export interface LabAws {
  signal: AbortSignal;
  say(line: string): void;
  /** Seconds between two looks at the stack. */
  pollSeconds?: number;
  /** The way to reach the distribution by its own name. */
  reach?(domain: string): Pick<LabStand, 'origin' | 'at'>;
  /** Opens the KeyValueStore with this ARN. */
  openStore?(arn: string): KeyValuePlace;
}

/**
 * Makes the lab's stack in the account and region of the shell's credentials, and waits for it. A failed or stopped
 * attempt is removed.
 */
export async function startAwsLab(
  publicPems: LabKeys,
  { signal, say, pollSeconds = 10, reach = throughDns, openStore = openKeyValues }: LabAws,
): Promise<{ stand: LabStand; close(): Promise<void> }> {
  const cloudFormation = new CloudFormation({});
  const StackName = `cloudfront-lab-${randomBytes(4).toString('hex')}`;
  const close = () => removeStack(StackName, { say, pollSeconds });
  say(`making the stack ${StackName}; a distribution takes about five minutes`);
  try {
    await cloudFormation.createStack({
      StackName,
      TemplateBody: JSON.stringify(labTemplate(StackName, publicPems)),
      Tags: [TAG],
      OnFailure: 'DO_NOTHING',
    });
    const waiter = { client: cloudFormation, maxWaitTime: MAX_WAIT_SECONDS, abortSignal: signal };
    await waitUntilStackCreateComplete(
      { ...waiter, minDelay: pollSeconds, maxDelay: pollSeconds },
      { StackName },
    );
    const { Stacks: [stack] = [] } = await cloudFormation.describeStacks({ StackName });
    const output = outputsOf(stack);
    const bucket = { Bucket: output('BucketName'), Key: OBJECT.key };
    await new S3Client({}).send(new PutObjectCommand({ ...bucket, Body: OBJECT.content }));
    const stand = {
      ...reach(output('Domain')),
      keyPairIds: { ec: output('EcKeyPairId'), rsa: output('RsaKeyPairId') },
      keyValues: openStore(output('KeyValueStoreArn')),
    };
    return { stand, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Also removes a stack that is half made or half gone. */
async function removeStack(
  StackName: string,
  { say, pollSeconds = 10 }: Pick<LabAws, 'say' | 'pollSeconds'>,
): Promise<void> {
  const cloudFormation = new CloudFormation({});
  say(
    `removing the stack ${StackName}; if this is cut off, empty its bucket and delete the stack in CloudFormation`,
  );
  const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName }).catch(noStack);
  const bucket = StackResources.find(({ LogicalResourceId: id }) => id === 'Bucket')?.PhysicalResourceId;
  // CloudFormation can only delete an empty bucket.
  if (bucket) await deleteObject(bucket);
  await cloudFormation.deleteStack({ StackName });
  await waitUntilStackDeleteComplete(
    { client: cloudFormation, maxWaitTime: MAX_WAIT_SECONDS, minDelay: pollSeconds, maxDelay: pollSeconds },
    { StackName },
  );
}

async function deleteObject(Bucket: string): Promise<void> {
  try {
    await new S3Client({}).send(new DeleteObjectCommand({ Bucket, Key: OBJECT.key }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'NoSuchBucket')) throw error;
  }
}

/** A stack that does not exist has no resources to remove. */
function noStack(error: unknown): { StackResources?: never } {
  if (error instanceof Error && error.name === 'ValidationError') return {};
  throw error;
}

function outputsOf(stack: Stack | undefined): (name: string) => string {
  return (name) => {
    const value = stack?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    if (value === undefined) throw new ProbeError(`the stack of the lab has no output ${name}`);
    return value;
  };
}

function throughDns(domain: string): Pick<LabStand, 'origin'> {
  return { origin: `https://${domain}` };
}

/** The client does not retry, because the lab asks how a write ends. */
function openKeyValues(arn: string): KeyValuePlace {
  return { client: createKeyValueStoreClient({ maxAttempts: 1 }), arn };
}
