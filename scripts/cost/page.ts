import { readFileSync } from 'node:fs';
import { markdownTable } from '../../test/support/generated-page.ts';
import { comparedViews } from './compared.ts';
import { meanOf, PEAK, STORE_ENTRIES, usersAt } from './limits.ts';
import {
  cost,
  costAfterFree,
  EDGE_GIGABYTES_ELSEWHERE,
  LOOKED_UP,
  PLANS,
  PLANS_SOURCE,
  type Plan,
  PRICE_NAMES,
  PRICES,
  type PriceName,
  parsePriceName,
  sumOf,
  type Usage,
} from './prices.ts';
import { readStack, type Stack } from './stack.ts';
import {
  ASSUMED,
  ENTRY_SECONDS,
  requestsOf,
  SCENARIOS,
  type Scenario,
  STORE_CALLS,
  signaturesOf,
  unitsOf,
  usageOf,
  VISITS,
} from './usage.ts';
import { grouped, rounded, small, text, usd } from './words.ts';

const MILLION = 1_000_000;

/**
 * The whole of docs/cost.md: the words of page.md.tmpl, with every figure computed. There, `{{asked.views}}` is a figure,
 * `{{usd zones 1}}` the price of an amount, and `{{small storeCalls calls.all}}` a price of less than a cent.
 */
export function page(): string {
  const figures = figuresOf(readStack());
  const filled = readFileSync(new URL('page.md.tmpl', import.meta.url), 'utf8').replace(
    /\{\{([^}]+)\}\}/g,
    (_, words: string) => {
      const [name = '', price, amount = ''] = words.split(' ');
      if (price === undefined) return figureWords(figureAt(figures, name));
      const usdOfAmount = cost(parsePriceName(price), Number(figureAt(figures, amount) ?? amount));
      return name === 'usd' ? usd(usdOfAmount) : small(usdOfAmount);
    },
  );
  return `${filled.trimEnd().split('\n\n').map(layOut).join('\n\n')}\n`;
}

function figureAt(figures: unknown, path: string): unknown {
  return path.split('.').reduce((at, name) => Object(at)[name], figures);
}

/** @throws Error if page.md.tmpl has a name that is no figure */
function figureWords(figure: unknown): string {
  if (typeof figure === 'number') return figure < 1_000 ? String(figure) : grouped(figure);
  if (Array.isArray(figure)) return figure.join(', ');
  if (typeof figure === 'string') return figure;
  throw new Error('scripts/cost/page.md.tmpl has a name that is no figure');
}

/** Aligns a table, and breaks the lines of a paragraph or list. */
function layOut(block: string): string {
  const lines = block.split('\n');
  if (/^[#<]/.test(block)) return block;
  if (!block.startsWith('|')) return lines.map(text).join('\n');
  const rows = lines.filter((line) => !/^[|\s-]+$/.test(line));
  return markdownTable(
    rows.map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ),
  );
}

function tableOf(rows: string[][]): string {
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function usageIn(stack: Stack, { people, habits }: Scenario): Usage {
  return usageOf(stack, people, habits);
}

/** Every figure that page.md.tmpl names. */
function figuresOf(stack: Stack) {
  const { asked, small: few, large, idle } = SCENARIOS;
  const month = (scenario: Scenario) => usd(sumOf(usageIn(stack, scenario), costAfterFree));
  const container = 0.25 * cost('containerCpuHours', 730) + 0.5 * cost('containerGigabyteHours', 730);
  const { told, removal } = STORE_CALLS;
  const signatures = signaturesOf(large.habits);
  const mean = meanOf(requestsOf(large.habits), large.people);
  const { rows, cachedPart } = comparedViews();
  const millions = Object.entries(usersAt(stack, large.habits)).map(([limit, users]) => [
    limit,
    rounded(users / MILLION),
  ]);
  return {
    stack,
    assumed: ASSUMED,
    visits: VISITS,
    asked: asked.habits,
    few: few.habits,
    large: large.habits,
    month: { asked: month(asked), idle: month(idle) },
    ...unitsOf(large.habits),
    requests: requestsOf(large.habits),
    signatures,
    signaturesOf1000: usd(cost('kmsSignatures', 1_000 * signatures)),
    signOutsOfMillion: usd(cost('storeCalls', usageIn(stack, large).storeCalls ?? 0)),
    calls: { all: told + removal, shared: (told + removal) / 50 },
    containers: usd(2 * container),
    lookedUp: LOOKED_UP,
    plansSource: PLANS_SOURCE,
    cachedPercent: Math.ceil(100 * cachedPart),
    changes: Math.round(cost('s3Reads', MILLION) / cost('invalidations', 1)),
    perSecond: { mean: Math.round(mean), peak: Math.round(PEAK * mean) },
    peak: PEAK,
    users: Object.fromEntries(millions),
    store: { entries: STORE_ENTRIES, minutes: ENTRY_SECONDS / 60 },
    elsewhere: elsewhere(),
    table: {
      month: tableOf(monthRows(stack)),
      planComparison: tableOf(planComparison(stack, [asked, few, large])),
      // The first and the last `|` are in page.md.tmpl.
      views: tableOf(rows).slice(2, -2),
    },
  };
}

function elsewhere(): string {
  const prices = Object.entries(EDGE_GIGABYTES_ELSEWHERE);
  return prices.map(([where, each]) => `${small(each)} in ${where}`).join('; ');
}

/** The service of AWS that a price is of, by its words. */
const SERVICE = /^(?:CloudFront|KeyValueStore|S3|DynamoDB|Lambda|HTTP API|CloudWatch|Secrets Manager)/;

function monthRows(stack: Stack): string[][] {
  const scenarios: Scenario[] = Object.values(SCENARIOS);
  const usages = scenarios.map((scenario) => usageIn(stack, scenario));
  const sums = (of: typeof cost) => usages.map((usage) => `**${usd(sumOf(usage, of))}**`);
  const used = PRICE_NAMES.filter((name) => usages.some((usage) => (usage[name] ?? 0) > 0));
  const byService = Map.groupBy(used, (name) => SERVICE.exec(PRICES[name].words)?.[0] ?? PRICES[name].words);
  return [
    ['', ...scenarios.map(({ title }) => title)],
    ...[...byService].map(([service, names]) => [
      service,
      ...usages.map((usage) => usd(names.reduce((sum, name) => sum + cost(name, usage[name] ?? 0), 0))),
    ]),
    ['**sum, without free tiers**', ...sums(cost)],
    ['**sum, with the free tiers that do not end**', ...sums(costAfterFree)],
  ];
}

/** What a plan has in its price, as far as it is known. */
const COVERED: readonly PriceName[] = ['edgeGigabytes', 'edgeRequests', 'edgeFunctions'];

function planComparison(stack: Stack, scenarios: Scenario[]): string[][] {
  const smallest = ({ edgeRequests = 0, edgeGigabytes = 0 }: Usage, plans: readonly Plan[]) => {
    const plan = plans.find((one) => edgeRequests <= one.requests && edgeGigabytes <= one.gigabytes);
    return plan ? `${plan.words}, ${grouped(plan.usd)}` : 'none';
  };
  const suited = PLANS.filter(({ takesPolicies }) => takesPolicies);
  return [
    ['', 'pay-as-you-go', 'smallest plan by amounts', 'smallest plan that takes our policies'],
    ...scenarios.map((scenario) => {
      const usage = usageIn(stack, scenario);
      const asYouGo = COVERED.reduce((sum, name) => sum + cost(name, usage[name] ?? 0), 0);
      return [scenario.title, usd(asYouGo), smallest(usage, PLANS), smallest(usage, suited)];
    }),
  ];
}
