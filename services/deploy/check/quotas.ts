import { Lambda } from '@aws-sdk/client-lambda';
import { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import { EDGE_REGION } from '../../../infra/edge-metrics.ts';
import { type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import type { CloudFrontNames } from './cloudfront-names.ts';
import type { Subject } from './subject.ts';

/** The names in Service Quotas, with AWS's default values (cloudfront-limits, November 2026). */
const OF_CLOUDFRONT: [list: keyof CloudFrontNames, quota: string, given: number][] = [
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

/** Checks the small quotas of CloudFront. A stack takes one of each. */
export async function checkQuotas(names: CloudFrontNames): Promise<Finding[]> {
  const full = OF_CLOUDFRONT.filter(([list, , given]) => names[list].length >= given);
  if (full.length === 0) return [];
  return look({ resource: 'quotas' }, 'servicequotas:ListServiceQuotas', async () => {
    const raised = await quotasOfCloudFront();
    return full.flatMap(([list, quota, given]) => {
      const limit = raised.get(quota) ?? given;
      if (names[list].length < limit) return [];
      const problem = `${quota}: ${names[list].length} of ${limit} are in use`;
      return [{ resource: 'quotas', problem, do: `${ASK} (CloudFront), or delete one` }];
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
