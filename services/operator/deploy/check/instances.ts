import { Lambda } from '@aws-sdk/client-lambda';
import { type Finding, look } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import type { Subject } from './subject.ts';

/**
 * The instances that every account keeps for functions without a reservation (Lambda developer guide, "Reserved
 * concurrency").
 */
const UNRESERVED = 100;

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
 * Checks that Lambda has enough instances for the requests. A new account has ten in all. CloudFormation does not compare
 * the two. It does refuse a reservation that is too large, within seconds, so that is not checked here.
 */
export async function checkInstances({ values, place }: Subject): Promise<Finding[]> {
  return look({ resource: 'Lambda' }, 'lambda:GetAccountSettings', async () => {
    const { all } = await instancesOf(place.region);
    const { requestsPerSecond = 0, reservedConcurrency } = values;
    const needed = Math.ceil(requestsPerSecond * SECONDS_A_REQUEST);
    const pool = Math.min(all, reservedConcurrency ?? all);
    if (pool >= needed) return [];
    const shared = reservedConcurrency === undefined && !values.reserveSchedule;
    const problem = `${pool} instances in ${place.region} are too few for requestsPerSecond ${requestsPerSecond}, which needs ${needed}: more requests at once fail${shared ? ', and the schedule with them' : ''}`;
    const what =
      'ask for more at Service Quotas (Lambda, "Concurrent executions"), or lower requestsPerSecond';
    return [{ resource: 'Lambda', problem, do: what, isNote: true }];
  });
}
