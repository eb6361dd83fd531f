import { DescribeKeyValueStoreCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import {
  type CompareClock,
  createClockComparison,
} from '../../../../services/auth/adapters/clock-comparison.ts';
import { createClockGuard } from '../../../../services/auth/adapters/clock-guard.ts';
import { createKeyValueStoreClient } from '../../../../services/auth/adapters/edge-store.ts';
import { BUCKET, s3Client, startS3 } from '../../local/support/local-s3.ts';
import { KEY_VALUE_STORE_ARN as KvsARN, startStore, TABLE_NAME } from '../support/service.ts';

await startStore(t);
const s3 = await startS3();
t.teardown(() => s3.store.close());

interface TestClient {
  name: string;
  compare(by: CompareClock): void;
  /** Signs with another clock. */
  isAhead(milliseconds: number): void;
  call(): Promise<unknown>;
}

/** Clients that try once. Each makes one call. */
function clients(t: Test): TestClient[] {
  const db = new DynamoDBClient({ maxAttempts: 1 });
  const endpoint = process.env['KEY_VALUE_STORE_ENDPOINT'] ?? '';
  const keyValues = createKeyValueStoreClient({ maxAttempts: 1, endpoint });
  const files = s3Client(s3.port);
  const key = { TableName: TABLE_NAME, Key: { pk: { S: 'nobody' } } };
  t.teardown(() => {
    for (const client of [db, keyValues, files]) client.destroy();
  });
  const isAhead = (client: { config: { systemClockOffset: number } }) => (milliseconds: number) => {
    client.config.systemClockOffset = milliseconds;
  };
  return [
    {
      ...{ name: 'DynamoDB', compare: (by) => by(db), isAhead: isAhead(db) },
      call: () => db.send(new GetItemCommand(key)),
    },
    {
      ...{ name: 'KeyValueStore', compare: (by) => by(keyValues), isAhead: isAhead(keyValues) },
      call: () => keyValues.send(new DescribeKeyValueStoreCommand({ KvsARN })),
    },
    {
      ...{ name: 'S3', compare: (by) => by(files), isAhead: isAhead(files) },
      call: () => files.send(new ListObjectsV2Command({ Bucket: BUCKET })),
    },
  ];
}

t.test('each store tells a clock that is wrong from one that is right', async (t) => {
  for (const { name, compare, call } of clients(t)) {
    let aheadMs = 200_000;
    const guard = createClockGuard();
    compare(createClockComparison(guard, () => Date.now() + aheadMs));
    await call();
    t.ok(Math.abs(guard.wrongSeconds() - 199) <= 2, `${name}: ${guard.wrongSeconds()} s`);
    aheadMs = 0;
    await call();
    t.equal(guard.wrongSeconds(), 0, name);
  }
});

t.test('a refusal of a signature of a wrong time has a Date too', async (t) => {
  for (const { name, compare, isAhead, call } of clients(t)) {
    isAhead(1_300_000);
    const guard = createClockGuard();
    compare(createClockComparison(guard, () => Date.now() + 1_300_000));
    await t.rejects(call(), { name: /Signature|RequestTimeTooSkewed|AccessDenied/ }, name);
    t.ok(guard.wrongSeconds() > 1_290, `${name}: ${guard.wrongSeconds()} s`);
    await t.resolves(call(), 'the SDK has corrected its own clock');
    t.ok(guard.wrongSeconds() > 1_290, `${name}: this process is as wrong as before`);
  }
});
