import process from 'node:process';
import { createLocalCloudFront } from '../../../edge/local/create-local-cloudfront.ts';
import type { KeyValueReader, KeyValueStore } from '../../../edge/local/functions/key-value-store.ts';
import { readTemplate } from '../../../edge/local/template/template.ts';
import type { Counts } from '../../../scripts/cost/usage.ts';
import { createKeyValueStoreApi } from '../../../services/local/key-value-store/server.ts';
import { createLocalS3 } from '../../../services/local/s3/server.ts';
import { roleOf } from '../../../services/local/stores.ts';
import { EC, ORIGIN, TEMPLATE } from '../../edge/local/support/edge.ts';
import { startMisbehavingProvider } from '../../services/auth/support/misbehaving-provider.ts';
import {
  createTable,
  KEY_VALUE_STORE_ARN,
  REGION,
  STORE_CREDENTIALS,
  startService,
  startStore,
} from '../../services/auth/support/service.ts';
import { freePorts } from '../../support/ports.ts';
import { startStoreProxy } from '../../support/store-proxy.ts';
import { type Teardown, temporaryDirectory } from '../../support/test-stack.ts';
import { startCountingDynamoDb } from './counting-dynamodb.ts';

const BUCKET = 'gateway-files';
const PLACE = { region: REGION, accountId: '000000000000' };
const EDGE_CREDENTIALS = { accessKeyId: 'EDGE', secretAccessKey: 'a-secret-of-the-edge' };
const RESOLVED = readTemplate(TEMPLATE, PLACE);
/** The default behavior has one function for each event. */
const FUNCTIONS_A_REQUEST = 2;

const NOTHING: Counts = {
  ...{ apiRequests: 0, edgeRequests: 0, edgeFunctions: 0, storeReads: 0, storeCalls: 0 },
  ...{ s3Writes: 0, s3Reads: 0, tableWrites: 0, tableReads: 0 },
};

/**
 * The real service and the local CloudFront, in front of local stores whose calls are counted by the classes of their
 * prices. The clock of the service can be moved.
 */
export async function startCountedSystem(t: Teardown) {
  let counts = { ...NOTHING };
  const env = { ...process.env };
  t.teardown(() => {
    process.env = env;
  });
  const { keyValueStore } = await startStore(t);
  const db = await startCountingDynamoDb(t);
  await createTable(db.endpoint);
  const s3 = await startCountedS3(t, (price) => counts[price]++);
  const storeEndpoint = await startCountedStoreApi(t, keyValueStore, () => counts.storeCalls++);
  const settings = {
    ...{ AWS_ENDPOINT_URL_S3: s3, KEY_VALUE_STORE_ENDPOINT: storeEndpoint, BUCKET_NAME: BUCKET },
    ...{ FILES_ORIGIN: ORIGIN, KEY_PAIR_ID: EC.keyPairId },
    SIGNING_KEY: EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  Object.assign(process.env, settings, { AWS_ENDPOINT_URL_DYNAMODB: db.endpoint });
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer, settings);
  const { now } = service.deps.clock;
  const clock = { aheadMs: 0 };
  service.deps.clock.now = () => now() + clock.aheadMs;
  service.app.server.on('request', () => counts.apiRequests++);
  const reader: KeyValueReader = {
    get size() {
      return keyValueStore.reader.size;
    },
    get(key) {
      counts.storeReads++;
      return keyValueStore.reader.get(key);
    },
  };
  const edge = createLocalCloudFront({
    template: TEMPLATE,
    bindings: {
      ...{ ...PLACE, origin: ORIGIN, keyPairIds: { KEC: 'KEC', KRSA: 'KRSA' }, httpCountsAsHttps: true },
      origins: {
        [`${BUCKET}.s3.${REGION}.amazonaws.com`]: { bucket: BUCKET, endpoint: s3, ...EDGE_CREDENTIALS },
      },
      keyValueStores: { [RESOLVED.only('AWS::CloudFront::KeyValueStore').logicalId]: reader },
      now: () => Date.now() + clock.aheadMs,
    },
    onDecision: () => {
      counts.edgeRequests++;
      counts.edgeFunctions += FUNCTIONS_A_REQUEST;
    },
  });
  t.teardown(() => edge.close());
  const { port } = await edge.listen(0);
  return {
    ...{ service, provider, clock },
    edgeOrigin: `http://127.0.0.1:${port}`,
    /** The counts since the last call. */
    take(): Counts {
      const { writes: tableWrites, reads: tableReads } = db.take();
      const taken = { ...counts, tableWrites, tableReads };
      counts = { ...NOTHING };
      return taken;
    },
  };
}

/** A PUT, a POST and a LIST have one price, GET and HEAD another. A deletion is free. */
async function startCountedS3(t: Teardown, onCall: (price: 's3Writes' | 's3Reads') => void): Promise<string> {
  const [port = 0, behindPort = 0] = await freePorts(2);
  const store = createLocalS3({
    ...{ ...PLACE, directory: temporaryDirectory(t), template: TEMPLATE },
    credentials: [
      {
        ...STORE_CREDENTIALS,
        principal: { kind: 'role', logicalIds: [roleOf(RESOLVED, 'Auth'), roleOf(RESOLVED, 'Reconciler')] },
      },
      {
        ...EDGE_CREDENTIALS,
        principal: {
          kind: 'service',
          service: 'cloudfront.amazonaws.com',
          sourceArn: `arn:aws:cloudfront::${PLACE.accountId}:distribution/${RESOLVED.only('AWS::CloudFront::Distribution').ref}`,
        },
      },
    ],
  });
  await store.listen(behindPort, port);
  t.teardown(() => store.close());
  await startStoreProxy(t, { port, behindPort }, ({ method = '', url = '' }) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const isOfBucket = pathname.split('/').filter(Boolean).length === 1;
    const isDeletion = method === 'DELETE' || searchParams.has('delete');
    const isRead = ['GET', 'HEAD'].includes(method) && !isOfBucket;
    if (!isDeletion && method !== 'OPTIONS') onCall(isRead ? 's3Reads' : 's3Writes');
    return true;
  });
  return `http://localhost:${port}`;
}

async function startCountedStoreApi(t: Teardown, store: KeyValueStore, onCall: () => void): Promise<string> {
  const [port = 0, behindPort = 0] = await freePorts(2);
  const api = createKeyValueStoreApi({
    stores: { [KEY_VALUE_STORE_ARN]: store },
    credentials: [STORE_CREDENTIALS],
    now: Date.now,
  });
  await api.listen(behindPort, port);
  t.teardown(() => api.close());
  await startStoreProxy(t, { port, behindPort }, () => {
    onCall();
    return true;
  });
  return `http://localhost:${port}`;
}
