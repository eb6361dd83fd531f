import { join } from 'node:path';
import process from 'node:process';
import { Pool } from 'undici';
import { createTokenMac } from '../../../services/auth/adapters/sealer.ts';
import { openLocalState } from '../../../services/local/state.ts';
import { startTestStack, type TestStack, temporaryDirectory } from '../../support/test-stack.ts';
import type { Curve, Step } from './growth-curve.ts';
import { figure } from './growth-of-folders.ts';
import { memoryAfterCollection } from './service-memory.ts';
import { cpuSeconds, serviceProcess, tableName } from './service-process.ts';
import { seedSessions } from './session-seed.ts';

const SIZES = [10, 1_000, 100_000, 1_000_000];
const ROUNDS = 10;
/** In one round, the same for each size. */
const READS = 2_000;
const RENEWALS = 300;
/** In one round, not measured. All rounds together ask for 100,000 different sessions, if there are so many. */
const MORE_READS = 8_000;
const AT_ONCE = 16;
const flat = { from: 100_000, atMost: 1.2 };

interface Teardown {
  teardown(end: () => Promise<void> | void): void;
}

/** A whole local system with this many sessions. */
interface Place {
  size: number;
  read(): Promise<void>;
  renew(): Promise<void>;
  cpuSeconds(): number;
  memory(): ReturnType<typeof memoryAfterCollection>;
  rounds: { readMicroseconds: number[]; renewalMicroseconds: number[]; waitMicroseconds: number[] };
}

/**
 * The service beside stores of more and more sessions: the cost of reading one and of renewing its cookies, and the
 * memory afterwards. The sizes take turns. The database is dynalite, in JavaScript; DynamoDB grows differently.
 */
export async function growSessions(): Promise<Curve[]> {
  const ends: (() => Promise<void> | void)[] = [];
  const t = { teardown: (end: () => Promise<void> | void) => void ends.push(end) };
  try {
    const table = await nameOfTable();
    const places: Place[] = [];
    for (const size of SIZES) places.push(await startPlace(t, table, size));
    for (let round = 0; round < ROUNDS; round++) {
      for (const place of places) await measure(place);
    }
    return await curvesOf(places);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

/** The table has the same name in every local system. */
async function nameOfTable(): Promise<string> {
  const ends: (() => Promise<void> | void)[] = [];
  await startTestStack({ teardown: (end) => ends.push(end) });
  const name = tableName();
  for (const end of ends.toReversed()) await end();
  return name;
}

async function startPlace(t: Teardown, table: string, size: number): Promise<Place> {
  const directory = temporaryDirectory(t);
  const { loginSecret } = openLocalState(directory).secrets;
  const tokens = await seedSessions(
    { directory: join(directory, 'dynamodb'), tableName: table },
    size,
    createTokenMac([Buffer.from(loginSecret, 'base64url')]),
  );
  // Memory is read by Node's inspector. Several services run at once, so each takes a free port.
  process.env['NODE_OPTIONS'] = '--inspect-port=127.0.0.1:0';
  const stack = await startTestStack(t, { directory });
  delete process.env['NODE_OPTIONS'];
  const pid = serviceProcess();
  const pool = new Pool(stack.appOrigin, { connections: AT_ONCE });
  t.teardown(() => pool.destroy());
  let turn = 0;
  // Visits sessions all over the store. Each has its turn before any comes twice: the size and this number have no
  // common divisor.
  const next = () => tokens[(turn++ * 7_919) % size] ?? '';
  return {
    size,
    read: () => ask(pool, { path: '/auth/session', method: 'GET', token: next() }),
    renew: () => ask(pool, renewalOf(stack, next())),
    cpuSeconds: () => cpuSeconds(pid),
    memory: () => memoryAfterCollection(stack, pid),
    rounds: { readMicroseconds: [], renewalMicroseconds: [], waitMicroseconds: [] },
  };
}

interface Asked {
  path: string;
  method: 'GET' | 'POST';
  token: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The library's background renewal. It does not extend the idle lifetime, so all renewals cost the same. */
function renewalOf({ appOrigin }: TestStack, token: string): Asked {
  const headers = { origin: appOrigin, 'content-type': 'application/json' };
  return { path: '/auth/refresh', method: 'POST', token, headers, body: '{"background":true}' };
}

async function ask(pool: Pool, { token, headers, ...request }: Asked): Promise<void> {
  const cookie = `__Host-session=${token}`;
  const { statusCode, body } = await pool.request({ ...request, headers: { ...headers, cookie } });
  await body.dump();
  if (statusCode !== 200) throw new Error(`${statusCode} from ${request.path}`);
}

async function measure({ size, read, renew, cpuSeconds, rounds }: Place): Promise<void> {
  const beganSeconds = cpuSeconds();
  await readMany(read, READS);
  const betweenSeconds = cpuSeconds();
  rounds.readMicroseconds.push(((betweenSeconds - beganSeconds) * 1_000_000) / READS);
  const waits: number[] = [];
  for (let turn = 0; turn < RENEWALS; turn++) {
    const beganMs = performance.now();
    await renew();
    waits.push((performance.now() - beganMs) * 1_000);
  }
  rounds.renewalMicroseconds.push(((cpuSeconds() - betweenSeconds) * 1_000_000) / RENEWALS);
  rounds.waitMicroseconds.push(waits.toSorted((a, b) => a - b)[RENEWALS >> 1] ?? Number.NaN);
  if (size >= 100_000) await readMany(read, MORE_READS);
}

async function readMany(read: () => Promise<void>, count: number): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun++ < count) await read();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function curvesOf(places: Place[]): Promise<Curve[]> {
  const memory: { resident: number; heap: number }[] = [];
  for (const place of places) {
    const { residentMegabytes, heapMegabytes } = await place.memory();
    memory.push({ resident: residentMegabytes, heap: heapMegabytes });
  }
  const steps = (rounds: (place: Place, index: number) => number[]): Step[] =>
    places.map((place, index) => ({
      size: `${figure(place.size)} sessions`,
      at: place.size,
      rounds: rounds(place, index),
    }));
  const kept = (kind: 'resident' | 'heap') => steps((_place, index) => [memory[index]?.[kind] ?? Number.NaN]);
  const time = (kind: keyof Place['rounds']) => steps((place) => place.rounds[kind]);
  const of = 'sessions';
  return [
    { name: 'memory of the service', unit: 'MB', of, steps: kept('resident'), flat },
    { name: 'heap of the service', unit: 'MB', of, steps: kept('heap'), flat },
    {
      name: 'a look at a session, CPU of the service',
      unit: 'µs',
      of,
      steps: time('readMicroseconds'),
      flat,
    },
    { name: 'a renewal, CPU of the service', unit: 'µs', of, steps: time('renewalMicroseconds'), flat },
    { name: 'a renewal, one at a time', unit: 'µs', of, steps: time('waitMicroseconds') },
  ];
}

if (import.meta.main) console.dir(await growSessions(), { depth: null });
