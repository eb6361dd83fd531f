import process from 'node:process';
import { Pool } from 'undici';
import { startMisbehavingProvider } from '../services/auth/support/misbehaving-provider.ts';
import { createTable, startStore } from '../services/auth/support/service.ts';
import { startServiceProcess } from '../services/auth/support/service-process.ts';
import { startThrottledDynamoDb } from '../services/auth/support/throttled-dynamodb.ts';
import { atOnce } from '../support/at-once.ts';
import { parseJson } from '../support/client.ts';
import { cpuMicroseconds } from '../support/process-figures.ts';
import { type StrangerRequest, strangerRequests } from '../support/stranger-requests.ts';
import type { Teardown } from '../support/test-stack.ts';
import { amount, type BenchResult, type BenchRun, compare, inTurns } from './support/measure.ts';

const ROUNDS = 2;
const REQUESTS = amount(200, 5);
const AT_ONCE = 16;
/** An operation of less than so many `GET /livez` is a detail. */
const COSTLY = 5;

/** What one request costs on average, in microseconds, beside `GET /livez` in turn. */
interface Round {
  microseconds: number;
  livez: number;
  storeCalls: number;
}

/**
 * The processor time of the service for a stranger's request, for each operation, beside `GET /livez`. No limit is in
 * the way: these are the costs up to the limits.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  await startStore(t);
  const db = await startThrottledDynamoDb();
  t.teardown(() => db.close());
  await createTable(db.endpoint);
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = db.endpoint;
  const provider = await startMisbehavingProvider(t);
  const service = await startServiceProcess(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1000000' });
  const pid = service.child.pid ?? 0;
  const pool = new Pool(service.origin, { connections: AT_ONCE });
  t.teardown(() => pool.destroy());
  const document = await fetch(`${service.origin}/api/openapi.json`);
  const requests = strangerRequests(await parseJson(document), service.origin);
  const livez = requests.find(({ name }) => name === 'livez');
  if (!livez) throw new Error('there is no livez');
  const cost = async (request: StrangerRequest) => {
    const before = cpuMicroseconds(pid);
    await send(pool, request);
    return (cpuMicroseconds(pid) - before) / REQUESTS;
  };
  const others = requests.filter((request) => request !== livez);
  const rounds = await inTurns(
    others.map((request) => async (): Promise<Round> => {
      const beside = await cost(livez);
      db.calls.splice(0);
      return { livez: beside, microseconds: await cost(request), storeCalls: db.calls.length };
    }),
    ROUNDS,
    // The first round loads and compiles what the others measure.
    1,
  );
  return others.map(({ name }, index) => resultOf(name, rounds[index] ?? []));
}

async function send(pool: Pool, { path, method, headers, body }: StrangerRequest): Promise<void> {
  const request = { path, method: method as 'GET', headers, ...(body === undefined ? {} : { body }) };
  const ask = async (): Promise<void> => {
    await (await pool.request(request)).body.dump();
  };
  await atOnce(AT_ONCE, Array(REQUESTS).keys(), ask);
}

function resultOf(name: string, rounds: Round[]): BenchResult {
  const calls = rounds.reduce((sum, { storeCalls }) => sum + storeCalls, 0) / (ROUNDS * REQUESTS);
  const result = compare(
    [`${name}; ${calls < 0.1 ? 'no' : calls.toFixed(1)} store calls`, 'µs of processor time'],
    [name, rounds.map(({ microseconds }) => microseconds)],
    // Each sign-in that begins counts for its address, so its cost has a limit.
    ['GET /livez', rounds.map(({ livez }) => livez), name.startsWith('login') ? undefined : { atMost: 10 }],
  );
  return { ...result, isDetail: (result.baselines[0]?.ratio ?? 0) < COSTLY && calls < 0.1 };
}
