import { cost, PLANS, type Plan, type PriceName, type Usage } from './prices.ts';
import { grouped, usd } from './words.ts';

/** What a plan has in its price, as far as it is known. */
const COVERED: readonly PriceName[] = ['edgeGigabytes', 'edgeRequests', 'edgeFunctions'];

function coveredUsd(usage: Usage): number {
  return COVERED.reduce((sum, name) => sum + cost(name, usage[name] ?? 0), 0);
}

function planFor(usage: Usage, plans: readonly Plan[]): Plan | undefined {
  const { edgeRequests = 0, edgeGigabytes = 0 } = usage;
  return plans.find(({ requests, gigabytes }) => edgeRequests <= requests && edgeGigabytes <= gigabytes);
}

/** The rows of a table of all plans. */
export function planRows(): string[][] {
  return [
    ['plan', 'USD a month', 'requests', 'to viewers', 'S3 storage', 'our policies'],
    ...PLANS.map(({ words, usd, requests, gigabytes, s3Gigabytes, takesPolicies }) => [
      words,
      grouped(usd),
      `${grouped(requests / 1_000_000)} million`,
      gigabytes < 1_024 ? `${gigabytes} GB` : `${gigabytes / 1_024} TB`,
      s3Gigabytes < 1_024 ? `${s3Gigabytes} GB` : `${s3Gigabytes / 1_024} TB`,
      takesPolicies ? 'yes' : '**no**',
    ]),
  ];
}

/** The rows of a table that compares a plan with pay-as-you-go. */
export function planComparison(usages: { title: string; usage: Usage }[]): string[][] {
  const suited = PLANS.filter(({ takesPolicies }) => takesPolicies);
  const cell = (plan: Plan | undefined) => (plan ? `${plan.words}, ${grouped(plan.usd)}` : 'none');
  return [
    ['', 'pay-as-you-go', 'smallest plan by amounts', 'smallest plan that takes our policies'],
    ...usages.map(({ title, usage }) => [
      title,
      usd(coveredUsd(usage)),
      cell(planFor(usage, PLANS)),
      cell(planFor(usage, suited)),
    ]),
  ];
}
