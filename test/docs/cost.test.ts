import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { meanOf, PEAK, usersAt } from '../../scripts/cost/limits.ts';
import { page } from '../../scripts/cost/page.ts';
import { cost, costAfterFree, sumOf } from '../../scripts/cost/prices.ts';
import { readStack } from '../../scripts/cost/stack.ts';
import { ASSUMED, requestsOf, SCENARIOS, STORE_CALLS, UNITS } from '../../scripts/cost/usage.ts';
import { rounded } from '../../scripts/cost/words.ts';
import { startMisbehavingProvider } from '../services/auth/support/misbehaving-provider.ts';
import { attemptLogin, createTable, startService, startStore } from '../services/auth/support/service.ts';
import { type CookieJar, send } from '../support/client.ts';
import { startCountingDynamoDb } from './support/counting-dynamodb.ts';

const PAGE = 'docs/cost.md';
const MINUTE_MS = 60_000;
const PATIENCE = 20;
/** Many providers name their session. Its pointer is one item more. */
const CLAIMS = { sid: 'at-the-provider' };

t.test(
  'docs/cost.md is what the script prints (UPDATE_COST=1 npm test -- docs/cost writes it)',
  async (t) => {
    const printed = page();
    if (process.env['UPDATE_COST'] === '1') writeFileSync(PAGE, printed);
    t.strictSame(readFileSync(PAGE, 'utf8').split('\n'), printed.split('\n'));
  },
);

t.test(
  'what docs/internals.md repeats of this page, and the default limit, are those of the page',
  async (t) => {
    const { people, habits } = SCENARIOS.large;
    const stack = readStack();
    const peak = Math.round(PEAK * meanOf(requestsOf(habits), people));
    const { requestsPerSecond: limit } = stack;
    const flood = limit * 86_400;
    const gigabyteSeconds =
      (flood * ASSUMED.serviceMilliseconds * stack.memoryMegabytes.service) / 1_000 / 1_024;
    const lambda = cost('lambdaRuns', flood) + cost('lambdaGigabyteSeconds', gigabyteSeconds);
    const text = readFileSync('docs/internals.md', 'utf8').replaceAll(/\s+/g, ' ');
    for (const sentence of [
      `The default serves [${rounded(usersAt(stack, habits).thisStack / 1_000_000)} million users](cost.md#limits-on-the-way).`,
      `At ${limit} requests a second, a flood costs ${Math.round(cost('apiRequests', flood))} dollars a day for API Gateway (${Math.round(flood / 1_000_000)} million requests), and ${Math.round(lambda)} for Lambda at ${ASSUMED.serviceMilliseconds} ms each.`,
    ]) {
      t.ok(text.includes(sentence), sentence);
    }
    // The templates have the default.
    t.ok(limit > peak, `${limit} is enough for a million users`);
  },
);

t.test('the first limit comes first in the table of limits', async (t) => {
  const [, table = ''] = readFileSync(PAGE, 'utf8').split(/^\| limit .*$/m);
  const users = [...table.matchAll(/\| ([\d.]+) +\|/g)].map(([, digits]) => Number(digits));
  t.equal(users.length, 11);
  t.strictSame(
    users,
    users.toSorted((one, other) => one - other),
  );
});

t.test('each part of an amount has its own price, and each line is rounded to a cent', async (t) => {
  const cents = (usd: number) => Math.round(100 * usd) / 100;
  t.equal(cents(cost('edgeGigabytes', 10_240)), 870.4);
  t.equal(cents(cost('edgeGigabytes', 10_241)), 870.48);
  t.equal(cents(cost('edgeGigabytes', 51_200)), 4_147.2);
  t.equal(cents(costAfterFree('edgeGigabytes', 10_240)), 783.36);
  t.equal(costAfterFree('edgeGigabytes', 1_000), 0);
  t.equal(cents(sumOf({ secrets: 1, storeCalls: 4, kmsSignatures: 400 })), 0.41);
});

t.test('what the operations of a person cost, counted', async (t) => {
  await startStore(t);
  const db = await startCountingDynamoDb(t);
  await createTable(db.endpoint);
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = db.endpoint;
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer);
  const { deps, stores, origin } = service;
  let storeCalls = 0;
  const { describe, write } = stores.edge;
  stores.edge.describe = () => {
    storeCalls++;
    return describe();
  };
  stores.edge.write = (...given) => {
    storeCalls++;
    return write(...given);
  };
  const takeCalls = () => {
    const taken = storeCalls;
    storeCalls = 0;
    return taken;
  };
  const post = (jar: CookieJar, path: string) =>
    send(jar, origin + path, { method: 'POST', headers: { origin } });
  let aheadMs = 0;
  const { now, sleep } = deps.clock;
  deps.clock.now = () => now() + aheadMs;
  // Who waits for the edge looks at its record from time to time. On a slow machine that would be a read more.
  deps.clock.sleep = (milliseconds, signal) => sleep(PATIENCE * milliseconds, signal);

  // The first sign-in of a browser makes the user's record.
  await attemptLogin(service, provider, { claims: CLAIMS });
  db.take();
  const { jar } = await attemptLogin(service, provider, { claims: CLAIMS });
  const signIn = db.take();
  aheadMs = 10 * MINUTE_MS;
  t.equal((await post(jar, '/auth/refresh')).status, 200);
  const renewal = db.take();
  await send(jar, `${origin}/api/files`);
  const list = db.take();
  takeCalls();
  t.equal((await post(jar, '/auth/logout')).status, 303);
  await deps.schedule.run(MINUTE_MS);
  const withIdleRun = db.take();
  const told = takeCalls();
  await deps.schedule.run(MINUTE_MS);
  const idleRun = db.take();
  const idle = takeCalls();
  // The writer gives its lease back after the answer, so the sign-out is over only once a run has ended.
  const signOut = { writes: withIdleRun.writes - idleRun.writes, reads: withIdleRun.reads - idleRun.reads };
  aheadMs = 60 * MINUTE_MS;
  await deps.schedule.run(MINUTE_MS);
  const removal = db.take();
  const { look: _look, upload: _upload, removal: ofOne, removingRun, ...others } = UNITS;
  t.strictSame({ signIn, renewal, list, signOut, idleRun }, others);
  const sum = (kind: 'writes' | 'reads') => ofOne[kind] + removingRun[kind] + idleRun[kind];
  t.strictSame(removal, { writes: sum('writes'), reads: sum('reads') });
  t.strictSame({ told, idle, removal: takeCalls() }, { ...STORE_CALLS, idle: 0 });
});
