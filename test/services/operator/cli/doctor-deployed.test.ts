import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { formatEntry } from '../../../../core/entry-format.ts';
import { createKeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { doctor } from '../../../../services/operator/cli/doctor.ts';
import {
  ALICE,
  asCookies,
  BOB,
  EC,
  NOW_EPOCH,
  policyText,
  signPolicy,
} from '../../../edge/local/support/edge.ts';
import { PRODUCTION, templatesOf } from '../../../infra/support/production.ts';
import { ecKey, type TestKey } from '../../../support/local-values.ts';

const ORIGIN = PRODUCTION.filesOrigin;
const ARN = 'arn:aws:cloudfront::123456789012:key-value-store/d1e2';
const key: TestKey = { ...EC, keyPairId: 'K2DEPLOYED' };
const publicKeys = [{ name: 'gateway-1', pem: key.publicPem }];
const { gateway: template } = templatesOf({ publicKeys });
const [keyId = ''] = Object.entries(template.Resources).flatMap(([id, { Type }]) =>
  Type === 'AWS::CloudFront::PublicKey' ? id : [],
);

/** CloudFormation with the stack `Mine`. */
const cloudFormation = createServer(async (request, response) => {
  const asked = new URLSearchParams(await text(request));
  if (asked.get('StackName') !== 'Mine') {
    response.writeHead(403).end('<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>');
    return;
  }
  const resource = `<ResourceType>AWS::CloudFront::PublicKey</ResourceType><LogicalResourceId>${keyId}</LogicalResourceId><PhysicalResourceId>${key.keyPairId}</PhysicalResourceId>`;
  const body = JSON.stringify(template).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  response.end(
    asked.get('Action') === 'GetTemplate'
      ? `<GetTemplateResponse><GetTemplateResult><TemplateBody>${body}</TemplateBody></GetTemplateResult></GetTemplateResponse>`
      : `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>${resource}</member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
  );
});
await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
t.teardown(() => cloudFormation.close());
const store = createKeyValueStore({});
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'made-up' };
const api = createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [credentials] });
const { port } = await api.listen(0);
t.teardown(() => api.close());

/** As `--values` sets it. */
const env = {
  STACK_NAME: 'Mine',
  AWS_REGION: 'eu-central-1',
  FILES_ORIGIN: ORIGIN,
  TABLE_NAME: 'Mine-Sessions',
  KEY_VALUE_STORE_ARN: ARN,
  AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}`,
  AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: `http://localhost:${port}`,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_MAX_ATTEMPTS: '1',
};
Object.assign(process.env, env);

const cookie = (changes?: object, by = key) =>
  asCookies(signPolicy(policyText(`${ORIGIN}/users/${ALICE}/*`, changes), { key: by })).Cookie;
const own = `${ORIGIN}/users/${ALICE}/a.txt`;
const ask = (url: string, cookies = cookie(), more = {}) =>
  doctor(
    [url, '--cookie', cookies],
    { env: { ...env, ...more }, localDirectory: '/nonexistent' },
    () => NOW_EPOCH * 1_000,
  );

t.test('the deployed template decides, with the entries of the deployed KeyValueStore', async (t) => {
  t.match(await ask(own), { isAdmitted: true, text: /signed cookies, key K2DEPLOYED\nadmitted\n/ });
  const expired = cookie({ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH - 300 } });
  for (const [asked, ...words] of [
    [ask(own.replace('files.', 'other.')), 'request, host (421)', 'required: files.app.example.com'],
    [ask(own.replace('https', 'http')), 'refused: request, scheme', `The files host is ${ORIGIN}.`],
    [ask(own, cookie({}, ecKey('K2'))), 'unknown_key (403)', 'required: K2DEPLOYED', 'given:    K2'],
    [ask(own, expired), 'signature, expired (403)'],
    [ask(own.replace(ALICE, BOB)), 'signature, resource_path (403)'],
    [ask(`${ORIGIN}/users/${ALICE}/a%2Fb`), 'viewer-request function, bad_path (400)'],
    [
      ask(own, cookie({ IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } })),
      'signature, ip_address (403)',
      'not checked: the address of the viewer; 127.0.0.1 stands in for it',
    ],
  ] as const) {
    const { text, isAdmitted } = await asked;
    t.notOk(isAdmitted, words.join(' '));
    for (const word of words) t.ok(text.includes(word), `${word}\n${text}`);
  }
  const entry = { sessionFloor: NOW_EPOCH, sessions: [], shareFloor: 0, shares: [] };
  store.update({ puts: [{ key: ALICE, value: formatEntry(entry) }], deletes: [] }, store.describe().etag);
  t.match(await ask(own), { isAdmitted: false, text: /viewer-request function, revoked \(403\)/ });
});

t.test('what AWS does not tell is an error with what to do', async (t) => {
  await t.rejects(ask(own, undefined, { STACK_NAME: 'Other' }), {
    name: 'UsageError',
    message: /^AWS does not answer \(AccessDenied\): sign in as somebody who has cloudformation:/,
  });
  process.env['AWS_SECRET_ACCESS_KEY'] = 'another';
  await t.rejects(ask(own), {
    name: 'UsageError',
    message: /sign in as somebody who has cloudfront-keyvaluestore:GetKey$/,
  });
});
