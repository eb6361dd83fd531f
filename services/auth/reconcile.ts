import process from 'node:process';
import { DescribeKeyValueStoreCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createEdgeStore } from './adapters/edge-store.ts';
import { createKeyValueStoreClient } from './adapters/key-value-store-client.ts';
import { createUserStore } from './adapters/users.ts';
import { toEpochSeconds } from './domain/epoch-seconds.ts';
import { createRevocations } from './domain/revocations.ts';
import { describeError, EDGE_NOT_TOLD, EDGE_STATE } from './logger.ts';

/** Users that are counted, at most. */
const MAX_COUNTED = 1_000;

const { TABLE_NAME = '', KEY_VALUE_STORE_ARN = '', KEY_VALUE_STORE_ENDPOINT: endpoint } = process.env;
const client = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};
const keyValueStore = createKeyValueStoreClient({ ...client, ...(endpoint ? { endpoint } : {}) });
const users = createUserStore({ db: new DynamoDBClient(client), tableName: TABLE_NAME });
const nowEpoch = () => toEpochSeconds(Date.now());
const revocations = createRevocations({
  users,
  edge: createEdgeStore({ client: keyValueStore, keyValueStoreArn: KEY_VALUE_STORE_ARN }),
  nowEpoch,
  onEdgeError: (error) => log(50, EDGE_NOT_TOLD, { err: describeError(error) }),
});

/** By a schedule of EventBridge: tells the edge what it missed, then logs what is left. It loads no web framework. */
export async function handler(): Promise<{ reconciled: number }> {
  const reconciled = await revocations.reconcile();
  const { TotalSizeInBytes: bytes } = await keyValueStore.send(
    new DescribeKeyValueStoreCommand({ KvsARN: KEY_VALUE_STORE_ARN }),
  );
  const untold = (await users.due(nowEpoch(), MAX_COUNTED)).length;
  log(30, EDGE_STATE, { untold, bytes: bytes ?? 0 });
  return { reconciled };
}

/** As the service logs, on a line of its own: `console` would put words in front, which metric filters cannot read. */
function log(level: number, msg: string, more: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), ...more, msg })}\n`);
}
