import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { png, type SignedInUser, signIn } from '../support/client.ts';
import { freePorts } from '../support/ports.ts';
import { startTestStack, type Teardown, type TestStack } from '../support/test-stack.ts';
import { startBeside } from './support/beside.ts';
import {
  amount,
  type BenchResult,
  type BenchRun,
  compare,
  type Goal,
  inTurns,
  measurementOf,
} from './support/measure.ts';
import { load, type Round } from './support/wrk.ts';

/** Many short rounds, so that other work on the machine affects both alike. */
const RENEWAL_ROUNDS = 31;
/** Rounds that are not counted, because their code is not compiled yet. */
const WARM_UP_ROUNDS = 5;
const LOGOUTS = amount(100, 3);

/** Renewals and logouts over HTTP, against the local stack. Its DynamoDB is dynalite, in JavaScript. */
export async function run(t: Teardown): Promise<BenchRun> {
  const stack = await startTestStack(t);
  return [...(await renewals(t, stack)), await logoutToRefusal(stack)];
}

async function renewals(t: Teardown, stack: TestStack): Promise<BenchResult[]> {
  const user = await signIn(stack, 'renews');
  const cookieFile = join(stack.directory, 'renewal-cookies');
  writeFileSync(cookieFile, `${user.jar.header('/auth/refresh')}\n`);
  const host = new URL(stack.appOrigin).host;
  const renewal = {
    path: '/auth/refresh',
    method: 'POST',
    host,
    cookieFile,
    seconds: 1,
    connections: 8,
  } as const;
  const settings = { USER_ID: user.id, WEB_DIRECTORY: join(stack.directory, 'build/web') };
  const asked: (() => Promise<Round>)[] = [];
  for (const [script, changes] of [
    // The service as a deployment starts it. The stack's own service has the demonstration beside it.
    ['../../services/auth/main.ts', {}],
    ['support/bare-renewal.ts', {}],
    ['support/bare-renewal.ts', { SIGNS: '1' }],
  ] as const) {
    const [port = 0] = await freePorts(1);
    const { pid, stop } = await startBeside(new URL(script, import.meta.url), port, {
      ...settings,
      ...changes,
    });
    t.teardown(stop);
    asked.push(() => load({ port, pid }, renewal));
  }
  const [ours = [], bare = [], signing = []] = await inTurns(asked, RENEWAL_ROUNDS, WARM_UP_ROUNDS);
  const row = (name: string, of: (round: Round) => number, goal?: Goal) =>
    compare(
      [name, 'requests/s'],
      ['POST /auth/refresh', ours.map(of)],
      ['a bare route with the same read, which signs and sets four cookies', signing.map(of), goal],
      ['that route without cookies', bare.map(of)],
    );
  return [
    row('renewal over HTTP', ({ perSecond }) => perSecond),
    row('renewal over HTTP, a second of CPU time', ({ perCpuSecond }) => perCpuSecond, { atLeast: 0.85 }),
  ];
}

/** From the click to the first refusal of a copied set of cookies, in milliseconds. */
async function logoutToRefusal(stack: TestStack): Promise<BenchResult> {
  const users: (SignedInUser & { url: string })[] = [];
  for (let i = 0; i < LOGOUTS; i++) {
    const user = await signIn(stack, `leaves-${i}`);
    const { url } = await user.upload({ name: 'a.png', type: 'image/png', bytes: png() });
    users.push({ ...user, url });
  }
  const latencies: number[] = [];
  for (const user of users) {
    const cookie = user.jar.header(new URL(user.url).pathname);
    const startedMs = performance.now();
    const leaving = user.post('/auth/logout');
    while ((await fetch(user.url, { headers: { cookie } })).status !== 403);
    latencies.push(performance.now() - startedMs);
    await leaving;
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
  return {
    name: `logout to refusal at the edge, p99 of ${LOGOUTS}`,
    unit: 'ms',
    ours: { ...measurementOf('logout', latencies), median: Math.round(p99) },
    baselines: [{ ...measurementOf('the bound', [2_000]), ratio: p99 / 2_000, goal: { atMost: 1 } }],
  };
}
