import { once } from 'node:events';
import { createServer } from 'node:http';
import process from 'node:process';
import t from 'tap';
import { createMoverDeps, moverSettings } from '../../../services/mover/deps.ts';

const ENV = {
  TABLE_NAME: 'sessions',
  DETAILS_TABLE_NAME: 'details',
  BUCKET_NAME: 'files',
  KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/one',
};
const SETTINGS = {
  ...{ tableName: 'sessions', detailsTableName: 'details', bucketName: 'files' },
  keyValueStore: { arn: ENV.KEY_VALUE_STORE_ARN },
  ...{ keepDeletedDays: 7, s3PathStyle: false, maxBytes: {} },
};

for (const [what, more, wanted] of [
  ['nothing', {}, {}],
  ['empty settings', { KEEP_DELETED_DAYS: '', MAX_USER_BYTES: '', KEY_VALUE_STORE_ENDPOINT: '' }, {}],
  ['the days of the trash', { KEEP_DELETED_DAYS: '30' }, { keepDeletedDays: 30 }],
  ['an address of S3', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, { s3PathStyle: true }],
  ['an address of AWS', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, { s3PathStyle: true }],
  [
    'an address of the KeyValueStore',
    { KEY_VALUE_STORE_ENDPOINT: 'http://127.0.0.1:1' },
    { keyValueStore: { arn: ENV.KEY_VALUE_STORE_ARN, endpoint: 'http://127.0.0.1:1' } },
  ],
  ['limits', { MAX_USER_BYTES: '0', MAX_TEAM_BYTES: '5' }, { maxBytes: { user: 0, team: 5 } }],
] as const) {
  t.test(`the settings, beside the four names: ${what}`, async (t) => {
    t.strictSame(moverSettings({ ...ENV, ...more }), { ...SETTINGS, ...wanted });
  });
}

t.test('a setting that is missing, or no number', async (t) => {
  for (const name of Object.keys(ENV)) {
    t.throws(() => moverSettings({ ...ENV, [name]: '' }), { message: `the mover needs ${name}` }, name);
  }
  for (const name of ['MAX_USER_BYTES', 'MAX_TEAM_BYTES']) {
    const message = `${name} must be a number of bytes`;
    t.throws(() => moverSettings({ ...ENV, [name]: 'all' }), { message }, name);
  }
});

t.test('S3 is asked by the path, and its clock counts', async (t) => {
  const paths: string[] = [];
  let skewMs = 0;
  const server = createServer(({ url = '' }, response) => {
    paths.push(url);
    response.setHeader('date', new Date(Date.now() + skewMs).toUTCString());
    response.setHeader('last-modified', new Date().toUTCString());
    response.setHeader('etag', '"e"').setHeader('content-length', 1).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  Object.assign(process.env, {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' },
    AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
  });
  const errors = { onEdgeError: () => {}, onDetailsError: () => {} };
  const { store, clockGuard } = createMoverDeps({ ...SETTINGS, s3PathStyle: true }, errors);
  t.match(await store.find('users/ann/a'), { etag: 'e' });
  t.strictSame(paths, ['/files/users/ann/a']);
  t.doesNotThrow(() => clockGuard.check());
  skewMs = 3_600_000;
  await store.find('users/ann/a');
  t.throws(() => clockGuard.check(), { code: 'clock_wrong' });
});
