import { CloudFront } from '@aws-sdk/client-cloudfront';
import { EDGE_REGION } from '../../../../infra/edge-metrics.ts';
import { type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import type { StackState } from '../around/stacks.ts';
import type { Subject } from './subject.ts';

const value = 'webAclArn';

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
  return look({ value }, 'cloudfront:GetDistributionConfig', async () => {
    const client = new CloudFront({ ...CALLS, region: EDGE_REGION });
    const attached = (await client.getDistributionConfig({ Id })).DistributionConfig?.WebACLId;
    if (!attached) return [];
    const problem = `distribution ${Id} has the web ACL ${attached}, and this deployment would take it away`;
    return [{ value, problem, do: 'set it to this ARN; if the web ACL should go, detach it first' }];
  });
}
