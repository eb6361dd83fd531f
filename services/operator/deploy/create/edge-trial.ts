import { CloudFront } from '@aws-sdk/client-cloudfront';
import { signedPolicy } from '@cloudfront-cookie-gateway/core/policy-signer';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import { buildEdgeFunction } from '@cloudfront-cookie-gateway/edge-function';
import { EDGE_REGION, type StackValues } from '@cloudfront-cookie-gateway/infra/values';
import { pairsOf, policyText } from '../../probe/credentials.ts';
import { functionRunner, longestEvents, MOST_UTILIZATION } from '../../probe/edge-functions.ts';
import type { EventType, Tested } from '../../probe/world.ts';
import { errorName } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import { DeployError } from './creation.ts';

/**
 * Runs the new code of the edge in CloudFront's own runtime before any viewer meets it: an update of a function is live
 * worldwide within seconds (CloudFront Developer Guide, "Publish functions", certain). Each function is made under a
 * name of its own, tested before it is published (TestFunction, stage DEVELOPMENT), and removed.
 * @param storeArn the store of the distribution. Before there is one, nobody is served, and the viewer-request function,
 * which refuses everything without a store, is left to the probe after the deployment
 * @throws DeployError if a function fails, answers something else than expected, or uses too much of its time
 */
export async function tryEdgeFunctions(values: StackValues, storeArn: string | undefined): Promise<void> {
  const client = new CloudFront({ ...CALLS, region: EDGE_REGION });
  const types: EventType[] =
    storeArn === undefined ? ['viewer-response'] : ['viewer-request', 'viewer-response'];
  for (const type of types) {
    const Name = `${values.stackName}-trial-${type}`;
    try {
      await remove(client, Name);
      const { ETag: IfMatch } = await client.createFunction({
        Name,
        FunctionConfig: {
          Comment: 'A deployment tests its code, and removes it',
          Runtime: 'cloudfront-js-2.0',
          ...(type === 'viewer-request'
            ? { KeyValueStoreAssociations: { Quantity: 1, Items: [{ KeyValueStoreARN: storeArn }] } }
            : {}),
        },
        FunctionCode: Buffer.from(buildEdgeFunction(type, values)),
      });
      const run = functionRunner(client, { Name, IfMatch, Stage: 'DEVELOPMENT' });
      for (const [event, expected] of await eventsFor(type, values)) {
        const fault = faultOf(await run(event), expected);
        if (fault) throw new DeployError(`${type} ${fault} in CloudFront's runtime: nothing was deployed`);
      }
    } catch (error) {
      if (errorName(error) !== 'AccessDenied') throw error;
      throw new DeployError(
        'give these credentials cloudfront:CreateFunction, DescribeFunction, TestFunction and DeleteFunction: the code of the edge is tested before it goes live',
      );
    } finally {
      // What cannot be removed now is removed by the next run.
      await remove(client, Name).catch(() => {});
    }
  }
}

function faultOf({ utilization, error, outcome }: Tested, expected: string): string | undefined {
  if (error) return `fails (${error})`;
  if (outcome !== expected) return `should have the outcome "${expected}", but ${outcome}`;
  return utilization > MOST_UTILIZATION ? `uses ${utilization} of 100 of its time` : undefined;
}

/** Events, and what the function should do with each. Its signature does not matter: CloudFront has checked that. */
async function eventsFor(
  type: EventType,
  { filesOrigin }: StackValues,
): Promise<[event: object, expected: string][]> {
  const id = parseUserId(`trial-${'0'.repeat(20)}`);
  const sign = async (resource: string) =>
    pairsOf(
      signedPolicy(policyText(resource), Buffer.alloc(72), { keyPairId: 'KTRIAL', hashAlgorithm: 'SHA256' }),
    );
  const bob = { id, credential: await sign(`${filesOrigin}/users/${id}/*`) };
  const events = (await longestEvents(bob, filesOrigin, sign)).filter(([of]) => of === type);
  const passing = events.map(([, , event]): [object, string] => [event, 'it passes']);
  if (type === 'viewer-response') return passing;
  const [folder] = events;
  const at = (uri: string) => ({ ...folder?.[2], request: { ...folder?.[2].request, uri } });
  return [
    ...passing,
    [at(`/users/${id}/a%2fb`), 'it answers 400'],
    [at('/users/another/a.png'), 'it answers 403'],
  ];
}

async function remove(client: CloudFront, Name: string): Promise<void> {
  try {
    const { ETag: IfMatch } = await client.describeFunction({ Name, Stage: 'DEVELOPMENT' });
    await client.deleteFunction({ Name, IfMatch });
  } catch (error) {
    if (errorName(error) !== 'NoSuchFunctionExists') throw error;
  }
}
