import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { FastifyServerOptions } from 'fastify';
import { createKeyValueStore, type KeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { type App, buildApp } from '../../../../services/auth/app.ts';
import { DETAILS_KEYS } from '../../../../services/auth/details/table.ts';
import type { EdgeStore } from '../../../../services/auth/edge/store.ts';
import { createTokenMac } from '../../../../services/auth/provider/sealer.ts';
import type { TokenMac } from '../../../../services/auth/sessions/secret-token.ts';
import { parseConfig } from '../../../../services/auth/settings/config.ts';
import { isPublicSuffix } from '../../../../services/auth/settings/public-suffix.ts';
import { TIME_LIMITS, type TimeLimits } from '../../../../services/auth/settings/time-limits.ts';
import type { Clock } from '../../../../services/auth/table/clock.ts';
import { createClockGuard } from '../../../../services/auth/table/clock-guard.ts';
import {
  DUE_INDEX,
  createTable as openTable,
  type TablePlace,
} from '../../../../services/auth/table/dynamodb.ts';
import { createStores, type Stores } from '../../../../services/auth/table/stores.ts';
import type { Deps } from '../../../../services/auth/wiring/deps.ts';
import { createDeps } from '../../../../services/auth/wiring/deps.ts';
import { SYSTEM_CLOCK, surroundings } from '../../../../services/auth/wiring/surroundings.ts';
import { createLocalDynamoDb } from '../../../../services/local/dynamodb.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { cachedWeb } from '../../../support/cached-build.ts';
import { CookieJar, send } from '../../../support/client.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { createMemoryEdge } from './memory-stores.ts';
import type { MisbehavingProvider } from './misbehaving-provider.ts';

interface Teardown {
  teardown(fn: () => Promise<void> | void): void;
}

export interface Service {
  app: App;
  deps: Deps;
  /** The stores of the service. A test may act between any two calls. */
  stores: Stores;
  origin: string;
  settings: Record<string, string>;
  /** Sets the clock of the service forward, until the end of the test. */
  passTime(t: Teardown, seconds: number): void;
  /** Runs the schedule, as a process of the service does every minute. */
  runSchedule(): Promise<unknown>;
}

export const STORE_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'a-secret-of-the-store' };

export const REGION = 'us-east-1';

export const TABLE_NAME = 'sessions';
export const DETAILS_TABLE_NAME = 'details';

/** The table of details, in the shape that the stack gives it. */
const DETAILS_SHAPE = {
  KeySchema: [
    { AttributeName: DETAILS_KEYS.partition, KeyType: 'HASH' },
    { AttributeName: DETAILS_KEYS.sort, KeyType: 'RANGE' },
  ],
  AttributeDefinitions: Object.values(DETAILS_KEYS).map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  BillingMode: 'PAY_PER_REQUEST',
} satisfies Partial<CreateTableCommandInput>;

/** The service's table, in the shape that the stack gives it. */
export const TABLE_SHAPE = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: DUE_INDEX.partitionKey, AttributeType: 'S' },
    { AttributeName: DUE_INDEX.sortKey, AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: DUE_INDEX.name,
      KeySchema: [
        { AttributeName: DUE_INDEX.partitionKey, KeyType: 'HASH' },
        { AttributeName: DUE_INDEX.sortKey, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: DUE_INDEX.more },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} satisfies Partial<CreateTableCommandInput>;

export const KEY_VALUE_STORE_ARN = 'arn:aws:cloudfront::000000000000:key-value-store/test';

/** The services of a test are processes of one deployment. */
const LOGIN_SECRET = randomBytes(32).toString('base64url');

export interface TestStores {
  tableName: string;
  keyValueStore: KeyValueStore;
  closeKeyValueStore(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A DynamoDB on loopback with the service's table, and a KeyValueStore. Credentials and addresses go where the SDK and
 * `serviceSettings` read them.
 * @param now the clock of both stores, in milliseconds since 1970
 */
export async function startStore(t: Teardown, now = Date.now): Promise<TestStores> {
  const credentials = STORE_CREDENTIALS;
  const region = REGION;
  const store = createLocalDynamoDb({
    directory: join(temporaryDirectory(t), 'db'),
    region,
    credentials: [credentials],
    now,
  });
  const { port } = await store.listen(0);
  let isOpen = true;
  const close = async () => {
    if (isOpen) await store.close();
    isOpen = false;
  };
  t.teardown(close);
  const keyValueStore = createKeyValueStore();
  const api = createKeyValueStoreApi({
    stores: { [KEY_VALUE_STORE_ARN]: keyValueStore },
    credentials: [credentials],
    now,
  });
  const edge = await api.listen(0);
  let isEdgeOpen = true;
  const closeKeyValueStore = async () => {
    if (isEdgeOpen) await api.close();
    isEdgeOpen = false;
  };
  t.teardown(closeKeyValueStore);
  const endpoint = `http://localhost:${port}`;
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    KEY_VALUE_STORE_ENDPOINT: `http://localhost:${edge.port}`,
    // Nothing listens there, so that no test calls the real S3.
    AWS_ENDPOINT_URL_S3: 'http://localhost:1',
  });
  await createTable(endpoint);
  return { tableName: TABLE_NAME, keyValueStore, closeKeyValueStore, close };
}

/** The service's tables, in a DynamoDB on this machine. */
export async function createTable(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({ region: REGION, endpoint, credentials: STORE_CREDENTIALS });
  await client.send(new CreateTableCommand({ TableName: TABLE_NAME, ...TABLE_SHAPE }));
  await client.send(new CreateTableCommand({ TableName: DETAILS_TABLE_NAME, ...DETAILS_SHAPE }));
  for (const TableName of [TABLE_NAME, DETAILS_TABLE_NAME]) {
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.1 }, { TableName });
  }
  client.destroy();
}

/** The service's stores in a table, for a test that reads or writes there itself. */
export function storesOf(place: TablePlace, edge: EdgeStore = createMemoryEdge()): Stores {
  return createStores({ table: openTable(place), edge, clock: SYSTEM_CLOCK }, createClockGuard());
}

/** Settings of a service on a free port of this machine. Their secrets can be searched for by a test. */
export async function serviceSettings(
  issuer: string,
  changes: Record<string, string> = {},
): Promise<Record<string, string>> {
  const free = await listenOnLoopback(() => {}, 0);
  await free.close(0);
  return {
    APP_ORIGIN: `http://localhost:${free.port}`,
    FILES_ORIGIN: 'http://localhost:1',
    PORT: String(free.port),
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'gateway',
    OIDC_CLIENT_SECRET: 'a-secret-of-the-client',
    TABLE_NAME,
    DETAILS_TABLE_NAME,
    MOVER_FUNCTION_NAME: 'mover',
    BUCKET_NAME: 'files',
    // No mover runs here, so nothing is kept.
    KEEP_DELETED_DAYS: '0',
    KEY_VALUE_STORE_ARN,
    KEY_VALUE_STORE_ENDPOINT: process.env['KEY_VALUE_STORE_ENDPOINT'] ?? 'http://localhost:1',
    KEY_PAIR_ID: 'KTEST',
    SIGNING_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    LOGIN_SECRET,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL_S3: 'http://localhost:1',
    ...changes,
  };
}

/**
 * The app on a socket, with the store from `startStore`.
 * @param clock if it is left out, the clock of this machine; if a test sets `deps.clock.now` later, the time moves in the
 *   stores too, as the service sees it
 */
export async function startService(
  t: Teardown,
  issuer: string,
  changes: Record<string, string> = {},
  logger: FastifyServerOptions['logger'] = false,
  limits: TimeLimits = { ...TIME_LIMITS, keysMs: 100 },
  clock: Clock = { ...SYSTEM_CLOCK },
): Promise<Service> {
  const settings = await serviceSettings(issuer, changes);
  const web = await cachedWeb();
  const config = parseConfig(settings, isPublicSuffix);
  const around = surroundings(config, limits, clock);
  const deps = await createDeps(
    config,
    {
      webDirectory: pathToFileURL(`${config.webDirectory ?? web}/`),
      outlivesRequests: true,
      log: () => ({ error: () => {} }),
    },
    around,
  );
  const app = await buildApp(deps, logger);
  await app.listen({ host: '127.0.0.1', port: Number(settings['PORT']) });
  t.teardown(async () => {
    const closed = app.close();
    // A connection that becomes idle meanwhile would stay for as long as the server keeps one alive.
    app.server.closeAllConnections();
    await closed;
  });
  return {
    ...{ app, deps, stores: around.stores, origin: settings['APP_ORIGIN'] ?? '', settings },
    passTime(test, seconds) {
      const { now } = clock;
      clock.now = () => now() + seconds * 1_000;
      test.teardown(() => {
        clock.now = now;
      });
    },
    runSchedule: () => deps.schedule.run(10_000),
  };
}

/** Makes the tokens of a service's sessions. */
export function tokenMacOf({ settings }: Pick<Service, 'settings'>): TokenMac {
  return createTokenMac([Buffer.from(settings['LOGIN_SECRET'] ?? '', 'base64url')]);
}

export interface Attempt {
  /** The answer of the callback. */
  answer: Response;
  code: string | undefined;
  jar: CookieJar;
  callbackUrl: string;
}

/** Signs in up to the address of the callback, which is not requested yet. */
export async function beginLogin(
  { origin }: { origin: string },
  { jar = new CookieJar(), returnTo = '/' } = {},
): Promise<{ jar: CookieJar; callbackUrl: string }> {
  const login = await send(jar, `${origin}/auth/login?return_to=${encodeURIComponent(returnTo)}`);
  const authorize = await fetch(login.headers.get('location') ?? '', { redirect: 'manual' });
  return { jar, callbackUrl: authorize.headers.get('location') ?? '' };
}

/** Does a whole sign-in. `code` is the code of a refusal. */
export async function attemptLogin(
  service: { origin: string },
  provider: MisbehavingProvider,
  misbehavior: Parameters<MisbehavingProvider['is']>[0] = {},
  options: { jar?: CookieJar; returnTo?: string } = {},
): Promise<Attempt> {
  provider.is(misbehavior);
  const { jar, callbackUrl } = await beginLogin(service, options);
  return callback(jar, callbackUrl);
}

export async function callback(
  jar: CookieJar,
  callbackUrl: string,
  headers: Record<string, string> = {},
): Promise<Attempt> {
  const answer = await send(jar, callbackUrl, { headers });
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  const body: unknown = isProblem ? await answer.clone().json() : {};
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : undefined;
  return { answer, code, jar, callbackUrl };
}
