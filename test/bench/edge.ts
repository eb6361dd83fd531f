import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { parseUserId } from '../../core/user-id.ts';
import { createKeySigner } from '../../services/auth/adapters/key-signer.ts';
import { createCookieIssuer } from '../../services/auth/cookie-issuer.ts';
import { ALICE, bindingsFor, EC, ORIGIN, TEMPLATE } from '../edge/local/support/edge.ts';
import { startStandIn } from '../edge/local/support/stand-in.ts';
import { startChild } from '../support/child.ts';
import { type Teardown, temporaryDirectory } from '../support/test-stack.ts';
import { amount, type BenchRun, compare, inTurns, type Rounds } from './support/measure.ts';
import { nginxCookie, startNginx } from './support/nginx.ts';
import { load, type Server, TASKSET } from './support/wrk.ts';

/**
 * The local edge sends a cached object of 10 KB for valid cookies, with both functions. It is compared with nginx with
 * `secure_link`, and with a bare HTTP server of Node. An object that is not kept is compared with a bare proxy of Node
 * that signs each request to the bucket. Each has one process on the first core, wrk has the second; rounds take turns.
 * This measures a test tool, not CloudFront.
 */
const ROUNDS = 7;
const ROUND_SECONDS = amount(4, 1);
const OBJECT = { path: `/users/${ALICE}/ten.png`, bytes: 10_240, type: 'image/png' };
/** Twice as many as the edge remembers, so that a set that returns is new to the edge again. */
const COOKIE_SETS = amount(20_000, 200);
const LIFETIME_SECONDS = 86_400;

export async function run(t: Teardown): Promise<BenchRun> {
  const directory = temporaryDirectory(t);
  const [cookieFile, nginxFile] = [join(directory, 'edge-cookies'), join(directory, 'nginx-cookies')];
  writeFileSync(cookieFile, (await cookieHeaders()).join('\n'));
  writeFileSync(nginxFile, nginxCookie(ALICE, toEpochSeconds(Date.now()) + LIFETIME_SECONDS));
  const origin = await startStandIn();
  t.teardown(() => origin.close());
  origin.objects.set(OBJECT.path.slice(1), { body: Buffer.alloc(OBJECT.bytes, 'x'), type: OBJECT.type });
  const edge = await startPinned(t, '../edge/local/support/edge-process.ts', {
    template: TEMPLATE,
    bindings: bindingsFor(origin),
  });
  const nginx = await startNginx(t, OBJECT);
  const bare = await startPinned(t, 'support/bare-server.ts', OBJECT);
  const bucket = {
    hostname: '127.0.0.1',
    port: Number(new URL(origin.endpoint).port),
    bucket: 'gateway-files',
  };
  const proxy = await startPinned(t, 'support/bare-proxy.ts', bucket);
  const ask = (server: Server, file: string, fromLine?: number, path = OBJECT.path) =>
    load(server, {
      ...{ path, cookieFile: file, seconds: ROUND_SECONDS },
      ...(fromLine === undefined ? {} : { fromLine }),
    });
  let line = 1;
  const rounds = await inTurns(
    [
      () => ask(edge, cookieFile),
      async () => {
        const round = await ask(edge, cookieFile, line);
        line = (line + Math.floor(round.requests / 100)) % COOKIE_SETS;
        return round;
      },
      () => ask(nginx, nginxFile),
      () => ask(bare, nginxFile),
      // The query `v` is part of the cache key.
      () => ask(edge, cookieFile, undefined, `${OBJECT.path}?v={n}`),
      () => ask(proxy, nginxFile, undefined, `${OBJECT.path}?v={n}`),
    ],
    ROUNDS,
    1,
  );
  // By the clock there is no goal: on a busy machine wrk itself is the bottleneck, and all look alike.
  return [
    ...rows(
      'a second of CPU time',
      rounds.map((of) => of.map(({ perCpuSecond }) => perCpuSecond)),
      [0.6, 0.4, 1],
    ),
    ...rows(
      'a second',
      rounds.map((of) => of.map(({ perSecond }) => perSecond)),
    ).map((result) => ({
      ...result,
      isDetail: true,
    })),
  ];
}

/** A server on the first core. */
async function startPinned(t: Teardown, script: string, options: object): Promise<Server> {
  const how = { execPath: TASKSET, execArgv: ['-c', '0', process.execPath] };
  const { ready, pid, stop } = await startChild(new URL(script, import.meta.url), options, how);
  t.teardown(stop);
  return { port: ready.port, pid };
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

/** @param goals beside nginx, with the same cookies and with new ones, and beside the proxy */
function rows(
  of: string,
  [usual = [], fresh = [], nginx = [], bare = [], notKept = [], proxy = []]: number[][],
  goals: number[] = [],
) {
  const row = (name: string, ours: Rounds, goal: number | undefined) =>
    compare(
      [`${name}, ${of}`, 'requests'],
      ours,
      ['nginx, secure_link', nginx, goal === undefined ? undefined : { atLeast: goal }],
      ['bare Node server', bare],
    );
  return [
    row('valid cookies', ['local edge', usual], goals[0]),
    row('1 % never-seen cookie sets', ['local edge, 1 % new cookie sets', fresh], goals[1]),
    compare(
      [`not kept, ${of}`, 'requests'],
      ['local edge', notKept],
      ['bare signing proxy in Node', proxy, goals[2] === undefined ? undefined : { atLeast: goals[2] }],
    ),
  ];
}
