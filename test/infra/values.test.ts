import t from 'tap';
import { parseStackValues } from '../../infra/values.ts';
import { PRODUCTION, PUBLIC_KEYS, WEB_ACL } from './support/production.ts';
import { arn, KMS_KEY, secret, WRONG } from './support/wrong-values.ts';

/** The one message for values with these changes. */
function faultOf(changes: Record<string, unknown>): string {
  try {
    parseStackValues({ ...PRODUCTION, ...changes });
    return 'no fault';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const PUBLIC = 'must be public: localhost and .test are for the local stack';

t.test('each wrong value is one message, which names the value and never quotes it', async (t) => {
  for (const [changes, message] of WRONG) t.equal(faultOf(changes), message, JSON.stringify(changes));
});

t.test('hosts of this machine are accepted with the account of the local stack only', async (t) => {
  const local = { appOrigin: 'http://localhost:3000', filesOrigin: 'http://localhost:8080' };
  t.strictSame(faultOf(local).split('\n'), [`appOrigin ${PUBLIC}`, `filesOrigin ${PUBLIC}`]);
  const test = { appOrigin: 'https://app.test', filesOrigin: 'https://files.app.test' };
  t.strictSame(faultOf(test).split('\n'), [`appOrigin ${PUBLIC}`, `filesOrigin ${PUBLIC}`]);
});

t.test('wrong values are named all at once', async (t) => {
  t.strictSame(
    faultOf({ extra: 1, secretArn: undefined, filesOrigin: 'https://files.example.org' }).split('\n'),
    [
      'extra is not a value of this stack',
      'filesOrigin must be a child of the app host, such as https://files.app.example.com',
      'secretArn is missing',
    ],
  );
  t.throws(() => parseStackValues([]), { message: /one JSON object/ });
});

t.test('right values pass, in every spelling', async (t) => {
  for (const changes of [
    { allow: 'everybody' },
    { allow: { emailDomains: ['example.com', 'example.org'] } },
    { signingKmsKeyArn: KMS_KEY },
    { signingKmsKeyArn: arn('kms', `key/mrk-${'0a'.repeat(16)}`) },
    { secretArn: secret('team/gateway_1+=.@-AbCdEf') },
    { oidcIssuer: 'https://login.example.com/tenant/v2.0' },
    { oidcClientId: '1234-abc.apps.googleusercontent.com' },
    { userIdClaim: 'https://example.com/id' },
    { userIdClaim: 'custom:employee_id' },
    { userIdIssuer: 'https://old.example.com/realms/x' },
    { oidcScopes: 'openid email offline_access' },
    { providerRecheckSeconds: 0 },
    { providerRecheckSeconds: 600 },
    { bucketName: 'my-files-1' },
    {
      cookieLifetimeSeconds: 300,
      keepDeletedDays: 0,
      reservedConcurrency: 2,
      protectTable: true,
      logDays: 30,
    },
    { ipv6: true, edgeCredential: 'trusted', alarmEmail: 'operator@example.com', stackName: 'Gateway-2' },
    { requestsPerSecond: 10_000, reserveSchedule: true, webAclArn: WEB_ACL },
    { filesOrigin: `https://${'a'.repeat(48)}.app.example.com` },
    { webDirectory: '../my-app/dist', contentSecurityPolicy: "default-src 'self'" },
  ]) {
    t.equal(faultOf(changes), 'no fault', JSON.stringify(changes));
  }
});

t.test('domain stands for both origins', async (t) => {
  const { appOrigin, filesOrigin, ...rest } = PRODUCTION;
  t.strictSame(
    parseStackValues({ ...rest, domain: 'app.example.com' }),
    parseStackValues({ ...rest, appOrigin, filesOrigin }),
  );
});

t.test('the PEM of a key has one spelling', async (t) => {
  const [first] = PUBLIC_KEYS;
  const pem = `\r\n${first?.pem.replaceAll('\n', '\r\n')}\r\n`;
  const { publicKeys } = parseStackValues({ ...PRODUCTION, publicKeys: [{ name: 'gateway-1', pem }] });
  t.strictSame(publicKeys, [first]);
});
