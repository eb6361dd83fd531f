import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { create, createKey } from 'dynalite/db/index.js';
import { type Dispatcher, Pool } from 'undici';
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
import { atOnce } from '../../support/at-once.ts';
import {
  cpuSeconds,
  type Memory,
  memoryAfterCollection,
  servicePid,
  tableName,
} from '../../support/process-figures.ts';
import { startTestStack, type Teardown, temporaryDirectory, withTeardown } from '../../support/test-stack.ts';
import { type Curve, type Step, step } from './growth.ts';
import { amount, inTurns } from './measure.ts';

const SIZES = [10, 1_000, 100_000, 1_000_000].slice(0, amount(4, 2));
const ROUNDS = 10;
/** In one round, the same for each size. */
const READS = amount(2_000, 50);
const RENEWALS = amount(300, 10);
/** In one round, not measured. All rounds together ask for 100,000 different sessions, if there are so many. */
const MORE_READS = 8_000;
const AT_ONCE = 16;
const flat = { from: 100_000, atMost: 1.2 };

type Round = Record<'readMicroseconds' | 'renewalMicroseconds' | 'waitMicroseconds', number>;

/** A whole local system with this many sessions. */
interface Place {
  size: number;
  renew(): Promise<void>;
  measure(): Promise<Round>;
  memory(): Promise<Memory>;
}

/**
 * The service beside stores of more and more sessions: the cost of reading one and of renewing its cookies, and the
 * memory afterwards. The sizes take turns. The database is dynalite, in JavaScript; DynamoDB grows differently.
 */
export async function growSessions(t: Teardown): Promise<Curve[]> {
  const table = await nameOfTable();
  const places: Place[] = [];
  for (const size of SIZES) places.push(await startPlace(t, table, size));
  const rounds = await inTurns(
    places.map(({ measure }) => measure),
    ROUNDS,
  );
  const [resident, heap]: [Step[], Step[]] = [[], []];
  for (const { size, memory } of places) {
    const { residentMegabytes, heapMegabytes } = await memory();
    resident.push(step('sessions', size, [residentMegabytes]));
    heap.push(step('sessions', size, [heapMegabytes]));
  }
  const time = (kind: keyof Round) =>
    SIZES.map((size, index) =>
      step(
        'sessions',
        size,
        (rounds[index] ?? []).map((round) => round[kind]),
      ),
    );
  const curve = (name: string, unit: 'MB' | 'µs', steps: Step[]): Curve => ({
    name,
    unit,
    of: 'sessions',
    steps,
  });
  return [
    { ...curve('memory of the service', 'MB', resident), flat },
    { ...curve('heap of the service', 'MB', heap), flat },
    { ...curve('a look at a session, CPU of the service', 'µs', time('readMicroseconds')), flat },
    { ...curve('a renewal, CPU of the service', 'µs', time('renewalMicroseconds')), flat },
    curve('a renewal, one at a time', 'µs', time('waitMicroseconds')),
  ];
}

/** The table has the same name in every local system. */
export function nameOfTable(): Promise<string> {
  return withTeardown(async (t) => {
    await startTestStack(t);
    return tableName();
  });
}

export async function startPlace(t: Teardown, table: string, size: number): Promise<Place> {
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
  const pid = servicePid();
  const pool = new Pool(stack.appOrigin, { connections: AT_ONCE });
  t.teardown(() => pool.destroy());
  let turn = 0;
  const ask = async (request: Dispatcher.RequestOptions, headers = {}) => {
    // Visits sessions all over the store. Each has its turn before any comes twice: the size and this number have no
    // common divisor.
    const cookie = `__Host-session=${tokens[(turn++ * 7_919) % size]}`;
    const { statusCode, body } = await pool.request({ ...request, headers: { ...headers, cookie } });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${statusCode} from ${request.path}`);
  };
  const readMany = (count: number) =>
    atOnce(AT_ONCE, Array(count).keys(), () => ask({ path: '/auth/session', method: 'GET' }));
  // The library's background renewal. It does not extend the idle lifetime, so all renewals cost the same.
  const renewal = { path: '/auth/refresh', method: 'POST', body: '{"background":true}' } as const;
  const ofPage = { origin: stack.appOrigin, 'content-type': 'application/json' };
  const renew = () => ask(renewal, ofPage);
  return {
    size,
    renew,
    async measure() {
      const beganSeconds = cpuSeconds(pid);
      await readMany(READS);
      const betweenSeconds = cpuSeconds(pid);
      const waits: number[] = [];
      for (let turn = 0; turn < RENEWALS; turn++) {
        const beganMs = performance.now();
        await renew();
        waits.push((performance.now() - beganMs) * 1_000);
      }
      const endSeconds = cpuSeconds(pid);
      if (size >= 100_000) await readMany(MORE_READS);
      return {
        readMicroseconds: ((betweenSeconds - beganSeconds) * 1_000_000) / READS,
        renewalMicroseconds: ((endSeconds - betweenSeconds) * 1_000_000) / RENEWALS,
        waitMicroseconds: waits.toSorted((a, b) => a - b)[RENEWALS >> 1] ?? Number.NaN,
      };
    },
    memory: () => memoryAfterCollection(stack, pid),
  };
}

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
async function seedSessions(
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
      return { $metadata: { requestId: 'seed' } };
    },
  });
}
