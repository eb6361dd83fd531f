import t from 'tap';
import { ofType, PUBLIC_KEYS, plain, propertiesOf, templatesOf } from './support/production.ts';

const { gateway } = templatesOf();

function functionOf(changes: object, id: string) {
  const { Resources } = templatesOf(changes).gateway;
  return Object.entries(Resources).find(
    ([name, { Type }]) => Type === 'AWS::Lambda::Function' && name.startsWith(id),
  )?.[1];
}

t.test('the service has no secret, and one name; a flood is bounded in front of it', async (t) => {
  t.notMatch(JSON.stringify(gateway), /PRIVATE KEY|CLIENT_SECRET|LOGIN_SECRET/);
  const reserved = (changes: object) =>
    ofType(templatesOf(changes).gateway, 'AWS::Lambda::Function').map(
      ({ Properties }) => Properties['ReservedConcurrentExecutions'],
    );
  t.strictSame(reserved({ moverConcurrency: 20 }), [20, undefined, undefined], 'the most moves at a time');
  t.strictSame(reserved({ reservedConcurrency: 20 }), [undefined, 20, undefined], 'that of the service');
  t.strictSame(reserved({ reserveSchedule: true }), [undefined, undefined, 1], 'a flood cannot take it');
  t.strictSame(reserved({}), [undefined, undefined, undefined], 'a new account can reserve none');
  t.match(propertiesOf(gateway, 'AWS::ApiGatewayV2::Api'), {
    DisableExecuteApiEndpoint: true,
    ProtocolType: 'HTTP',
  });
  const { AccessLogSettings } = propertiesOf(gateway, 'AWS::ApiGatewayV2::Stage');
  const faster = propertiesOf(templatesOf({ requestsPerSecond: 4_000 }).gateway, 'AWS::ApiGatewayV2::Stage');
  t.strictSame(
    faster['DefaultRouteSettings'],
    { ThrottlingBurstLimit: 5_000, ThrottlingRateLimit: 4_000 },
    'a burst never exceeds that of an account',
  );
  t.match(AccessLogSettings, { DestinationArn: '<ApiLogs.Arn>' });
  const format = String(Object(AccessLogSettings)['Format']);
  t.match(format, '"path":"$context.path"');
  t.notMatch(format, /query|cookie|authoriz|header|requestOverride/i, 'neither codes nor cookies');
});

t.test('the service has a setting that says who may sign in', async (t) => {
  const settings = (allow: unknown) => {
    const service = functionOf({ allow }, 'Auth');
    const variables = Object(service?.Properties['Environment']).Variables;
    return Object.entries(variables).filter(([name]) => name.startsWith('ALLOWED_'));
  };
  t.strictSame(settings('everybody'), []);
  t.strictSame(settings({ claim: 'groups', value: 'staff' }), [['ALLOWED_CLAIM', 'groups=staff']]);
  t.strictSame(settings({ emailDomains: ['example.com', 'example.org'] }), [
    ['ALLOWED_EMAIL_DOMAINS', 'example.com,example.org'],
  ]);
});

t.test('a signing key in KMS: the service knows it, and its public half', async (t) => {
  const signingKmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/0c0c0c0c-1111-2222-3333-444444444444';
  const service = functionOf({ signingKmsKeyArn }, 'Auth');
  t.match(service?.Properties, {
    Environment: {
      Variables: { SIGNING_KMS_KEY_ID: signingKmsKeyArn, SIGNING_PUBLIC_KEY: PUBLIC_KEYS[0]?.pem },
    },
  });
});

t.test('the mover has the same limit for teams as the service, and time for large files', async (t) => {
  const settings = (changes: object) =>
    plain(Object(functionOf(changes, 'Mover')?.Properties['Environment']).Variables);
  const names = {
    TABLE_NAME: '<Sessions>',
    DETAILS_TABLE_NAME: '<Details>',
    BUCKET_NAME: '<Files>',
    KEY_VALUE_STORE_ARN: '<Revocations.Arn>',
    KEEP_DELETED_DAYS: '7',
  };
  t.strictSame(settings({}), names, 'no secret, and no address');
  const limits = { MAX_USER_BYTES: '6', MAX_TEAM_BYTES: '5' };
  t.strictSame(settings({ maxUserBytes: 6, maxTeamBytes: 5 }), { ...names, ...limits });
  t.match(functionOf({}, 'Mover')?.Properties, { Timeout: 900, Handler: 'mover.handler' });
  t.match(functionOf({ keepDeletedDays: 3 }, 'Auth')?.Properties, {
    Environment: { Variables: { KEEP_DELETED_DAYS: '3' } },
  });
});
