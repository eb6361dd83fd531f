import process from 'node:process';
import { Pool } from 'undici';
import { startMisbehavingProvider } from '../services/auth/support/misbehaving-provider.ts';
import { createTable, startStore } from '../services/auth/support/service.ts';
import { startServiceProcess } from '../services/auth/support/service-process.ts';
import { startThrottledDynamoDb } from '../services/auth/support/throttled-dynamodb.ts';
import { parseJson } from '../support/client.ts';
import { type StrangerRequest, strangerRequests } from '../support/stranger-requests.ts';
import { type BenchRun, measurementOf } from './support/result.ts';
import { cpuMicroseconds } from './support/service-process.ts';

const ROUNDS = 2;
const REQUESTS = 200;
const AT_ONCE = 16;
/** An operation of less than so many `GET /livez` is a detail. */
const COSTLY = 5;

interface Row {
  request: StrangerRequest;
  microseconds: number[];
  /** In turn with the request's own rounds. */
  livez: number[];
  storeCalls: number;
}

/**
 * The processor time of the service for a stranger's request, for each operation, beside `GET /livez`. No limit is in
 * the way: these are the costs up to the limits.
 */
export async function run(): Promise<BenchRun> {
  const ends: (() => Promise<void> | void)[] = [];
  const t = { teardown: (end: () => Promise<void> | void) => void ends.push(end) };
  try {
    await startStore(t);
    const db = await startThrottledDynamoDb();
    ends.push(() => db.close());
    await createTable(db.endpoint);
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = db.endpoint;
    const provider = await startMisbehavingProvider(t);
    const service = await startServiceProcess(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1000000' });
    const pool = new Pool(service.origin, { connections: AT_ONCE });
    ends.push(() => pool.destroy());
    const document = await fetch(`${service.origin}/api/openapi.json`);
    const requests = strangerRequests(await parseJson(document), service.origin);
    const livez = requests.find(({ name }) => name === 'livez');
    if (!livez) throw new Error('there is no livez');
    const rows: Row[] = requests
      .filter((request) => request !== livez)
      .map((request) => ({ request, microseconds: [], livez: [], storeCalls: 0 }));
    const cost = async (request: StrangerRequest) => {
      const before = cpuMicroseconds(service.child.pid ?? 0);
      await send(pool, request);
      return (cpuMicroseconds(service.child.pid ?? 0) - before) / REQUESTS;
    };
    const measure = async (row: Row) => {
      row.livez.push(await cost(livez));
      db.calls.splice(0);
      row.microseconds.push(await cost(row.request));
      row.storeCalls += db.calls.length;
    };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const row of rows) await measure(row);
      // The first round loads and compiles what the others measure.
      if (round === 0)
        for (const row of rows) Object.assign(row, { microseconds: [], livez: [], storeCalls: 0 });
    }
    return resultsOf(rows);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function send(pool: Pool, { path, method, headers, body }: StrangerRequest): Promise<void> {
  let left = REQUESTS;
  const ask = async () => {
    while (left-- > 0) {
      const request = { path, method: method as 'GET', headers, ...(body === undefined ? {} : { body }) };
      const answer = await pool.request(request);
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
}

function resultsOf(rows: Row[]): BenchRun {
  return rows.map(({ request: { name }, microseconds, livez, storeCalls }) => {
    const calls = storeCalls / (ROUNDS * REQUESTS);
    const ours = measurementOf(name, microseconds);
    const baseline = measurementOf('GET /livez', livez);
    // Each sign-in that begins counts for its address, so its cost has a limit.
    const ratio = ours.median / baseline.median;
    const goal = name.startsWith('login') ? {} : { goal: { atMost: 10 } };
    return {
      name: `${name}; ${calls < 0.1 ? 'no' : calls.toFixed(1)} store calls`,
      unit: 'µs of processor time',
      ours,
      isDetail: ratio < COSTLY && calls < 0.1,
      baselines: [{ ...baseline, ratio, ...goal }],
    };
  });
}
