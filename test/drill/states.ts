import {
  DeleteItemCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { parseUserId, type UserId } from '../../core/user-id.ts';
import { KEY_VALUE_QUOTAS } from '../../edge/local/functions/key-value-store.ts';
import { withEdgeTold, withStartsRevoked } from '../../services/auth/edge/entry.ts';
import { NEW_USER } from '../../services/auth/sessions/record.ts';
import { DUE_INDEX, duePartition } from '../../services/auth/table/dynamodb.ts';
import { EDGE_NOT_TOLD } from '../../services/auth/wiring/logger.ts';
import { readRunning } from '../../services/local/running.ts';
import { REGION } from '../../services/local/state.ts';
import { openSessionStores } from '../../services/operator/cli/stores.ts';
import type { Fault } from './damage.ts';
import type { System } from './system.ts';

/** What a part holds, and what keeps other people's revocations from ending. No answer of the part is changed. */
export interface State {
  /** @returns what is still wrong with the work that was there before */
  untrue(): Promise<string[]>;
  end(): Promise<void>;
}

/** The faults that are states of a part. Every promise must hold while they last. */
export const STATES: Partial<Record<Fault, (system: System) => Promise<State>>> = {
  unreadable: writeUnreadable,
  full: fillStore,
};

const UNREADABLE = { 'unreadable-newer': '{"format":99}', 'unreadable-broken': '{"format":1,' };
const HOUR_SECONDS = 3_600;

/** Records that have been due for longer than everybody else's. */
async function writeUnreadable({ stack }: System): Promise<State> {
  const { ports } = stack.settings;
  const db = new DynamoDBClient({
    region: REGION,
    endpoint: `http://localhost:${ports.dynamodb}`,
    credentials: stack.state.secrets.service,
  });
  const { TableNames = [] } = await db.send(new ListTablesCommand());
  const TableName = TableNames.find((name) => name.includes('Sessions'));
  const dueAt = toEpochSeconds(Date.now()) - HOUR_SECONDS;
  for (const [id, record] of Object.entries(UNREADABLE)) {
    const due = {
      [DUE_INDEX.partitionKey]: { S: duePartition('pending', `user#${id}`) },
      [DUE_INDEX.sortKey]: { N: String(dueAt) },
    };
    const Item = { pk: { S: `user#${id}` }, version: { N: '1' }, json: { S: record }, ...due };
    await db.send(new PutItemCommand({ TableName, Item }));
  }
  return {
    async untrue() {
      const lines = await stack.settledLog();
      const isNamed = (id: string) => lines.some((line) => line.includes(EDGE_NOT_TOLD) && line.includes(id));
      return Object.keys(UNREADABLE).flatMap((id) => (isNamed(id) ? [] : [`the log does not name ${id}`]));
    },
    async end() {
      for (const id of Object.keys(UNREADABLE))
        await db.send(new DeleteItemCommand({ TableName, Key: { pk: { S: `user#${id}` } } }));
      db.destroy();
    },
  };
}

const LONG_ENTRY = '1,|0,'.padStart(1_000, '0');

/** The store may hold what it holds, and no more. Those who wait need room, and only the expired entries can give it. */
async function fillStore({ stack, people }: System): Promise<State> {
  const { keyValueStore } = stack;
  // As many as one update takes, and none of those before.
  const waiting = userIds(`waiting-${people}`, KEY_VALUE_QUOTAS.updateKeys);
  const expired = userIds(`expired-${people}`, 60);
  const { users } = openSessionStores({ env: readRunning(stack.directory), localDirectory: stack.directory });
  const { storeBytes, updateKeys } = KEY_VALUE_QUOTAS;
  for (let from = 0; from < expired.length; from += updateKeys) {
    const puts = expired.slice(from, from + updateKeys).map((key) => ({ key, value: LONG_ENTRY }));
    keyValueStore.update({ puts, deletes: [] }, keyValueStore.describe().etag);
  }
  KEY_VALUE_QUOTAS.storeBytes = keyValueStore.describe().totalBytes;
  const now = toEpochSeconds(Date.now());
  const longAgo = now - 48 * HOUR_SECONDS;
  // Those who wait come first: the schedule must find no expired entry before them.
  for (const id of waiting) await users.write(id, 0, withStartsRevoked(NEW_USER, now));
  const revoked = withStartsRevoked(NEW_USER, longAgo);
  const removable = withEdgeTold(revoked, revoked, longAgo, longAgo);
  for (const id of expired) await users.write(id, 0, removable);
  return {
    async untrue() {
      const untold = waiting.filter((id) => keyValueStore.get(id) === undefined).length;
      const left = expired.filter((id) => keyValueStore.get(id) !== undefined).length;
      return [
        ...(untold > 0 ? [`the edge was not told of ${untold} who waited`] : []),
        ...(left > 0 ? [`${left} expired entries are still there`] : []),
      ];
    },
    async end() {
      KEY_VALUE_QUOTAS.storeBytes = storeBytes;
    },
  };
}

function userIds(name: string, count: number): UserId[] {
  return Array.from({ length: count }, (_, index) => parseUserId(`${name}-${index}`));
}
