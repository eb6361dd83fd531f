import process from 'node:process';
import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { buildEdgeFunction } from '../../../../edge/function/build.ts';
import { createKeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { createKeySigner } from '../../../../services/auth/cookies/key-signer.ts';
import { createKeyValueStoreClient } from '../../../../services/auth/edge/key-value-store.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { signPolicy } from '../../../../services/operator/probe/credentials.ts';
import {
  AT_MOST,
  deployedFunction,
  highestUtilization,
} from '../../../../services/operator/probe/edge-functions.ts';
import { ecKey } from '../../../support/local-values.ts';
import { startCloudFrontApi } from './support/cloudfront-api.ts';

const FILES = 'https://files.app.example.com';
const VALUES = { appOrigin: 'https://app.example.com', filesOrigin: FILES, cookieLifetimeSeconds: 900 };
const arn = 'arn:aws:cloudfront::123456789012:key-value-store/one';
const credentials = { accessKeyId: 'PROBE', secretAccessKey: 'probe' };
const store = createKeyValueStore({});
const storeApi = createKeyValueStoreApi({ stores: { [arn]: store }, credentials: [credentials] });
const { port } = await storeApi.listen(0);
t.teardown(() => storeApi.close());
const client = createKeyValueStoreClient({
  ...{ region: 'us-east-1', credentials },
  endpoint: `http://localhost:${port}`,
});
const source = (name: 'viewer-request' | 'viewer-response') => ({
  name,
  code: buildEdgeFunction(name, VALUES),
});
const api = await startCloudFrontApi(
  t,
  { 'viewer-request': source('viewer-request'), 'viewer-response': source('viewer-response') },
  store.reader,
);
Object.assign(process.env, {
  AWS_ENDPOINT_URL: api.endpoint,
  AWS_ACCESS_KEY_ID: 'PROBE',
  AWS_SECRET_ACCESS_KEY: 'probe',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_MAX_ATTEMPTS: '1',
});

const signer = createKeySigner({ keyPairId: 'K2EXAMPLE', privateKey: ecKey('one').privateKey });
// The longest path that it can have is of an odd number of bytes.
const id = parseUserId(`probe-${'0'.repeat(22)}`);
const sign = (resource: string, condition?: object) => signPolicy(signer, resource, condition);
const credential = await sign(`${FILES}/users/${id}/*`);

/** Asks the question once. */
async function ask() {
  const figures: string[] = [];
  const operator = { filesOrigin: FILES, keyValues: { client, arn } };
  const world = {
    ...{ bob: { id, credential }, operator, sign },
    wait: async () => {},
    figure: (name: string, told: string) => figures.push(`${name}: ${told}`),
  };
  const seen = await highestUtilization(world, (type) => deployedFunction('Gateway', 'us-east-1', type));
  return { seen, figures };
}

t.test('the deployed functions with their longest input, tested five times each', async (t) => {
  api.utilizations = [41, 44, 42];
  const { seen, figures } = await ask();
  t.equal(seen, AT_MOST);
  t.strictSame(figures, [
    'compute utilization of viewer-request, a folder by cookies: 41, 44, 42, 42, 42 of 100 (it passes)',
    'compute utilization of viewer-request, a share by parameters: 42, 42, 42, 42, 42 of 100 (it passes)',
    'compute utilization of viewer-response, a share by parameters: 42, 42, 42, 42, 42 of 100 (it passes)',
  ]);
  const [first] = api.events;
  t.equal(
    Buffer.byteLength(decodeURIComponent(first?.event.request.uri ?? '').slice(1)),
    1_024,
    'a whole key',
  );
  t.match(first?.event.request.cookies, { 'CloudFront-Policy': { value: String } });
  for (const { event } of api.events) {
    const { uri, querystring } = event.request;
    const query = Object.entries(querystring).map(([name, { value }]) => `${name}=${value}`);
    t.ok(`${FILES}${uri}?${query.join('&')}`.length <= 8_192, 'a URL that CloudFront takes');
  }
});
