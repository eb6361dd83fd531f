import { CloudFront } from '@aws-sdk/client-cloudfront';
import { EDGE_REGION, type Place } from '@cloudfront-cookie-gateway/infra/values';
import { type Finding, look } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import { BOOTSTRAP, isFree, resourcesOf, type StackState } from '../aws/stacks.ts';
import type { Subject } from './subject.ts';

/** Checks that the bucket of a stack that is up stays the same: another bucket does not have the files. */
export async function checkBucket(
  { values: { bucketName }, stackName, place }: Subject,
  stack: StackState | undefined,
): Promise<Finding[]> {
  const there = isFree(stack) ? undefined : stack?.outputs['BucketName'];
  if (there === undefined) return [];
  const value = 'bucketName';
  return look({ value }, 'cloudformation:ListStackResources', async () => {
    const own = await resourcesOf(stackName, place.region, 'AWS::S3::Bucket');
    // A bucket of the stack that is named here would leave the stack, and lose its policy.
    const isOwn = [...own.values()].includes(there);
    if (bucketName === (isOwn ? undefined : there)) return [];
    const problem = `the files are in ${there}, ${isOwn ? 'the stack’s own bucket' : 'and another bucket does not have them'}`;
    const what = isOwn ? 'leave bucketName out, as before' : `set bucketName to ${there}, as before`;
    return [{ value, problem, do: what }];
  });
}

/** Every stack that a deployment touches, with its region: the gateway's two, and the CDK's own in both regions. */
export function stacksOf(stackName: string, { region }: Pick<Place, 'region'>): [string, string][] {
  return [
    [stackName, region],
    [`${stackName}-Watch`, EDGE_REGION],
    ...[...new Set([region, EDGE_REGION])].map((one): [string, string] => [BOOTSTRAP, one]),
  ];
}

/**
 * Checks that the deployment takes no web ACL from the distribution. CloudFormation writes the whole distribution, so
 * what somebody attached in the console, or a flat-rate plan brought, would go.
 */
export async function checkWebAcl(
  { values }: Pick<Subject, 'values'>,
  stack: StackState | undefined,
): Promise<Finding[]> {
  const Id = stack?.outputs['DistributionId'];
  if (Id === undefined || values.webAclArn !== undefined) return [];
  const value = 'webAclArn';
  return look({ value }, 'cloudfront:GetDistributionConfig', async () => {
    const client = new CloudFront({ ...CALLS, region: EDGE_REGION });
    const attached = (await client.getDistributionConfig({ Id })).DistributionConfig?.WebACLId;
    if (!attached) return [];
    const problem = `distribution ${Id} has the web ACL ${attached}, and this deployment would take it away`;
    return [{ value, problem, do: 'set it to this ARN; if the web ACL should go, detach it first' }];
  });
}
