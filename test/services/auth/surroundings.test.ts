import process from 'node:process';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { createLazyFiles } from '../../../services/auth/files/lazy-bucket.ts';
import { surroundings } from '../../../services/auth/wiring/surroundings.ts';
import { KEY_VALUE_STORE_ARN, startStore } from './support/service.ts';

await startStore(t);
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

/** A server whose clock is an hour ahead, and which knows nothing. */
async function startAhead(t: Test): Promise<string> {
  const server = await listenOnLoopback((_request, response) => {
    response.writeHead(400, { date: new Date(Date.now() + 3_600_000).toUTCString() }).end('{}');
  }, 0);
  t.teardown(() => server.close(0));
  return `http://localhost:${server.port}`;
}

t.test('the clock is compared with each store that is asked', async (t) => {
  const endpoint = await startAhead(t);
  const { AWS_ENDPOINT_URL_DYNAMODB: before = '' } = process.env;
  t.teardown(() => Object.assign(process.env, { AWS_ENDPOINT_URL_DYNAMODB: before }));
  const around = (of: string) => {
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = of;
    const edge = { keyValueStoreArn: KEY_VALUE_STORE_ARN, keyValueStoreEndpoint: endpoint };
    return surroundings({ tableName: 't', detailsTableName: 'd', ...edge });
  };
  const isBehind = (seconds: number) => seconds < -3_500 && seconds > -3_700;
  const ofTable = around(endpoint);
  await t.rejects(ofTable.stores.lease.read());
  t.ok(isBehind(ofTable.clockGuard.wrongSeconds()), 'DynamoDB');
  const ofEdge = around(before);
  await t.rejects(ofEdge.stores.edge.describe());
  t.ok(isBehind(ofEdge.clockGuard.wrongSeconds()), 'the KeyValueStore');
  const ofFiles = around(before);
  const { objects } = createLazyFiles({
    ...{ ...ofFiles, bucketName: 'files', now: Date.now },
    client: { endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 },
  });
  await t.rejects(objects.list({ prefix: 'a', limit: 1 }));
  t.ok(isBehind(ofFiles.clockGuard.wrongSeconds()), 'S3');
});
