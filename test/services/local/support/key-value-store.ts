import {
  type CloudFrontKeyValueStoreClient,
  DescribeKeyValueStoreCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { Test } from 'tap';
import { createKeyValueStore, type KeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { createKeyValueStoreClient } from '../../../../services/auth/edge/key-value-store.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';

export const CREDENTIALS = { accessKeyId: 'LOCALKVS', secretAccessKey: 'secret-of-the-store' };
export const KvsARN = 'arn:aws:cloudfront::000000000000:key-value-store/Revocations';

export function clientOf(port: number, credentials = CREDENTIALS): CloudFrontKeyValueStoreClient {
  return createKeyValueStoreClient({
    endpoint: `http://localhost:${port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
}

export async function start(t: Test, options: { store?: KeyValueStore; now?: () => number } = {}) {
  const { store = createKeyValueStore(), ...rest } = options;
  const api = createKeyValueStoreApi({ stores: { [KvsARN]: store }, credentials: [CREDENTIALS], ...rest });
  const { port } = await api.listen(0);
  t.teardown(() => api.close());
  const client = clientOf(port);
  t.teardown(() => client.destroy());
  const etag = async () => (await client.send(new DescribeKeyValueStoreCommand({ KvsARN }))).ETag;
  return { store, port, client, etag };
}
