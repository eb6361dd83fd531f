import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { create, createKey } from 'dynalite/db/index.js';
import { Pool } from 'undici';
import { toEpochSeconds } from '../../../core/epoch-seconds.ts';
import { SESSION_LIFETIME_SECONDS } from '../../../core/time-bounds.ts';
import { deriveUserId } from '../../../core/user-id.ts';
import { createTokenMac } from '../../../services/auth/adapters/sealer.ts';
import { createTokenStore } from '../../../services/auth/adapters/tokens.ts';
import { createUserStore } from '../../../services/auth/adapters/users.ts';
import { withCookieLifetime, withSession } from '../../../services/auth/domain/live-sessions.ts';
import { issueToken, type TokenMac } from '../../../services/auth/domain/secret-token.ts';
import { newSessionId } from '../../../services/auth/domain/session.ts';
import { NEW_USER } from '../../../services/auth/domain/user-record.ts';
import { openLocalState, REGION } from '../../../services/local/state.ts';
import { startTestStack, type TestStack, temporaryDirectory } from '../../support/test-stack.ts';
import { type Curve, figure, type Step } from './growth.ts';
import { cpuSeconds, memoryAfterCollection, serviceProcess, tableName } from './service-process.ts';

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

type Item = Record<string, AttributeValue>;

const TABLE = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
};
const ITEMS_A_BATCH = 2_000;
const COOKIE_LIFETIME_SECONDS = 900;

/**
 * One session for each of many users, as sign-ins leave them. The service's own adapters make the items, and they go
 * into dynalite's store before it is opened. Over HTTP, 25 at once, a million items would take six minutes.
 * @param directory of the local DynamoDB
 * @returns the values of the session cookies
 */
export async function seedSessions(
  { directory, tableName }: { directory: string; tableName: string },
  count: number,
  tokenMac: TokenMac,
): Promise<string[]> {
  const items: Item[] = [];
  const db = collectingClient(items);
  const tokens = createTokenStore({ db, tableName });
  const users = createUserStore({ db, tableName });
  const store = create({ path: directory });
  const itemDb = store.getItemDb(tableName);
  const batch = promisify(itemDb.batch);
  const write = async () => {
    const puts = items
      .splice(0)
      .map((value) => ({ type: 'put' as const, key: createKey(value, TABLE), value }));
    await batch(puts);
  };
  const cookies: string[] = [];
  for (let number = 0; number < count; number++) {
    const id = newSessionId();
    const now = toEpochSeconds(Date.now());
    const expiresAtEpoch = now + SESSION_LIFETIME_SECONDS;
    const userId = deriveUserId('growth', String(number));
    const { token, hash: tokenHash } = issueToken(tokenMac, 'session', userId);
    const subjectHash = 'x'.repeat(22);
    const session = {
      ...{ id, tokenHash, subjectHash, sidHash: subjectHash, expiresAtEpoch },
      ...{ createdAtEpoch: now, lastUsedAtEpoch: now, issuedAtEpoch: now },
    };
    const user = withSession(withCookieLifetime(NEW_USER, COOKIE_LIFETIME_SECONDS), session, now);
    if (!user) throw new Error('a first session has a start');
    await users.write(userId, 0, user);
    await tokens.put(id, 'x'.repeat(1_200), expiresAtEpoch);
    cookies.push(token);
    if (items.length >= ITEMS_A_BATCH) await write();
  }
  await write();
  await store.db.close();
  return cookies;
}

/** A client that finds no item, and collects every item that it is told to put. */
function collectingClient(items: Item[]): DynamoDBClient {
  return Object.assign(new DynamoDBClient({ region: REGION }), {
    send: async ({ input }: { input: { Item?: Item } }) => {
      if (input.Item) items.push(input.Item);
      return {};
    },
  });
}
