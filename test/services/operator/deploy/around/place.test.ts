import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { mock } from 'node:test';
import t from 'tap';
import { findPlace, placeOfValues } from '../../../../../services/operator/deploy/around/place.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:one-AbCdEf';
const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/1';

for (const [what, values, place] of [
  ['nothing', {}, {}],
  ['no ARN', { secretArn: 'gateway/settings' }, {}],
  ['an ARN within a text', { secretArn: `of ${SECRET}` }, {}],
  ['a secret', { secretArn: SECRET }, { account: '123456789012', region: 'eu-central-1' }],
  ['the certificate of the files host', { filesCertificateArn: CERTIFICATE }, { account: '123456789012' }],
  [
    'both',
    { filesCertificateArn: CERTIFICATE, appCertificateArn: SECRET },
    { account: '123456789012', region: 'eu-central-1' },
  ],
  ['another value', { bucketName: SECRET }, {}],
] as const) {
  t.test(`the account and region that are named by ${what}`, async (t) => {
    t.strictSame(placeOfValues(values), place);
  });
}

const ENV = {
  AWS_ACCESS_KEY_ID: 'CHECK',
  AWS_SECRET_ACCESS_KEY: 'check',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};
const UNCHECKED = 'certificates, secret, key, zone and stacks were not checked';
const OFFLINE = 'is this machine online, and is the region correct? Then run it again';

t.test('no region', async (t) => {
  Object.assign(process.env, ENV);
  delete process.env['AWS_REGION'];
  t.strictSame(await findPlace({}), {
    resource: 'region',
    problem: 'no region is set',
    do: 'set AWS_REGION to the region of the stack',
  });
});

t.test('AWS that answers nothing is asked three times, and given up', async (t) => {
  let asked = 0;
  const server = createServer(() => {
    asked++;
    server.emit('asked');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, { ...ENV, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const found = findPlace({ secretArn: SECRET });
  let isOver = false;
  const over = found.then(() => {
    isOver = true;
  });
  while (!isOver) {
    // The SDK pauses between two attempts.
    await Promise.race([once(server, 'asked'), over, nextTurns()]);
    mock.timers.tick(20_000);
  }
  t.strictSame(await found, {
    resource: 'credentials',
    problem: `AWS accepts no credentials of this shell (TimeoutError): ${UNCHECKED}`,
    do: OFFLINE,
  });
  t.equal(asked, 3);
});

t.test('AWS that cannot be reached', async (t) => {
  Object.assign(process.env, { ...ENV, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  t.match(await findPlace({ secretArn: SECRET }), {
    problem: `AWS accepts no credentials of this shell (ECONNREFUSED): ${UNCHECKED}`,
    do: OFFLINE,
  });
});

/** Lets what is under way in this process happen. */
async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
}
