import { Lambda } from '@aws-sdk/client-lambda';
import { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import { EDGE_REGION } from '@cloudfront-cookie-gateway/infra/values';
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

/**
 * The mean time for which a request keeps an instance, in seconds. Most requests take 20 ms (docs/cost.md). The rest is
 * for first starts, and for requests that wait for the provider or the edge.
 */
const SECONDS_A_REQUEST = 0.1;

/** The instances of an account in a region, and how many of them can still be reserved. */
export async function instancesOf(region: string): Promise<{ all: number; reservable: number }> {
  const { AccountLimit } = await new Lambda({ ...CALLS, region }).getAccountSettings({});
  const { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: free = 0 } = AccountLimit ?? {};
  return { all, reservable: Math.max(0, free - UNRESERVED) };
}

/**
 * Checks the instances of Lambda. A new account has ten in all, of which none can be reserved.
 * @param isFirst what an earlier deployment has reserved is not counted twice
 */
export async function checkConcurrency(subject: Subject, isFirst: boolean): Promise<Finding[]> {
  const { values, place } = subject;
  return look({ resource: 'Lambda' }, 'lambda:GetAccountSettings', async () => {
    const { all, reservable } = await instancesOf(place.region);
    const asked = isFirst ? reservationOf(subject) : undefined;
    if (asked && asked.instances > reservable) {
      const problem = `only ${reservable} of ${all} instances in ${place.region} can be reserved`;
      return [{ value: asked.value, problem, do: `lower it, remove it, or ${ASK} (Lambda)` }];
    }
    const { requestsPerSecond = 0, reservedConcurrency } = values;
    const needed = Math.ceil(requestsPerSecond * SECONDS_A_REQUEST);
    const pool = Math.min(all, reservedConcurrency ?? all);
    if (pool >= needed) return [];
    const shared = reservedConcurrency === undefined && !values.reserveSchedule;
    const problem = `${pool} instances in ${place.region} are too few for requestsPerSecond ${requestsPerSecond}, which needs ${needed}: more requests at once fail${shared ? ', and the schedule with them' : ''}`;
    const what = `${ASK} (Lambda, "Concurrent executions"), or lower requestsPerSecond`;
    return [{ resource: 'Lambda', problem, do: what, isNote: true }];
  });
}

/** The instances that the values ask to reserve, and the value to blame. */
function reservationOf({ values }: Subject): { value: string; instances: number } {
  const { reservedConcurrency = 0, moverConcurrency = 0, reserveSchedule } = values;
  const instances = reservedConcurrency + moverConcurrency + (reserveSchedule ? 1 : 0);
  if (moverConcurrency > reservedConcurrency) return { value: 'moverConcurrency', instances };
  return { value: reservedConcurrency > 0 ? 'reservedConcurrency' : 'reserveSchedule', instances };
}
