import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { png, type SignedInUser, signIn } from '../support/client.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { type BenchResult, type BenchRun, type Measurement, measurementOf } from './support/result.ts';
import { cpuSeconds, serviceEnvironment, serviceProcess } from './support/service-process.ts';

const WRK = '/usr/bin/wrk';
const ROUNDS = 5;
/** Many short rounds, so that other work on the machine affects both alike. */
const RENEWAL_ROUNDS = 31;
const ROUND_SECONDS = 1;
/** Rounds that are not counted, because their code is not compiled yet. */
const WARM_UP_ROUNDS = 5;
const WARM_UP_SIGN_INS = 400;
const SIGN_INS = 100;

/** Renewals, logouts and sign-ins over HTTP, against the local stack. Its DynamoDB is dynalite, in JavaScript. */
export async function run(): Promise<BenchRun> {
  if (!existsSync(WRK)) return { skipped: `${WRK} is missing (Debian: wrk)` };
  const ends: (() => Promise<void> | void)[] = [];
  const stack = await startTestStack({ teardown: (end) => ends.push(end) });
  try {
    return [...(await renewals(stack)), await logoutToRefusal(stack), await signIns(stack)];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

interface Rate {
  perSecond: number;
  /** Per second of processor time of the asked process. Other work on the machine changes the clock more. */
  perCpuSecond: number;
}

async function renewals(stack: TestStack): Promise<BenchResult[]> {
  const user = await signIn(stack, 'renews');
  // The service as a deployment starts it. The stack's own service has the demonstration beside it.
  const service = await startBeside('../../services/auth/main.ts', {
    WEB_DIRECTORY: join(stack.directory, 'build/web'),
  });
  const bare = await startBeside('support/bare-renewal.ts', { USER_ID: user.id });
  const signing = await startBeside('support/bare-renewal.ts', { USER_ID: user.id, SIGNS: '1' });
  const asked = [service, bare, signing];
  try {
    const rates: [Rate[], Rate[], Rate[]] = [[], [], []];
    for (let round = -WARM_UP_ROUNDS; round < RENEWAL_ROUNDS; round++) {
      for (const [index, each] of asked.entries()) {
        const rate = await renewalRate(stack, user, each);
        if (round >= 0) rates[index]?.push(rate);
      }
    }
    const compare = (name: string, of: (rate: Rate) => number): BenchResult => {
      const [own, bareRoute, signingRoute] = [
        measurementOf('POST /auth/refresh', rates[0].map(of)),
        measurementOf('a bare Fastify route with the same read', rates[1].map(of)),
        measurementOf('that route, which signs as well', rates[2].map(of)),
      ];
      const ratio = (baseline: Measurement) => own.median / baseline.median;
      return {
        name,
        unit: 'requests/s',
        ours: own,
        baselines: [
          { ...bareRoute, ratio: ratio(bareRoute), goal: { atLeast: 0.8 } },
          { ...signingRoute, ratio: ratio(signingRoute) },
        ],
      };
    };
    return [
      compare('renewal over HTTP', ({ perSecond }) => perSecond),
      compare('renewal over HTTP, a second of CPU time', ({ perCpuSecond }) => perCpuSecond),
    ];
  } finally {
    for (const each of asked) each.close();
  }
}

/** From the click to the first refusal of a copied set of cookies, in milliseconds. */
async function logoutToRefusal(stack: TestStack): Promise<BenchResult> {
  const users: (SignedInUser & { url: string })[] = [];
  for (let i = 0; i < 100; i++) {
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
    name: 'logout to refusal at the edge, p99 of 100',
    unit: 'ms',
    ours: { ...measurementOf('logout', latencies), median: Math.round(p99) },
    baselines: [{ ...measurementOf('the bound', [2_000]), ratio: p99 / 2_000, goal: { atMost: 1 } }],
  };
}

/** The service's share of the processor while people sign in through the real provider. */
async function signIns(stack: TestStack): Promise<BenchResult> {
  const pid = serviceProcess();
  const service: number[] = [];
  const all: number[] = [];
  const rates: number[] = [];
  // The first ones run code that is not compiled yet.
  for (let i = 0; i < WARM_UP_SIGN_INS; i++) await signIn(stack, `warms-up-${i}`);
  for (let round = 0; round < ROUNDS; round++) {
    const before = {
      ownSeconds: cpuSeconds(pid),
      restSeconds: cpuSeconds(process.pid),
      atMs: performance.now(),
    };
    for (let i = 0; i < SIGN_INS; i++) await signIn(stack, `signs-in-${round}-${i}`);
    const own = cpuSeconds(pid) - before.ownSeconds;
    service.push(own * 1_000);
    all.push((own + cpuSeconds(process.pid) - before.restSeconds) * 1_000);
    rates.push(SIGN_INS / ((performance.now() - before.atMs) / 1_000));
  }
  const own = measurementOf('the service', service);
  const whole = measurementOf('provider, stores, edge and client included', all);
  return {
    name: `sign-in: processor time of ${SIGN_INS}, at ${measurementOf('', rates).median} sign-ins a second`,
    unit: 'ms',
    ours: own,
    baselines: [{ ...whole, ratio: own.median / whole.median, goal: { atMost: 0.33 } }],
  };
}

interface Beside {
  origin: string;
  pid: number;
  close(): void;
}

/** Another process with the settings of the stack's auth service, on a port of its own. */
async function startBeside(script: string, settings: Record<string, string> = {}): Promise<Beside> {
  const free = await listenOnLoopback(() => {}, 0);
  await free.close(0);
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: { ...serviceEnvironment(), HOST: '127.0.0.1', PORT: String(free.port), ...settings },
    silent: true,
  });
  // The log is read, as in a deployment.
  child.stdout?.resume();
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} has ended with status ${code}`);
  });
  await Promise.race([once(child, 'message'), ended]);
  return { origin: `http://127.0.0.1:${free.port}`, pid: child.pid ?? 0, close: () => child.kill() };
}

async function renewalRate(stack: TestStack, user: SignedInUser, { origin, pid }: Beside): Promise<Rate> {
  const script = join(stack.directory, 'renewal.lua');
  const cookie = user.jar.header('/auth/refresh');
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.headers["Host"] = "${new URL(stack.appOrigin).host}"\nwrk.headers["Origin"] = "${stack.appOrigin}"\nwrk.headers["Cookie"] = "${cookie}"\n`,
  );
  const before = cpuSeconds(pid);
  const { stdout } = await promisify(execFile)(WRK, [
    '-t',
    '1',
    '-c',
    '8',
    '-d',
    `${ROUND_SECONDS}s`,
    '-s',
    script,
    `${origin}/auth/refresh`,
  ]);
  if (/Non-2xx/.test(stdout)) throw new Error(stdout);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    perCpuSecond: Number(/(\d+) requests in/.exec(stdout)?.[1]) / (cpuSeconds(pid) - before),
  };
}

if (import.meta.main) console.dir(await run(), { depth: null });
