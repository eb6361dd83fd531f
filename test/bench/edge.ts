import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { parseUserId } from '../../core/user-id.ts';
import { createKeySigner } from '../../services/auth/adapters/key-signer.ts';
import { createCookieIssuer } from '../../services/auth/cookie-issuer.ts';
import { ALICE, bindingsFor, EC, ORIGIN, TEMPLATE } from '../edge/local/support/edge.ts';
import { startStandIn } from '../edge/local/support/stand-in.ts';
import { missing } from '../support/missing.ts';
import { NGINX, nginxCookie, startNginx } from './support/nginx.ts';
import {
  type BenchResult,
  type BenchRun,
  type Goal,
  type Measurement,
  measurementOf,
} from './support/result.ts';
import { load, type Round, type Server, startScript, TASKSET, WRK } from './support/server.ts';

/**
 * The local edge sends a cached object of 10 KB for valid cookies, with both functions. It is compared with nginx with
 * `secure_link`, and with a bare HTTP server of Node. Each has one process on the first core, wrk has the second;
 * rounds take turns. This measures a test tool, not CloudFront.
 */
const ROUNDS = 7;
const ROUND_SECONDS = 4;
const OBJECT = { path: `/users/${ALICE}/ten.png`, bytes: 10_240, type: 'image/png' };
/** Twice as many as the edge remembers, so that a set that returns is new to the edge again. */
const COOKIE_SETS = 20_000;
const LIFETIME_SECONDS = 86_400;
const REQUESTS = new URL('./support/requests.lua', import.meta.url);
const NAMES = ['local edge', 'local edge, 1 % new cookie sets', 'nginx, secure_link', 'bare Node server'];

export async function run(): Promise<BenchRun> {
  const lacking = missing(NGINX, WRK, TASKSET);
  if (lacking) return { skipped: `${lacking} (Debian packages nginx-light, wrk, util-linux)` };
  const directory = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const cookieFile = join(directory, 'edge-cookies');
  const nginxFile = join(directory, 'nginx-cookies');
  const origin = await startStandIn();
  const servers: Server[] = [];
  try {
    writeFileSync(cookieFile, (await cookieHeaders()).join('\n'));
    writeFileSync(nginxFile, nginxCookie(ALICE, toEpochSeconds(Date.now()) + LIFETIME_SECONDS));
    origin.objects.set(OBJECT.path.slice(1), { body: Buffer.alloc(OBJECT.bytes, 'x'), type: OBJECT.type });
    const edgeScript = new URL('./support/edge-server.ts', import.meta.url);
    const edge = await startScript(edgeScript, { template: TEMPLATE, bindings: bindingsFor(origin) });
    servers.push(edge);
    const nginx = await startNginx(OBJECT);
    servers.push(nginx);
    const bare = await startScript(new URL('./support/bare-server.ts', import.meta.url), OBJECT);
    servers.push(bare);
    let line = 1;
    return await roundsOf([
      () => ask(edge, [cookieFile]),
      async () => {
        const round = await ask(edge, [cookieFile, String(line)]);
        line = (line + Math.floor(round.requests / 100)) % COOKIE_SETS;
        return round;
      },
      () => ask(nginx, [nginxFile]),
      () => ask(bare, [nginxFile]),
    ]);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await origin.close();
    rmSync(directory, { recursive: true });
  }
}

function ask(server: Server, args: string[]): Promise<Round> {
  return load(server, { path: OBJECT.path, script: REQUESTS, args, seconds: ROUND_SECONDS });
}

/** The first set is used all the time. Each of the others belongs to another session. */
async function cookieHeaders(): Promise<string[]> {
  const issuer = createCookieIssuer({
    appOrigin: 'http://localhost:3000',
    filesOrigin: ORIGIN,
    cookieLifetimeSeconds: LIFETIME_SECONDS,
    signer: createKeySigner(EC),
  });
  const newest = toEpochSeconds(Date.now()) - 3_600;
  const headers: string[] = [];
  for (let age = 0; age < COOKIE_SETS; age++) {
    const start = toEpochSeconds((newest - age) * 1_000);
    const { cookies } = await issuer.issue({ id: parseUserId(ALICE), start });
    headers.push(cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
  }
  return headers;
}

async function roundsOf(contenders: (() => Promise<Round>)[]): Promise<BenchResult[]> {
  // The first round warms up.
  for (const contender of contenders) await contender();
  const rounds = contenders.map((): Round[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) rounds[index]?.push(await contender());
  }
  const resultsBy = (
    of: string,
    rate: (round: Round) => number,
    goals: { usual?: Goal; fresh?: Goal } = {},
  ): BenchResult[] => {
    const [usual, fresh, nginx, bare] = rounds.map((list, index) =>
      measurementOf(NAMES[index] ?? '', list.map(rate)),
    );
    if (!usual || !fresh || !nginx || !bare) throw new Error('a contender is missing');
    const unit = 'requests';
    return [
      {
        ...{ name: `valid cookies, ${of}`, unit, ours: usual },
        baselines: [beside(usual, nginx, goals.usual), beside(usual, bare)],
      },
      {
        ...{ name: `1 % never-seen cookie sets, ${of}`, unit, ours: fresh },
        baselines: [beside(fresh, nginx, goals.fresh), beside(fresh, bare)],
      },
    ];
  };
  // No goal here: on a busy machine wrk itself is the bottleneck, and by the clock all contenders look alike.
  return [
    ...resultsBy('a second of CPU time', ({ perCpuSecond }) => perCpuSecond, {
      usual: { atLeast: 0.6 },
      fresh: { atLeast: 0.4 },
    }),
    ...resultsBy('a second', ({ perSecond }) => perSecond).map((result) => ({ ...result, isDetail: true })),
  ];
}

function beside(ours: Measurement, theirs: Measurement, goal?: Goal): BenchResult['baselines'][number] {
  const ratio = ours.median / theirs.median;
  return { ...theirs, ratio, ...(goal === undefined ? {} : { goal }) };
}
