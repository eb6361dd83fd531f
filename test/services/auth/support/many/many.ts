import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { build } from 'esbuild';
import { parseUserId, type UserId } from '../../../../../core/user-id.ts';
import { createUserStore } from '../../../../../services/auth/adapters/users.ts';
import { NEW_USER, type UserRecord } from '../../../../../services/auth/domain/user-record.ts';
import { temporaryDirectory } from '../../../../support/test-stack.ts';
import { nowEpoch, seedSession } from '../seed-session.ts';
import { KEY_VALUE_STORE_ARN, REGION, STORE_CREDENTIALS, TABLE_NAME } from '../service.ts';
import { type Revoked, startEdge } from './edge.ts';
import type { SignOut } from './instance.ts';
import type { Order } from './instances.ts';
import { watchProcessors } from './processor.ts';

const EDGE_CALL_MS = 100;
const BATCH_WRITE_ITEMS = 25;
const PATIENCE_MS = 20_000;

interface Teardown {
  teardown(fn: () => Promise<void> | void): void;
}

export interface Crowd {
  processes: number;
  /** Instances in each process. Each one signs one session out. */
  instances: number;
  /** How many users these sessions have. */
  users: number;
  outlivesRequests: boolean;
}

/** Processes with a table and a KeyValueStore of 100 ms a call. All of them have started when this returns. */
export async function startMany(t: Teardown, { processes, expired }: { processes: number; expired: number }) {
  const database = start(t, new URL('database.ts', import.meta.url));
  const { endpoint } = await next(database);
  const aws = { region: REGION, credentials: STORE_CREDENTIALS };
  const db = new DynamoDBClient({ ...aws, endpoint });
  t.teardown(() => db.destroy());
  const users = createUserStore({ db, tableName: TABLE_NAME });
  const expiredNames = Array.from({ length: expired }, (_, index) => parseUserId(`expired-${index}`));
  const edge = await startEdge(t, Object.fromEntries(expiredNames.map((name) => [name, '0,1,|0,'])));
  const script = await bundled(t);
  const startInstances = async () => {
    const child = start(t, script);
    await next(child);
    return child;
  };
  const children: ChildProcess[] = [];
  for (let index = 0; index < processes; index++) children.push(await startInstances());
  const schedule = await startInstances();
  const pids = [process.pid, ...[database, ...children].map(({ pid }) => pid ?? 0)];
  let crowds = 0;
  /** The part of the machine that other work left to these processes, at the last look. */
  let lastPart = 1;

  async function setUp(child: ChildProcess, count: number, outlivesRequests: boolean): Promise<void> {
    const stores = {
      table: { endpoint, tableName: TABLE_NAME },
      edge: { endpoint: edge.endpoint, keyValueStoreArn: KEY_VALUE_STORE_ARN },
    };
    const setting = { edgeCallMs: EDGE_CALL_MS, slowness: 1 / lastPart, outlivesRequests };
    await ask(child, { setUp: { aws, ...stores, ...setting }, count });
  }

  return {
    /** Begins to remove expired entries. */
    async removeExpired() {
      await seedExpired(db, expiredNames);
      await setUp(schedule, 1, true);
      const beganMs = Date.now();
      const drained = ask(schedule, { drainMs: 120_000 });
      await edge.firstRemoval;
      const gone = drained.then(() => ({
        goneMs: Date.now() - beganMs,
        left: expiredNames.filter((name) => edge.has(name)).length,
      }));
      return { gone };
    },

    async signOut(crowd: Crowd) {
      const { instances, outlivesRequests } = crowd;
      const chosen = children.slice(0, crowd.processes);
      const number = ++crowds;
      const seeded: (Revoked & { token: string })[] = [];
      for (let index = 0; index < chosen.length * instances; index++) {
        const userId = parseUserId(`person-${number}-${index % crowd.users}`);
        const session = await seedSession(users, userId, { userAgent: 'Mozilla/5.0 '.repeat(8) });
        seeded.push({ userId, ...session });
      }
      for (const child of chosen) await setUp(child, instances, outlivesRequests);
      edge.takeCounts();
      await ask(database, {});
      const processors = watchProcessors(pids);
      const answers = await Promise.all(
        chosen.map((child, index) => {
          const own = seeded.slice(index * instances, (index + 1) * instances);
          return ask(child, { tokens: own.map(({ token }) => token) });
        }),
      );
      const told = await edge.told(seeded, PATIENCE_MS);
      const { part, ownSeconds } = processors();
      lastPart = part;
      const { counts } = await ask(database, {});
      const results: (SignOut | { error: string })[] = answers.flatMap(({ signOuts }) => signOuts);
      const done = results.flatMap((result, index) => ('error' in result ? [] : [{ ...result, index }]));
      const beganMs = Math.min(...done.map((each) => each.beganMs));
      const toldMs = done.map(({ index }) => (told[index] ?? Number.POSITIVE_INFINITY) - beganMs);
      return {
        errors: results.flatMap((result) => ('error' in result ? [result.error] : [])),
        /** From the first request until the edge's store has the last revocation; Infinity if it never has. */
        lastToldMs: Math.max(...toldMs),
        p99Ms: quantile(toldMs, 0.99),
        lastAnswerMs: Math.max(...done.map(({ answeredMs }) => answeredMs - beganMs)),
        pending: done.filter((each) => each.edge === 'pending').length,
        lost: toldMs.filter((ms) => ms === Number.POSITIVE_INFINITY).length,
        edge: edge.takeCounts(),
        calls: counts,
        /** The part of the processors that other work left to these processes, and the time that they used. */
        processors: { part, ownSeconds },
      };
    },
  };
}

/** One bundle, because fifty processes that each compile a thousand files would take minutes to start. */
async function bundled(t: Teardown): Promise<URL> {
  const outfile = join(temporaryDirectory(t), 'instances.cjs');
  const entryPoints = [fileURLToPath(new URL('instances.ts', import.meta.url))];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
  return pathToFileURL(outfile);
}

function start(t: Teardown, script: URL): ChildProcess {
  const child = fork(script, { execArgv: [] });
  t.teardown(async () => {
    if (child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  });
  return child;
}

async function next(child: ChildProcess) {
  const over = new AbortController();
  const ended = once(child, 'exit', { signal: over.signal }).then(([code]) => {
    throw new Error(`a process ended: ${code}`);
  });
  ended.catch(() => {});
  const [message] = await Promise.race([once(child, 'message'), ended]);
  over.abort();
  return message;
}

async function ask(child: ChildProcess, order: Order | Record<string, never>) {
  child.send(order);
  return next(child);
}

/** Users whose entry at the edge has expired. */
async function seedExpired(db: DynamoDBClient, names: UserId[]): Promise<void> {
  const requests: WriteRequest[] = [];
  const collecting = Object.assign(new DynamoDBClient({ region: REGION }), {
    send: async ({ input }: { input: { Item?: NonNullable<WriteRequest['PutRequest']>['Item'] } }) => {
      requests.push({ PutRequest: { Item: input.Item } });
      return { $metadata: { requestId: 'collected' } };
    },
  });
  const store = createUserStore({ db: collecting, tableName: TABLE_NAME });
  for (const [index, name] of names.entries()) {
    // Each has a second of its own, because dynalite tells two items of one index key apart by 24 bits only.
    const past = nowEpoch() - 60 - index;
    const user: UserRecord = {
      ...NEW_USER,
      ...{ lastStart: 1, changes: 1, told: 1, entryExpiresEpoch: past },
      revokedStarts: [{ number: 1, untilEpoch: past - 150 }],
    };
    await store.write(name, 0, user);
  }
  while (requests.length > 0) {
    const batch = { [TABLE_NAME]: requests.splice(0, BATCH_WRITE_ITEMS) };
    await db.send(new BatchWriteItemCommand({ RequestItems: batch }));
  }
}

function quantile(values: number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Number.NaN;
}
