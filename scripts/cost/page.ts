import { markdownTable } from '../../test/support/performance-page.ts';
import { comparedInvalidations, comparedViews } from './compared.ts';
import { limitsOf, meanOf, PEAK, usersAt } from './limits.ts';
import { planComparison, planRows } from './plans.ts';
import {
  cost,
  costAfterFree,
  EDGE_GIGABYTES_ELSEWHERE,
  LOOKED_UP,
  PLANS_SOURCE,
  PRICE_NAMES,
  PRICES,
  type Price,
  sumOf,
  type Usage,
} from './prices.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { readStack, type Stack } from './stack.ts';
import {
  ASSUMED,
  IDLE_METRICS,
  MONTH_SECONDS,
  requestsOf,
  STORE_CALLS,
  signaturesOf,
  unitsOf,
  usageOf,
  VISITS,
} from './usage.ts';
import { grouped, points, rounded, small, text, usd } from './words.ts';

const ALL: readonly Scenario[] = Object.values(SCENARIOS);

/** The whole of docs/cost.md. */
export function page(): string {
  const stack = readStack();
  const sections = [
    intro(stack),
    bills(stack),
    extras(stack),
    plans(stack),
    views(),
    signOuts(stack),
    invalidations(),
    growth(stack),
    prices(),
  ];
  return `${sections.flat().join('\n\n')}\n`;
}

function usageIn(stack: Stack, { people, habits }: Scenario): Usage {
  return usageOf(stack, people, habits);
}

function intro(stack: Stack): string[] {
  const month = (scenario: Scenario) => usd(sumOf(usageIn(stack, scenario), costAfterFree));
  return [
    '<!-- `node scripts/run.mjs scripts/cost/main.ts` prints this page, and `UPDATE_COST=1 npm test -- docs/cost` writes it. -->',
    '# Cost on paper',
    text(
      `**1,000 users with 10 GB each, of whom everybody sees each file once a month: ${month(SCENARIOS.asked)} USD a month.** Most of it is bytes and storage. **An installation that nobody uses: ${month(SCENARIOS.idle)} USD a month.** Both are after what AWS gives every account for nothing each month.`,
    ),
    text(
      `**Nobody has seen a bill: this page is arithmetic.** All figures are USD a month in us-east-1, with viewers in the US. Each price was looked up on ${LOOKED_UP}, in stored copies of public pages and not at AWS. [Prices](#prices) names each page with its date. A script computes every figure of this page from that one table. It counts alarms, metrics and schedules in the built templates.`,
    ),
  ];
}

function bills(stack: Stack): string[] {
  const usages = ALL.map((scenario) => usageIn(stack, scenario));
  const rows = PRICE_NAMES.filter((name) => usages.some((usage) => (usage[name] ?? 0) > 0)).map((name) => [
    PRICES[name].words,
    ...usages.map((usage) => usd(cost(name, usage[name] ?? 0))),
  ]);
  const sums = (of: typeof cost) => usages.map((usage) => `**${usd(sumOf(usage, of))}**`);
  const { asked, small: few, large } = SCENARIOS;
  const { logBytes } = ASSUMED;
  return [
    '## A month',
    markdownTable([
      ['', ...ALL.map(({ title }) => title)],
      ...rows,
      ['**sum, without free tiers**', ...sums(cost)],
      ['**sum, with the free tiers that do not end**', ...sums(costAfterFree)],
    ]),
    text('What is counted:'),
    points([
      `Each user has ${VISITS.signIns} sign-ins, ${VISITS.renewals} renewals, ${VISITS.lists} lists and ${VISITS.signOuts} sign-outs, and ${VISITS.pageRequests} requests for the page and \`GET /auth/session\`. A list is two LIST requests. With 2 uploads that is ${requestsOf(large.habits)} requests to the app host: an upload of a picture is two, for the picture and its thumbnail.`,
      `The 1,000 users upload ${grouped(asked.habits.uploads)} files of 2 MB each, and see ${grouped(asked.habits.views)}. They delete ${asked.habits.deletedGigabytes} GB each, which the bucket keeps for ${stack.keepDeletedDays} days. The 20 users upload ${few.habits.uploads} files and see ${few.habits.views}. The million users see ${grouped(large.habits.views)} files of ${large.habits.fileKilobytes} KB.`,
      'A request at the edge runs two functions. One of them reads the KeyValueStore: once, and twice for a user with an entry.',
      `DynamoDB's units are counted by a test: ${unitsOf(large.habits).writes} write units and ${unitsOf(large.habits).reads} read units for a user.`,
      `Assumed, not counted: a request takes the service ${ASSUMED.serviceMilliseconds} ms and its answer has ${grouped(ASSUMED.answerBytes)} bytes. A run of the schedule takes ${ASSUMED.scheduleMilliseconds} ms. The logs get ${logBytes.service} bytes of a request from the service and Lambda, ${logBytes.api} from the API, ${logBytes.edge} from CloudFront, and ${logBytes.schedule} of a run. Logs are kept for ${stack.logDays} days, and the sums have all of them. A user's items have ${grouped(ASSUMED.recordBytes)} bytes.`,
      'S3 gets at most one GET for each view. The edge asks for an object at most once in 5 seconds.',
    ]),
  ];
}

function extras(stack: Stack): string[] {
  const idle = usageIn(stack, SCENARIOS.idle);
  const runs = (stack.runsAMinute * MONTH_SECONDS) / 60;
  return [
    '## Idle, and what else may be on the bill',
    points([
      `The ${stack.alarmMetrics} metrics of alarms cost ${usd(cost('alarmMetrics', stack.alarmMetrics))}, the ${stack.additionalMetrics} additional metrics of the distribution ${usd(cost('additionalMetrics', stack.additionalMetrics))}, the dashboard ${usd(cost('dashboards', stack.dashboards))} if the account has three others. Mails to \`alarmEmail\` cost nothing up to ${grouped(PRICES.alarmMails.free)} a month.`,
      `The ${stack.customMetrics.length} metrics from logs (${stack.customMetrics.join(', ')}) cost ${usd(cost('customMetrics', 1))} each in a month in which they get values. Without users, only ${IDLE_METRICS.join(' and ')} do.`,
      `The schedule runs ${grouped(runs)} times. Without work, a run makes no call to the KeyValueStore, and all runs cost ${usd(cost('lambdaRuns', runs) + cost('lambdaGigabyteSeconds', idle.lambdaGigabyteSeconds ?? 0))} in Lambda and ${usd(cost('tableReads', idle.tableReads ?? 0) + cost('tableWrites', idle.tableWrites ?? 0))} in DynamoDB. The call by EventBridge is free.`,
      `A signing key in KMS costs ${usd(cost('kmsKeys', 1))} and, for ${signaturesOf(SCENARIOS.large.habits)} signatures of each user, ${usd(cost('kmsSignatures', 1_000 * signaturesOf(SCENARIOS.large.habits)))} for 1,000 users.`,
      `A Route 53 zone costs ${usd(cost('zones', 1))}. A web ACL (\`webAclArn\`) costs ${usd(cost('webAcls', 1))}, ${usd(cost('webAclRules', 1))} for each rule, and ${usd(cost('webAclRequests', 1_000_000))} for a million requests.`,
      `The same by two containers of 0.25 vCPU and 0.5 GB costs ${usd(2 * (0.25 * cost('containerCpuHours', 730) + 0.5 * cost('containerGigabyteHours', 730)))} for Fargate. The price of a load balancer was not looked up.`,
    ]),
  ];
}

function plans(stack: Stack): string[] {
  const used = [SCENARIOS.asked, SCENARIOS.small, SCENARIOS.large].map((scenario) => ({
    title: scenario.title,
    usage: usageIn(stack, scenario),
  }));
  return [
    '## Flat-rate plans',
    text(
      `A plan has CloudFront, its functions, AWS WAF, DNS and the ingestion of access logs in one price for one distribution. Nothing is charged beyond the amounts, but AWS may then slow the traffic down. Found in ${PLANS_SOURCE}.`,
    ),
    markdownTable(planRows()),
    text(
      'The stack has a cache policy of its own, for the 5 seconds that a copy lives at the edge, and a response headers policy. Free and Pro take neither. USD for bytes, requests and functions:',
    ),
    markdownTable(planComparison(used)),
    points([
      'Still charged: S3 beyond the credit and its requests, CloudWatch alarms and metrics, storage of logs, and everything of the app host.',
      'Not known: whether reads and API calls of the KeyValueStore are in the price. [deploy.md](deploy.md#a-firewall-and-flat-rate-plans) says what else is known, and what is not.',
    ]),
  ];
}

function views(): string[] {
  const { rows, cachedPart } = comparedViews();
  return [
    '## A million image views',
    text(
      "The images have 50 KB each and reach the edge. An image in the browser's cache costs nothing if its address is stable. Lambda@Edge runs for 5 ms in 128 MB, Lambda for 100 ms in 512 MB; one list signs 100 presigned URLs.",
    ),
    markdownTable(rows),
    text(
      `Presigned URLs are the cheapest if nobody looks at an image twice. This project is the cheapest if ${Math.ceil(100 * cachedPart)} percent of the views come from the browser's cache.`,
    ),
  ];
}

function signOuts(stack: Stack): string[] {
  const { told, removal } = STORE_CALLS;
  const large = usageIn(stack, SCENARIOS.large);
  return [
    '## Sign-outs at the edge',
    points([
      `A sign-out calls the API of the KeyValueStore at most ${told} times until the edge is told, and ${removal} times when its entry is removed. If no two share a call, that is ${small(cost('storeCalls', told + removal))}. No AWS page was found that says the price of a call, so ask AWS for it first.`,
      `Up to 50 sign-outs that wait at the same time share an update, and so do removals. So a busy service pays as little as ${small(cost('storeCalls', (told + removal) / 50))}.`,
      `Of the million users' bill, sign-outs are ${usd(cost('storeCalls', large.storeCalls ?? 0))}. Only people who press the button cost this. Cookies that expire cost nothing.`,
      'Lambda@Edge and presigned URLs do not pay this. Neither of the two has revocation.',
    ]),
  ];
}

function invalidations(): string[] {
  const { rows, changes } = comparedInvalidations();
  return [
    '## No invalidations',
    text(
      `The table has USD for a million requests that reach the edge. A GET at S3 costs ${small(cost('s3Reads', 1_000))} per 1,000, also one that ends in a 304. A path of an invalidation costs ${small(cost('invalidations', 1))} after the first 1,000 a month. Bytes from S3 to CloudFront cost nothing. Requests, functions and bytes to viewers cost the same on both sides, so the table leaves them out.`,
    ),
    markdownTable(rows),
    text(
      `Beyond the 1,000 that are free, invalidations cost no more up to ${Math.round(changes)} changes for each million requests. A request that waits for S3's 304 takes longer than a hit, since it travels to the bucket's region and back. Only a deployment can tell by how much.`,
    ),
  ];
}

function growth(stack: Stack): string[] {
  const { large } = SCENARIOS;
  const { habits } = large;
  const mean = meanOf(requestsOf(habits), large.people);
  const limits = limitsOf(stack, habits);
  return [
    '## Growth, and the limits on the way',
    text(
      `A million users send ${Math.round(mean)} requests a second to the app host in the mean, and ${Math.round(PEAK * mean)} in their busiest hours (×${PEAK}). The table has the users of that kind who reach each limit in their busiest hours. The quotas of CloudFront and of KMS were looked up in stored, undated copies of the two developer guides. The other quotas of AWS were not looked up.`,
    ),
    markdownTable([
      ['limit', 'met at about', 'then'],
      ...limits.map((limit) => [
        limit.words,
        `${rounded(usersAt(limit) / 1_000_000)} million users`,
        limit.remedy,
      ]),
    ]),
    points([
      "CloudFront Functions are throttled by compute utilization. So not users count, but what a call does: see [performance.md](performance.md#edge-function-what-a-request-costs-in-the-viewer-request-function). Only a deployment tells about AWS's limit.",
      'Two keys in the key group are enough for any number of users. S3 splits `users/<id>/` by itself.',
      'If the store of the edge is full or cannot be written, a sign-out still holds at the app host. Copied cookies then end with their lifetime, 15 minutes.',
    ]),
  ];
}

function prices(): string[] {
  return [
    '## Prices',
    markdownTable([
      ['price', 'USD', 'free each month', 'found in'],
      ...PRICE_NAMES.map((name) => {
        const price: Price = PRICES[name];
        return [
          price.words,
          priceWords(price),
          price.free === undefined ? '' : amountWords(price.free),
          price.source,
        ];
      }),
    ]),
    text(
      `A month has 730 hours, a GB 1,024³ bytes, a TB 1,024 GB. Prices of the app host, the bucket and the table are those of us-east-1. Other regions have other prices, which were not looked up. CloudFront, its functions and the KeyValueStore have the same price wherever the stack is, but bytes cost by the viewer. Beyond the first row, a GB up to 10 TB costs ${Object.entries(
        EDGE_GIGABYTES_ELSEWHERE,
      )
        .map(([where, each]) => `${small(each)} in ${where}`)
        .join('; ')}. The price of requests from outside the US was not looked up.`,
    ),
  ];
}

function priceWords({ usd: amount, units }: Price): string {
  const per = units === 1 ? '' : ` ${unitWords(units)}`;
  if (typeof amount === 'number') return `${small(amount)}${per}`;
  return amount
    .map(([upTo, each]) =>
      Number.isFinite(upTo) ? `${small(each)} up to ${grouped(upTo / 1_024)} TB` : `${small(each)} beyond`,
    )
    .join(', ');
}

function unitWords(units: number): string {
  return units === 1_000_000 ? 'a million' : `for ${grouped(units)}`;
}

function amountWords(amount: number): string {
  return amount >= 1_000_000 ? `${amount / 1_000_000} million` : grouped(amount);
}
