import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createClockGuard } from '../../../../../services/auth/adapters/clock-guard.ts';
import {
  createEdgeStore,
  createKeyValueStoreClient,
} from '../../../../../services/auth/adapters/edge-store.ts';
import { createStores } from '../../../../../services/auth/adapters/stores.ts';
import { parseSessionToken } from '../../../../../services/auth/domain/session.ts';
import { TIME_LIMITS } from '../../../../../services/auth/domain/time-limits.ts';
import { createEdgeTeller } from '../../../../../services/auth/revocations/edge-teller.ts';
import { createSessions } from '../../../../../services/auth/sessions/sessions.ts';
import { SYSTEM_CLOCK } from '../../../../../services/auth/surroundings.ts';
import { TEST_MAC } from '../seed-session.ts';

export interface InstanceOptions {
  aws: { region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  table: { endpoint: string; tableName: string };
  edge: { endpoint: string; keyValueStoreArn: string };
  /** The time that a call to the KeyValueStore takes. */
  edgeCallMs: number;
  /** Other work on the machine makes calls longer. An instance then waits for the edge longer by this factor. */
  slowness: number;
  /** If false, the instance freezes after its answer, as on Lambda. */
  outlivesRequests: boolean;
}

export interface SignOut {
  beganMs: number;
  /** When the record was written. */
  endedMs: number;
  answeredMs: number;
  edge: 'told' | 'pending';
}

/** One instance of the service, with its own stores and connections. */
export function createInstance({
  aws,
  table,
  edge,
  edgeCallMs,
  slowness,
  outlivesRequests,
}: InstanceOptions) {
  let isFrozen = false;
  /** The calls of a frozen instance get no answer, and have no effect. */
  const orFrozen = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isFrozen) return new Promise(() => {});
    return await call().finally(() => (isFrozen ? new Promise(() => {}) : undefined));
  };
  const db = new DynamoDBClient({ ...aws, endpoint: table.endpoint, maxAttempts: 3 });
  const client = createKeyValueStoreClient({ ...aws, endpoint: edge.endpoint, maxAttempts: 1 });
  const [askTable, askEdge] = [db.send.bind(db), client.send.bind(client)];
  const frozenTable = Object.assign(db, {
    send: (...given: Parameters<typeof db.send>) => orFrozen(() => Reflect.apply(askTable, db, given)),
  });
  const frozenEdge = Object.assign(client, {
    send: (...given: Parameters<typeof client.send>) =>
      orFrozen(async () => {
        await SYSTEM_CLOCK.sleep(edgeCallMs / 2);
        const answer: unknown = await Reflect.apply(askEdge, client, given);
        await SYSTEM_CLOCK.sleep(edgeCallMs / 2);
        return answer;
      }),
  });
  const clockGuard = createClockGuard();
  const stores = createStores(
    { db: frozenTable, tableName: table.tableName },
    createEdgeStore({ client: frozenEdge, keyValueStoreArn: edge.keyValueStoreArn }),
    clockGuard,
  );
  const surroundings = {
    clock: SYSTEM_CLOCK,
    limits: { ...TIME_LIMITS, edgeMs: TIME_LIMITS.edgeMs * slowness },
  };
  const teller = createEdgeTeller({
    ...stores,
    ...surroundings,
    outlivesRequests,
    onEdgeError: () => {},
  });
  const sessions = createSessions({
    ...{ ...stores, ...surroundings, teller },
    clockGuard,
    sealer: { seal: async () => '', open: async () => undefined },
    tokenMac: TEST_MAC,
    cookieLifetimeSeconds: 900,
  });

  return {
    /** Opens the connections. */
    async warmUp(): Promise<void> {
      await Promise.all([stores.lease.read(), stores.edge.describe()]);
    },

    /** Signs out as `POST /auth/logout` does. */
    async signOut(token: string): Promise<SignOut> {
      const beganMs = Date.now();
      const current = await sessions.find(parseSessionToken(token));
      if (!current) throw new Error('no session');
      const ended = await sessions.end(current);
      const endedMs = Date.now();
      const [told] = await Promise.all([ended.edge, ended.ticket]);
      isFrozen = !outlivesRequests;
      return { beganMs, endedMs, answeredMs: Date.now(), edge: told };
    },

    drain: (budgetMs: number) => teller.drain(Date.now() + budgetMs),
  };
}
