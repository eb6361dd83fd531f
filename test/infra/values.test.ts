import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { Check } from 'typebox/schema';
import { serviceSettings, settingsFault } from '../../infra/service-settings.ts';
import { parseGivenValues, parseStackValues, type StackValues } from '../../infra/values.ts';
import { publishedSchema } from '../../infra/values-schema.ts';
import { rsaKey } from '../support/local-values.ts';
import { EVERYTHING, ofType, PRODUCTION, PUBLIC_KEYS, templatesOf, WEB_ACL } from './support/production.ts';

type Changes = Record<string, unknown>;

/** What the stack makes, with the shortest names. */
const made = {
  TABLE_NAME: 't',
  DETAILS_TABLE_NAME: 'd',
  BUCKET_NAME: 'b',
  KEY_VALUE_STORE_ARN: 'a',
  KEY_PAIR_ID: 'K',
  MOVER_FUNCTION_NAME: 'm',
};

/** The one message for values with these changes. */
function faultOf(changes: Changes): string {
  try {
    parseStackValues({ ...PRODUCTION, ...changes });
    return 'no fault';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const PATH = 'certificate/0a0a0a0a-1111-2222-3333-444444444444';
const arn = (service: string, resource: string, region = 'eu-central-1', account = '123456789012') =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
const secret = (name: string) => arn('secretsmanager', `secret:${name}`);
const SECRET = secret('gateway-1-AbCdEf');
const KMS_KEY = arn('kms', 'key/0c0c0c0c-1111-2222-3333-444444444444');
const inChina = (one: string) => one.replace('arn:aws:', 'arn:aws-cn:').replace('eu-central-1', 'cn-north-1');
const key = (changes: object) => ({ ...PUBLIC_KEYS[0], ...changes });

const PUBLIC = 'must be public: localhost and .test are for the local stack';
const NO_FUNCTIONS = 'belongs to China or GovCloud, where CloudFront has no functions';
const ACCOUNT = 'must be in the account of secretArn';
const REGION = 'must be in the region of secretArn, where the stack is';
const FILES = "the files host's origin, such as https://files.app.example.com";
const ALONE = 'must be a host name of a domain, without a port: AWS listens on 443 alone';
const URL_OF_ISSUER = 'must be a URL, such as https://login.example.com';
const ISSUER_ALONE = 'must be the issuer alone, with no user, no query and no /.well-known/…';
const KEYS = 'a list of 1 to 5 { name, pem }: npm run deploy makes it, and a key group takes no more';
const ALLOW =
  'one rule of who may sign in: "everybody", { "emailDomains": ["example.com"] } or { "claim": "groups", "value": "staff" }';
const CERTIFICATE = 'must be the whole ARN of one ACM certificate';
const GLOBAL = 'must be a web ACL of global scope, and so in us-east-1: CloudFront takes no other';

/** Every value that would fail later, or that would quietly do something else. */
const WRONG: [name: string, message: string, values: unknown[]][] = [
  ['filesOrigin', ALONE, ['https://files.app.example.com:8443', 'https://a_b.app.example.com']],
  [
    'filesOrigin',
    'has a host of more than 64 characters: ACM makes no certificate for it',
    [`https://${'a'.repeat(49)}.app.example.com`],
  ],
  ['filesOrigin', `must be ${FILES}`, [5, null, ' ']],
  ['filesOrigin', `is missing: ${FILES}`, [undefined]],
  ['appCertificateArn', ACCOUNT, [arn('acm', PATH, 'eu-central-1', '210987654321')]],
  ['appCertificateArn', REGION, [arn('acm', PATH, 'eu-west-1')]],
  [
    'appCertificateArn',
    CERTIFICATE,
    [
      `${arn('acm', PATH)} `,
      arn('acm', PATH).slice(0, -1),
      arn('acm', 'certificate/*'),
      arn('acm', 'certificate/…'),
      arn('iam', PATH),
    ],
  ],
  ['appCertificateArn', NO_FUNCTIONS, [inChina(arn('acm', PATH))]],
  [
    'filesCertificateArn',
    'must be an ACM certificate in us-east-1: CloudFront takes no other',
    [arn('acm', PATH)],
  ],
  ['filesCertificateArn', ACCOUNT, [arn('acm', PATH, 'us-east-1', '210987654321')]],
  ['filesCertificateArn', CERTIFICATE, [7]],
  [
    'secretArn',
    'must be the whole ARN of one secret in Secrets Manager, with the six characters at its end and nothing behind them',
    [
      '*',
      secret('*'),
      secret('gateway'),
      `${SECRET}:SIGNING_KEY::`,
      `${SECRET}\n`,
      SECRET.replace('secretsmanager', 'ssm'),
      '{"OIDC_CLIENT_SECRET":"hunter2"}',
    ],
  ],
  [
    'secretArn',
    NO_FUNCTIONS,
    [SECRET.replace('arn:aws:', 'arn:aws-us-gov:').replace('eu-central-1', 'us-gov-west-1')],
  ],
  [
    'signingKmsKeyArn',
    'must be the whole ARN of one KMS key (of the key, not of an alias)',
    [arn('kms', 'key/*'), arn('kms', 'alias/gateway'), `${KMS_KEY} `, KMS_KEY.slice(0, -4), '', null],
  ],
  ['signingKmsKeyArn', REGION, [KMS_KEY.replace('eu-central-1', 'us-east-1')]],
  ['signingKmsKeyArn', ACCOUNT, [KMS_KEY.replace('123456789012', '210987654321')]],
  ['oidcIssuer', URL_OF_ISSUER, ['login.example.com', 'https://login.example.com ']],
  ['oidcIssuer', 'must be the issuer of your OpenID provider, such as https://login.example.com', [' ']],
  ['oidcIssuer', 'must be https (http is for a provider on this machine)', ['http://login.example.com']],
  [
    'oidcIssuer',
    ISSUER_ALONE,
    [
      'https://login.example.com?tenant=1',
      'https://user:hunter2@login.example.com',
      'https://login.example.com/#a',
      'https://login.example.com/.well-known/openid-configuration',
    ],
  ],
  ['oidcIssuer', PUBLIC, ['http://localhost:9000']],
  [
    'oidcClientId',
    'must be the client id alone: printable ASCII, without a line break or a space around it',
    [' ', 'gateway\n', ' gateway', '…', 12],
  ],
  ['allow', `is missing: ${ALLOW}`, [undefined]],
  [
    'allow',
    `must be ${ALLOW}`,
    [
      'all',
      { emailDomains: [] },
      { emailDomains: ['a@example.com'] },
      { claim: 'groups' },
      { claim: 'groups', value: 'staff', emailDomain: 'example.com' },
      { claim: 'a=b', value: 'c' },
      { emailDomains: ['example.com'], claim: 'a', value: 'b' },
    ],
  ],
  [
    'bucketName',
    'must be 3 to 63 lower-case letters, digits and -, without a dot, and none that S3 reserves',
    [
      '',
      'my.files',
      'My-files',
      'ab',
      '-files',
      'xn--files',
      'sthree-files',
      'amzn-s3-demo-files',
      'files-s3alias',
      'files--ol-s3',
      'files--x-s3',
    ],
  ],
  ['kmsKeyArn', 'must be the whole ARN of one KMS key (of the key, not of an alias)', ['alias/files']],
  ['kmsKeyArn', ACCOUNT, [KMS_KEY.replace('123456789012', '210987654321')]],
  [
    'tags',
    'must be one object of at most 45 texts of letters, digits, spaces and _ . : / = + - @; no name may begin with aws:',
    [[], { 'aws:team': 'a' }, { team: 5 }, { té: 'a' }, { team: 'x'.repeat(257) }],
  ],
  [
    'permissionsBoundaryArn',
    'must be the whole ARN of one IAM policy',
    ['Bounds', 'arn:aws:iam::123456789012:role/Bounds'],
  ],
  ['permissionsBoundaryArn', ACCOUNT, ['arn:aws:iam::210987654321:policy/Bounds']],
  ['nativeClientIds', 'must be a list of client ids', ['tv', [], null]],
  ['oidcScopes', 'must be scopes with a space between them, openid among them', ['email']],
  ['providerRecheckSeconds', 'must be 0 for never, or a whole number, 60 to 43200', [59, 43_201, null, '0']],
  [
    'userIdClaim',
    'must be the name of a claim, or left out',
    [' ', 'optional: a claim to name users by', '…'],
  ],
  ['oidcLogoutStyle', 'must be cognito, or left out', ['standard']],
  ['userIdIssuer', ISSUER_ALONE, ['https://old.example.com/?a']],
  ['stackName', 'must be 1 to 40 letters, digits and -, a letter first', ['a b', `a${'b'.repeat(40)}`]],
  ['cookieLifetimeSeconds', 'must be a whole number, 300 to 86400', [10, 299, 86_401, '900']],
  ['browserCache', 'must be revalidate, or left out', ['immutable']],
  ['teams', 'must be off, made, provider or both', ['on', '', true, null]],
  ['teamRole', 'must be one of viewer, editor, manager', ['owner', null]],
  ['teamClaim', 'must be the name of a claim', [' ', 'two words', 5]],
  ['maxUserBytes', 'must be a whole number, 1 to 9007199254740991', [0, 1.5, '1']],
  ['maxTeamBytes', 'must be a whole number, 1 to 9007199254740991', [0, 1.5, '1']],
  ['edgeCredential', 'must be read, trusted, or left out', ['none']],
  ['ipv6', 'must be true or false', ['no']],
  ['protectTable', 'must be true or false', [null]],
  ['reserveSchedule', 'must be true or false', [1]],
  ['scan', 'must be guardduty, or left out', ['clamav', true, null]],
  ['events', 'must be true or false', ['true']],
  ['keepDeletedDays', 'must be a whole number, 0 to 365', [-1, null]],
  [
    'webAclArn',
    'must be the whole ARN of one web ACL, such as arn:aws:wafv2:us-east-1:…:global/webacl/…',
    ['e5b5f1b2-1111-2222-3333-444444444444', WEB_ACL.replace('wafv2', 'waf'), `${WEB_ACL}*`, ''],
  ],
  [
    'webAclArn',
    GLOBAL,
    [WEB_ACL.replace('global', 'regional'), WEB_ACL.replace('us-east-1', 'eu-central-1')],
  ],
  ['webAclArn', ACCOUNT, [WEB_ACL.replace('123456789012', '210987654321')]],
  ['requestsPerSecond', 'must be a whole number, 10 to 10000', [9, 10_001]],
  ['reservedConcurrency', 'must be a whole number, 2 to 10000', [1]],
  ['moverConcurrency', 'must be a whole number, 2 to 1000', [1, 1_001]],
  [
    'logDays',
    'must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
    [31],
  ],
  [
    'contentSecurityPolicy',
    'must be a Content-Security-Policy in one line',
    ["default-src 'self';\nscript-src *", ' '],
  ],
  ['alarmEmail', 'must be one e-mail address', ['nobody']],
  ['monthlyBudget', 'must be a whole number, 1 to 1000000', [0, '50']],
  [
    'backup',
    'must be true, false, or { "days": 1 to 3650 }',
    ['yes', 35, { days: 0 }, { days: 1, years: 1 }],
  ],
  ['extra', 'is not a value of this stack', [1]],
  ['constructor', 'is not a value of this stack', [1]],
  [
    'hostedZoneId',
    'must be the id of one Route 53 zone, such as Z0123456789ABCDEFGHIJ',
    ['/hostedzone/Z1', 'example.com'],
  ],
  ['domain', 'stands for appOrigin and filesOrigin: leave these two out, or domain', ['app.example.com']],
  ['publicKeys', `is missing: ${KEYS}`, [undefined]],
  ['publicKeys', `must be ${KEYS}`, [[], ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => key({ name }))]],
  ['publicKeys[0]', 'must be { name, pem }', [[null]]],
  ['publicKeys[0].name', 'must be letters, digits, - and _', [[key({ name: 'a b' })]]],
  ['publicKeys[1].name', 'is that of another key', [[key({}), key({})]]],
  [
    'publicKeys[0].pem',
    'must be a public key as PEM, RSA 2048 or ECDSA P-256',
    [
      [key({ pem: rsaKey('K').privateKey.export({ type: 'pkcs8', format: 'pem' }) })],
      [key({ pem: '-----BEGIN PUBLIC KEY-----\nhunter2\n-----END PUBLIC KEY-----\n' })],
    ],
  ],
];

/** What is wrong with `domain` in place of both origins. */
const WRONG_DOMAINS: [domain: unknown, message: string][] = [
  ...['https://app.example.com', 'App.example.com', 'localhost', 'app.example.com.', 5].map(
    (domain): [unknown, string] => [
      domain,
      'must be the name of the app host alone, such as app.example.com',
    ],
  ),
  ['github.io', 'is a public suffix, and browsers refuse cookies for its children; use a name below it'],
  [
    `${'a'.repeat(47)}.example.com`,
    'has more than 58 characters: ACM makes no certificate for files.<domain>',
  ],
  [`A${'a'.repeat(70)}.example.com`, 'must be the name of the app host alone, such as app.example.com'],
  ['app.test', PUBLIC],
];

const NO_ORIGINS = { appOrigin: undefined, filesOrigin: undefined };

t.test('each wrong value is one message, which names the value and never quotes it', async (t) => {
  for (const [name, message, values] of WRONG) {
    for (const value of values) {
      const changes = { [name.replace(/\[.*/, '')]: value };
      t.equal(faultOf(changes), `${name} ${message}`, JSON.stringify(changes));
    }
  }
  for (const [domain, message] of WRONG_DOMAINS) {
    t.equal(faultOf({ ...NO_ORIGINS, domain }), `domain ${message}`, message);
  }
  const domain = 'app.example.com';
  for (const given of [
    { ...NO_ORIGINS, appOrigin: `https://${domain}` },
    { ...NO_ORIGINS, filesOrigin: `https://files.${domain}` },
  ]) {
    const message = 'domain stands for appOrigin and filesOrigin: leave these two out, or domain';
    t.equal(faultOf({ ...given, domain }), message, JSON.stringify(given));
  }
  t.strictSame(faultOf({ ...NO_ORIGINS, domain: 'localhost', logDays: 31 }).split('\n').length, 2, 'both');
  const longest = `${'a'.repeat(46)}.example.com`;
  t.equal(faultOf({ ...NO_ORIGINS, domain: longest }), 'no fault');
  t.equal(faultOf({ appOrigin: 'https://app.example.com:8443' }), `appOrigin ${ALONE}`);
});

t.test('clients that are no browser have ids of their own', async (t) => {
  const form = 'nativeClientIds[1] must be a client id: printable ASCII, without spaces and commas';
  for (const id of ['a,b', 'a b', '', 5]) t.equal(faultOf({ nativeClientIds: ['tv', id] }), form, `${id}`);
  t.equal(
    faultOf({ nativeClientIds: ['tv', PRODUCTION.oidcClientId] }),
    'nativeClientIds must not hold the client id of the browsers: clients that are no browser have their own',
  );
});

t.test('teams of the provider need their claim, and no other teams have one', async (t) => {
  const missing = "teamClaim is missing: the claim that names a user's teams";
  const useless = 'teamClaim must be left out: only teams of the provider come from a claim';
  for (const teams of ['provider', 'both']) t.equal(faultOf({ teams }), missing, teams);
  for (const teams of [undefined, 'off', 'made'])
    t.equal(faultOf({ teams, teamClaim: 'groups' }), useless, `${teams}`);
  t.equal(
    faultOf({ teams: 'both', teamClaim: 'employee', userIdClaim: 'employee' }),
    'teamClaim must not be the claim that names users: no two of them have a value in common',
  );
});

t.test('without a credential at the edge there are no teams', async (t) => {
  const trusted = { edgeCredential: 'trusted' };
  const fault =
    'teams must be off, or left out, with edgeCredential trusted: the edge could not refuse a removed member';
  t.equal(faultOf({ ...trusted, teams: 'made' }), fault);
  t.equal(faultOf({ ...trusted, teams: 'both', teamClaim: 'groups' }), fault);
  const settings = (changes: Changes) =>
    serviceSettings(parseStackValues({ ...PRODUCTION, ...changes }), made);
  t.equal(settings(trusted)['TEAMS'], 'off', 'a deployment from before there were teams still builds');
  t.equal(settings({})['TEAMS'], undefined, 'the service has a default');
  t.match(settings({ teams: 'both', teamClaim: 'groups', teamRole: 'viewer', maxTeamBytes: 5 }), {
    TEAMS: 'both',
    TEAM_CLAIM: 'groups',
    TEAM_ROLE: 'viewer',
    MAX_TEAM_BYTES: '5',
  });
});

t.test('what no scanner could look at is a question only if files are scanned', async (t) => {
  t.equal(faultOf({ serveNotScanned: true }), 'serveNotScanned is for scan: without it, all is served');
  t.equal(faultOf({ scan: 'guardduty', serveNotScanned: true }), 'no fault');
});

t.test('hosts of this machine are accepted with the account of the local stack only', async (t) => {
  for (const local of [
    { appOrigin: 'http://localhost:3000', filesOrigin: 'http://localhost:8080' },
    { appOrigin: 'https://app.test', filesOrigin: 'https://files.app.test' },
  ]) {
    t.strictSame(
      faultOf(local).split('\n'),
      [`appOrigin ${PUBLIC}`, `filesOrigin ${PUBLIC}`],
      JSON.stringify(local),
    );
    const text = JSON.stringify({
      ...PRODUCTION,
      ...local,
      cookieLifetimeSeconds: 10,
      providerRecheckSeconds: 1,
    });
    t.doesNotThrow(() => parseStackValues(JSON.parse(text.replaceAll('123456789012', '000000000000'))));
  }
});

t.test('wrong values are named all at once', async (t) => {
  t.strictSame(
    faultOf({ extra: 1, secretArn: undefined, filesOrigin: 'https://files.example.org', logDays: 31 }).split(
      '\n',
    ),
    [
      'extra is not a value of this stack',
      'secretArn is missing: the whole ARN of one secret in Secrets Manager, with the six characters at its end and nothing behind them',
      'logDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653',
      'filesOrigin must be a child of the app host, such as https://files.app.example.com',
    ],
  );
  for (const none of [[], null, 'text', 5]) {
    t.throws(() => parseStackValues(none), { message: /one JSON object/ }, JSON.stringify(none));
  }
});

const { appOrigin, filesOrigin, ...WITHOUT_ORIGINS } = PRODUCTION;

/** Right values in every spelling. */
const RIGHT: Changes[] = [
  ...[
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
    { bucketName: 'my-files-1', kmsKeyArn: KMS_KEY, tags: { 'cost-center': 'a/1 b' } },
    { permissionsBoundaryArn: 'arn:aws:iam::aws:policy/PowerUserAccess' },
    { permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/team/Bounds' },
    {
      cookieLifetimeSeconds: 300,
      keepDeletedDays: 0,
      reservedConcurrency: 2,
      protectTable: true,
      logDays: 30,
    },
    { ipv6: true, edgeCredential: 'trusted', alarmEmail: 'operator@example.com', stackName: 'Gateway-2' },
    { requestsPerSecond: 10_000, reserveSchedule: true, moverConcurrency: 20, webAclArn: WEB_ACL },
    { filesOrigin: `https://${'a'.repeat(48)}.app.example.com` },
    { webDirectory: '../my-app/dist', contentSecurityPolicy: "default-src 'self'" },
    { browserCache: 'revalidate', oidcLogoutStyle: 'cognito' },
    { events: true, scan: 'guardduty' },
    { backup: { days: 7 }, monthlyBudget: 2_000 },
    { scan: 'guardduty', serveNotScanned: true },
    { teams: 'off' },
    { teams: 'made', maxTeamBytes: 1_000_000 },
    { teams: 'provider', teamClaim: 'https://example.com/groups', teamRole: 'viewer' },
    { teams: 'both', teamClaim: 'groups', userIdClaim: 'employee' },
    { edgeCredential: 'trusted', teams: 'off' },
    { $schema: './infra/values.schema.json' },
  ].map((changes) => ({ ...PRODUCTION, ...changes })),
  EVERYTHING,
  { ...WITHOUT_ORIGINS, domain: 'app.example.com' },
];

t.test('right values pass, in every spelling', async (t) => {
  for (const values of RIGHT) t.doesNotThrow(() => parseStackValues(values), JSON.stringify(values));
  t.strictSame(
    parseStackValues({ ...WITHOUT_ORIGINS, domain: 'app.example.com' }),
    parseStackValues({ ...WITHOUT_ORIGINS, appOrigin, filesOrigin }),
    'domain stands for both origins',
  );
  const [first] = PUBLIC_KEYS;
  const pem = `\r\n${first?.pem.replaceAll('\n', '\r\n')}\r\n`;
  const { publicKeys } = parseStackValues({ ...PRODUCTION, publicKeys: [{ name: 'gateway-1', pem }] });
  t.strictSame(publicKeys, [first], 'the PEM of a key has one spelling');
});

t.test('what npm run deploy makes may be missing before, and nothing else', async (t) => {
  const place = { account: '123456789012', region: 'eu-central-1' };
  const { secretArn, publicKeys, appCertificateArn, filesCertificateArn, ...given } = PRODUCTION;
  const made = { secretArn, publicKeys, appCertificateArn, filesCertificateArn };
  t.strictSame({ ...parseGivenValues(given, place), ...made }, { ...parseStackValues(PRODUCTION), ...made });
  t.strictSame(
    Object.keys(made).filter((name) => name in parseGivenValues(given, place)),
    [],
  );
  t.throws(() => parseGivenValues({ ...given, allow: undefined, logDays: 31, secretArn: '*' }, place), {
    message: /^allow is missing.*\nsecretArn must be the whole ARN .*\nlogDays must be/s,
  });
  for (const [change, message] of [
    [{ region: 'eu-west-1' }, `appCertificateArn ${REGION}`],
    [{ account: '210987654321' }, `appCertificateArn ${ACCOUNT}`],
  ] as const)
    t.throws(() => parseGivenValues({ ...given, appCertificateArn }, { ...place, ...change }), { message });
});

t.test('the published schema is that of the source, and takes what the build takes', async (t) => {
  const file = new URL('../../infra/values.schema.json', import.meta.url);
  const text = `${JSON.stringify(publishedSchema(), null, 2)}\n`;
  if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(file, text);
  t.equal(readFileSync(file, 'utf8'), text, 'UPDATE_SCHEMA=1 writes it');
  // What an editor reads has no more than JSON: no rule that is only a function.
  const schema = JSON.parse(text);
  for (const values of RIGHT) t.ok(Check(schema, values), JSON.stringify(values));
  const { secretArn, publicKeys, appCertificateArn, filesCertificateArn, ...six } = PRODUCTION;
  t.ok(Check(schema, six), 'npm run deploy makes the others');
  for (const [name, , values] of WRONG) {
    // These need another value, a parser, or a place.
    if (/Origin$|Issuer$|\[1\]|\.pem$/.test(name)) continue;
    for (const value of values.filter((one) => !/^arn:/.test(String(one)) && one !== undefined)) {
      const changes = { [name.replace(/\[.*/, '')]: value };
      t.notOk(Check(schema, { ...PRODUCTION, ...changes }), JSON.stringify(changes));
    }
  }
});

const policyOf = (length: number) => ({ contentSecurityPolicy: 'x'.repeat(length) });

t.test('values that Lambda would refuse are named, the largest first', async (t) => {
  const emailDomains = Array.from({ length: 300 }, (_, index) => `domain-${index}.example.com`);
  const fault = (bytes: number) =>
    `is too long: the settings of the service have ${bytes} bytes, and Lambda takes 4096`;
  for (const [changes, message] of [
    [
      policyOf(5_000),
      `contentSecurityPolicy ${fault(6009)} (contentSecurityPolicy 5030, publicKeys 207, oidcIssuer 43)`,
    ],
    [{ allow: { emailDomains } }, `allow ${fault(7765)} (allow 6817, publicKeys 207, oidcIssuer 43)`],
    [
      { allow: { emailDomains: emailDomains.slice(0, 100) }, ...policyOf(1_500) },
      `allow ${fault(4694)} (allow 2217, contentSecurityPolicy 1530, publicKeys 207)`,
    ],
  ] as [Changes, string][]) {
    t.equal(faultOf(changes), message, message);
  }
});

t.test('what fits, fits, with the longest names that CloudFormation could make', async (t) => {
  const values = parseStackValues(PRODUCTION);
  let length = 3_000;
  while (settingsFault({ ...values, ...policyOf(length + 1) }) === undefined) length += 1;
  const service = ofType(templatesOf(policyOf(length)).gateway, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties['Handler'] === 'lambda.handler',
  );
  const { Variables } = Object(service?.Properties['Environment']);
  const longest = {
    TABLE_NAME: 'CloudFrontCookieGateway-Sessions8896A56D-1ABCDEFGHIJKL',
    DETAILS_TABLE_NAME: 'CloudFrontCookieGateway-Details9AC9F377-1ABCDEFGHIJKL',
    BUCKET_NAME: 'b'.repeat(63),
    KEY_VALUE_STORE_ARN:
      'arn:aws:cloudfront::123456789012:key-value-store/0c0c0c0c-1111-2222-3333-444444444444',
    KEY_PAIR_ID: 'K2JCJMDEHXQW5F',
    MOVER_FUNCTION_NAME: 'CloudFrontCookieGateway-Mover06B3CE42-1ABCDEFGHIJKL',
  };
  t.equal(Buffer.byteLength(JSON.stringify({ ...Variables, ...longest })), 4_096);
  t.strictSame(Object.keys(Variables), Object.keys(serviceSettings({ ...values, ...policyOf(1) }, longest)));
});

t.test('every value that the service knows becomes its setting', (t) => {
  const values = parseStackValues({
    ...PRODUCTION,
    ...{ nativeClientIds: ['tv', 'phone'] },
    ...{ allow: 'everybody', oidcScopes: 'openid email', oidcLogoutStyle: 'cognito', ipv6: true },
    ...{ userIdClaim: 'employee', userIdIssuer: 'https://old.example.com', providerRecheckSeconds: 0 },
    ...{ teams: 'made', teamRole: 'viewer', maxUserBytes: 6, maxTeamBytes: 5, scan: 'guardduty' },
    ...{ cookieLifetimeSeconds: 300, signingKmsKeyArn: KMS_KEY, ...policyOf(1) },
    webDirectory: '../page/dist',
  });
  t.strictSame(serviceSettings(values, made), {
    ...{ APP_ORIGIN: PRODUCTION.appOrigin, FILES_ORIGIN: PRODUCTION.filesOrigin, ...made },
    ...{ OIDC_ISSUER: PRODUCTION.oidcIssuer, OIDC_CLIENT_ID: PRODUCTION.oidcClientId },
    NATIVE_CLIENT_IDS: 'tv,phone',
    ...{ OIDC_SCOPES: 'openid email', OIDC_LOGOUT_STYLE: 'cognito', USER_ID_CLAIM: 'employee' },
    ...{ USER_ID_ISSUER: 'https://old.example.com', PROVIDER_RECHECK_SECONDS: '0' },
    ...{
      TEAMS: 'made',
      TEAM_ROLE: 'viewer',
      MAX_USER_BYTES: '6',
      MAX_TEAM_BYTES: '5',
      FILES_IPV6: 'true',
      COOKIE_LIFETIME_SECONDS: '300',
      KEEP_DELETED_DAYS: '7',
      SCAN: 'guardduty',
    },
    ...{ SIGNING_PUBLIC_KEY: PUBLIC_KEYS[0]?.pem, SECRET_ID: PRODUCTION.secretArn },
    ...{ SIGNING_KMS_KEY_ID: KMS_KEY, WEB_DIRECTORY: 'web', CONTENT_SECURITY_POLICY: 'x' },
  });
  t.end();
});

t.test('the service is open to everybody only if the values say so', (t) => {
  const { allow: _, ...values } = parseStackValues(PRODUCTION);
  const settings = (changes: object) =>
    Object.entries(serviceSettings(Object.assign({ ...values }, changes) as StackValues, made)).filter(
      ([name]) => name.startsWith('ALLOWED'),
    );
  t.strictSame(settings({ allow: 'everybody' }), []);
  t.strictSame(settings({ allow: { claim: 'groups', value: 'staff' } }), [['ALLOWED_CLAIM', 'groups=staff']]);
  t.strictSame(settings({ allow: { emailDomains: ['example.com', 'example.org'] } }), [
    ['ALLOWED_EMAIL_DOMAINS', 'example.com,example.org'],
  ]);
  for (const changes of [{}, { allow: {} }])
    t.throws(() => settings(changes), TypeError, JSON.stringify(changes));
  t.end();
});
