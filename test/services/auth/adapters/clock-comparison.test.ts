import { DescribeKeyValueStoreCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import t from 'tap';
import { createClockComparison } from '../../../../services/auth/adapters/clock-comparison.ts';
import { createKeyValueStoreClient } from '../../../../services/auth/adapters/key-value-store-client.ts';
import { createClockGuard } from '../../../../services/auth/domain/clock-guard.ts';
import { BUCKET, s3Client, startS3 } from '../../local/support/local-s3.ts';
import { KEY_VALUE_STORE_ARN as KvsARN, startStore, TABLE_NAME } from '../support/service.ts';

await startStore(t);
const s3 = await startS3();
t.teardown(() => s3.store.close());

/** Clients that try once. Each makes one call. */
function clients() {
  const db = new DynamoDBClient({ maxAttempts: 1 });
  const endpoint = process.env['KEY_VALUE_STORE_ENDPOINT'] ?? '';
  const keyValues = createKeyValueStoreClient({ maxAttempts: 1, endpoint });
  const files = s3Client(s3.port);
  const key = { TableName: TABLE_NAME, Key: { pk: { S: 'nobody' } } };
  return [
    { name: 'DynamoDB', client: db, call: () => db.send(new GetItemCommand(key)) },
    {
      ...{ name: 'KeyValueStore', client: keyValues },
      call: () => keyValues.send(new DescribeKeyValueStoreCommand({ KvsARN })),
    },
    { name: 'S3', client: files, call: () => files.send(new ListObjectsV2Command({ Bucket: BUCKET })) },
  ];
}

t.test('each store tells a clock that is wrong from one that is right', async (t) => {
  for (const { name, client, call } of clients()) {
    let aheadMs = 200_000;
    const guard = createClockGuard();
    const compareClock = createClockComparison(guard, () => Date.now() + aheadMs);
    compareClock(client);
    await call();
    t.ok(Math.abs(guard.wrongSeconds() - 199) <= 2, `${name}: ${guard.wrongSeconds()} s`);
    aheadMs = 0;
    await call();
    t.equal(guard.wrongSeconds(), 0, name);
    client.destroy();
  }
});

t.test('a refusal of a signature of a wrong time has a Date too', async (t) => {
  for (const { name, client, call } of clients()) {
    client.config.systemClockOffset = 1_300_000;
    const guard = createClockGuard();
    const compareClock = createClockComparison(guard, () => Date.now() + 1_300_000);
    compareClock(client);
    await t.rejects(call(), { name: /Signature|RequestTimeTooSkewed|AccessDenied/ }, name);
    t.ok(guard.wrongSeconds() > 1_290, `${name}: ${guard.wrongSeconds()} s`);
    await t.resolves(call(), 'the SDK has corrected its own clock');
    t.ok(guard.wrongSeconds() > 1_290, `${name}: this process is as wrong as before`);
    client.destroy();
  }
});
