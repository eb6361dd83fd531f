import { Lambda } from '@aws-sdk/client-lambda';
import { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import { EDGE_REGION } from '../../../infra/edge-metrics.ts';
import { type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import type { CloudFrontNames } from './cloudfront-names.ts';
import type { Subject } from './subject.ts';

/** The names in Service Quotas, with AWS's lowest default values (cloudfront-limits, November 2026). */
const OF_CLOUDFRONT: [list: keyof CloudFrontNames, quota: string, given: number][] = [
  ['publicKeys', 'Public keys per AWS account', 10],
  ['distributions', 'Web distributions per AWS account', 200],
  ['keyGroups', 'Key groups per AWS account', 10],
  ['cachePolicies', 'Cache policies per AWS account', 20],
  ['headersPolicies', 'Response headers policies per AWS account', 20],
];

/**
 * The instances that every account keeps for functions without a reservation (Lambda developer guide, "Reserved
 * concurrency").
 */
const UNRESERVED = 100;
const ASK = 'ask for more at Service Quotas';

/**
 * Checks the quotas of CloudFront. A stack takes one of each, and as many public keys as the values name.
 * @param names of what exists; a list is undefined if it could not be read
 */
export async function checkQuotas(names: Partial<CloudFrontNames>, publicKeys: number): Promise<Finding[]> {
  const used = OF_CLOUDFRONT.map(([list, quota, given]) => {
    const count = names[list]?.length ?? 0;
    return { quota, given, count, wanted: count + (list === 'publicKeys' ? publicKeys : 1) };
  });
  const full = used.filter(({ wanted, given }) => wanted > given);
  if (full.length === 0) return [];
  return look({ resource: 'quotas' }, 'servicequotas:ListServiceQuotas', async () => {
    const applied = await quotasOfCloudFront();
    return full.flatMap(({ quota, given, count, wanted }) => {
      const limit = applied.get(quota) ?? given;
      if (wanted <= limit) return [];
      const problem = `${quota}: ${count} of ${limit} are in use${wanted > count + 1 ? `, and the stack needs ${wanted - count}` : ''}`;
      const isKnown = applied.has(quota);
      const what = `${ASK} (CloudFront), or delete one`;
      // AWS may have raised a default since, so only a value of Service Quotas stops a deployment.
      return [{ resource: 'quotas', problem, do: what, ...(isKnown ? {} : { isNote: true as const }) }];
    });
  });
}

async function quotasOfCloudFront(): Promise<Map<string, number>> {
  const client = new ServiceQuotas({ ...CALLS, region: EDGE_REGION });
  const limits = new Map<string, number>();
  let token: string | undefined;
  do {
    const page = await client.listServiceQuotas({ ServiceCode: 'cloudfront', NextToken: token });
    for (const { QuotaName, Value } of page.Quotas ?? []) {
      if (QuotaName !== undefined && Value !== undefined) limits.set(QuotaName, Value);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return limits;
}

/** Checks the instances of Lambda. A new account has ten in all, of which none can be reserved. */
export async function checkConcurrency({ values, isGiven, place }: Subject): Promise<Finding[]> {
  return look({ resource: 'Lambda' }, 'lambda:GetAccountSettings', async () => {
    const { AccountLimit } = await new Lambda({ ...CALLS, region: place.region }).getAccountSettings({});
    const { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: free = 0 } = AccountLimit ?? {};
    const most = Math.max(0, free - UNRESERVED);
    if (isGiven('reservedConcurrency') && (values.reservedConcurrency ?? 0) > most) {
      const problem = `only ${most} of ${all} instances in ${place.region} can be reserved`;
      return [{ value: 'reservedConcurrency', problem, do: `lower it, remove it, or ${ASK} (Lambda)` }];
    }
    if (all >= UNRESERVED) return [];
    const problem = `the account has ${all} instances in ${place.region} for all functions: more requests at once fail`;
    return [{ resource: 'Lambda', problem, do: `${ASK} (Lambda, "Concurrent executions")`, isNote: true }];
  });
}
