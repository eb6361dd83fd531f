import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import {
  checkPorts,
  LocalSettingsError,
  MAKE_ROOM,
  parseLocalSettings,
  settingsOfFile,
  startFaults,
} from '../../../services/local/settings.ts';
import { KeyFileError } from '../../../services/operator/keys/key-files.ts';
import { freePorts } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('the settings of the service that are passed on from the shell, and no others', async (t) => {
  const teams = { TEAMS: 'both', TEAM_CLAIM: 'groups', TEAM_ROLE: 'viewer', MAX_TEAM_BYTES: '1000' };
  const others = { METRICS_PORT: '1', TABLE_NAME: 'of-another-deployment', OIDC_SCOPES: 'openid groups' };
  t.strictSame(parseLocalSettings({ ...teams, ...others }).passedOn, teams);
  const provider = { OIDC_ISSUER: 'https://login.example.com', OIDC_CLIENT_ID: 'gateway' };
  t.strictSame(parseLocalSettings({ ...teams, ...others, ...provider }).passedOn, {
    OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'none',
    ...teams,
    OIDC_SCOPES: 'openid groups',
    ...provider,
  });
});

t.test('.env has what the shell could pass on, and nothing else of it counts', async (t) => {
  const file = join(temporaryDirectory(t), '.env');
  t.strictSame(settingsOfFile(file), {}, 'no such file');
  writeFileSync(
    file,
    `# The provider
OIDC_ISSUER=https://login.example.com
OIDC_CLIENT_ID=gateway
OIDC_CLIENT_SECRET="a # b"
TEAM_CLAIM=groups
APP_ORIGIN=https://app.example.com
TABLE_NAME=of-a-deployment
APP_PORT=1
`,
  );
  const read = settingsOfFile(file);
  const settings = parseLocalSettings({ ...read, OIDC_CLIENT_ID: 'of-the-shell' });
  t.equal(settings.appOrigin, 'http://localhost:3000');
  t.strictSame(settings.passedOn, {
    OIDC_ISSUER: 'https://login.example.com',
    OIDC_CLIENT_ID: 'of-the-shell',
    OIDC_CLIENT_SECRET: 'a # b',
    TEAM_CLAIM: 'groups',
  });
});

t.test('the clients that are no browser: those of the shell, or the one of the local provider', async (t) => {
  const provider = { OIDC_ISSUER: 'https://login.example.com', OIDC_CLIENT_ID: 'gateway' };
  const idsOf = (env: Record<string, string>) => parseLocalSettings(env).nativeClientIds;
  t.strictSame(idsOf({}), ['gateway-native']);
  t.strictSame(idsOf(provider), []);
  for (const env of [{}, provider])
    t.strictSame(idsOf({ ...env, NATIVE_CLIENT_IDS: 'tv,phone' }), ['tv', 'phone'], JSON.stringify(env));
});

t.test('HTTPS is for localhost, for the page and for the files', async (t) => {
  const refused = 'HTTPS=1 is for localhost: leave APP_ORIGIN and FILES_ORIGIN out, or HTTPS';
  const other = { APP_ORIGIN: 'https://app.gateway.test', FILES_ORIGIN: 'https://files.gateway.test' };
  const [app, files] = ['https://localhost:3000', 'https://localhost:8080'];
  t.equal(parseLocalSettings({ HTTPS: '1', APP_ORIGIN: app, FILES_ORIGIN: files }).https, true);
  for (const env of [
    { ...other, FILES_ORIGIN: files },
    { ...other, APP_ORIGIN: app },
  ]) {
    const fault = new LocalSettingsError([refused]);
    t.throws(() => parseLocalSettings({ HTTPS: '1', ...env }), fault, JSON.stringify(env));
  }
});

const USUAL = {
  ports: { app: 3000, edge: 8080, identityProvider: 9000, dynamodb: 8000, s3: 9090, cloudFrontApi: 9080 },
  ...{ appOrigin: 'http://localhost:3000', filesOrigin: 'http://localhost:8080', https: false },
  ...{ cookieLifetimeSeconds: 900, keepDeletedDays: 7, isScanned: false, assumptions: {} },
  ...{ nativeClientIds: ['gateway-native'], passedOn: {} },
};

t.test('each setting changes what it names, and nothing else', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'index.html'), '');
  const { ports } = USUAL;
  const issuer = 'https://login.example.com';
  const provider = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'c' };
  const own = { provider: { issuer, clientId: 'c' }, nativeClientIds: [] };
  const isPublic = { OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'none' };
  const names = { APP_ORIGIN: 'http://app.test:3000', FILES_ORIGIN: 'http://files.app.test:8080' };
  const https = ['https://localhost:3000', 'https://localhost:8080'];
  for (const [env, changes] of [
    [{}, {}],
    [{ APP_PORT: '1' }, { ports: { ...ports, app: 1 }, appOrigin: 'http://localhost:1' }],
    [{ EDGE_PORT: '65535' }, { ports: { ...ports, edge: 65_535 }, filesOrigin: 'http://localhost:65535' }],
    [{ IDP_PORT: '1', DYNAMODB_PORT: '2' }, { ports: { ...ports, identityProvider: 1, dynamodb: 2 } }],
    [{ S3_PORT: '1', CLOUDFRONT_API_PORT: '2' }, { ports: { ...ports, s3: 1, cloudFrontApi: 2 } }],
    [{ APP_PORT: '', HTTPS: '', SCAN: '', EVENTS_URL: '', BROWSER_CACHE: '', WEB_DIRECTORY: '' }, {}],
    [{ HTTPS: '1' }, { https: true, appOrigin: https[0], filesOrigin: https[1] }],
    [names, { appOrigin: names.APP_ORIGIN, filesOrigin: names.FILES_ORIGIN }],
    [{ COOKIE_LIFETIME_SECONDS: '10' }, { cookieLifetimeSeconds: 10 }],
    [{ COOKIE_LIFETIME_SECONDS: '86400' }, { cookieLifetimeSeconds: 86_400 }],
    [{ KEEP_DELETED_DAYS: '0' }, { keepDeletedDays: 0 }],
    [{ KEEP_DELETED_DAYS: '365' }, { keepDeletedDays: 365 }],
    [{ EVENTS_URL: 'http://a.test/b' }, { eventsUrl: 'http://a.test/b' }],
    [{ EVENTS_URL: 'https://a.test' }, { eventsUrl: 'https://a.test' }],
    [{ SCAN: 'demo' }, { isScanned: true }],
    [{ BROWSER_CACHE: 'revalidate' }, { browserCache: 'revalidate' }],
    [{ EDGE_ASSUMPTIONS: 'duplicates=last' }, { assumptions: { duplicates: 'last' } }],
    [{ WEB_DIRECTORY: directory }, { passedOn: { WEB_DIRECTORY: directory } }],
    [{ OIDC_ISSUER: '', OIDC_CLIENT_ID: 'c', ALLOWED_EMAILS: 'a' }, {}],
    [provider, { ...own, passedOn: { ...isPublic, ...provider } }],
    ...['OIDC_CLIENT_SECRET', 'OIDC_CLIENT_SECRET_FILE'].map((name) => [
      { ...provider, [name]: 's' },
      { ...own, passedOn: { ...provider, [name]: 's' } },
    ]),
    ...['ALLOWED_EMAILS', 'USER_ID_ISSUER', 'PROVIDER_RECHECK_SECONDS'].map((name) => [
      { ...provider, [name]: '1', [`MY_${name}`]: '1', [`${name}.x`]: '1' },
      { ...own, passedOn: { ...isPublic, ...provider, [name]: '1' } },
    ]),
  ] as [Record<string, string>, object][])
    t.strictSame(parseLocalSettings(env), { ...USUAL, ...changes }, JSON.stringify(env));
});

t.test('each setting that is wrong is named, with what it must be', async (t) => {
  const aPublicName =
    'is a public name, and anybody can sign in to this stack as anybody: it runs on localhost, or under .test';
  const noId = 'OIDC_CLIENT_ID is missing: the client id that the provider gave you';
  const address = 'EVENTS_URL must be an address that begins with http:// or https://';
  const port = (name: string) => `${name} must be a port, 1 to 65535`;
  const seconds = 'COOKIE_LIFETIME_SECONDS must be a whole number, 10 to 86400';
  const days = 'KEEP_DELETED_DAYS must be a whole number, 0 to 365';
  for (const [env, ...faults] of [
    [{ HTTPS: '0' }, 'HTTPS must be 1, or empty'],
    ...['0', '65536', '1.5', 'x'].map((APP_PORT) => [{ APP_PORT }, port('APP_PORT')]),
    [{ S3_PORT: '-1', IDP_PORT: 'x' }, port('IDP_PORT'), port('S3_PORT')],
    ...['9', '86401', '10.5', 'x'].map((COOKIE_LIFETIME_SECONDS) => [{ COOKIE_LIFETIME_SECONDS }, seconds]),
    ...['-1', '366', 'x'].map((KEEP_DELETED_DAYS) => [{ KEEP_DELETED_DAYS }, days]),
    ...['ftp://x', 'x', 'xhttp://x'].map((EVENTS_URL) => [{ EVENTS_URL }, address]),
    [{ SCAN: 'yes' }, 'SCAN must be demo, or empty'],
    [{ BROWSER_CACHE: '1' }, 'BROWSER_CACHE must be revalidate, or empty'],
    [{ WEB_DIRECTORY: '/nowhere' }, 'WEB_DIRECTORY must be a directory with an index.html'],
    [{ OIDC_ISSUER: 'ftp://x' }, 'OIDC_ISSUER must be https (http is for a provider on this machine)', noId],
    [{ OIDC_ISSUER: 'https://x.example' }, noId],
    [{ APP_ORIGIN: 'https://app.example.com' }, `APP_ORIGIN ${aPublicName}`],
    [{ FILES_ORIGIN: 'https://files.example.com' }, `FILES_ORIGIN ${aPublicName}`],
    [
      { APP_ORIGIN: 'nonsense' },
      'APP_ORIGIN must be an origin, such as https://app.example.com, with no path and no slash at the end',
    ],
    [{ APP_PORT: '8080' }, 'FILES_ORIGIN must differ from APP_ORIGIN: an uploaded file could act as the app'],
  ] as [Record<string, string>, ...string[]][])
    t.throws(() => parseLocalSettings(env), new LocalSettingsError(faults), JSON.stringify(env));
  t.throws(() => parseLocalSettings({ EDGE_ASSUMPTIONS: 'a=b' }), /EDGE_ASSUMPTIONS: "a" is not/);
});

t.test('why a start fails is told, if a person can mend it', async (t) => {
  const coded = (code: string, path = {}) => Object.assign(new Error('failed'), { code, ...path });
  const path = { path: '/a' };
  const denied = '/a cannot be written to: give this user the permission, or clone elsewhere';
  for (const [error, faults] of [
    [new LocalSettingsError(['one', 'two']), ['one', 'two']],
    [new KeyFileError('the key file is broken'), ['the key file is broken']],
    [coded('ENOSPC'), [`no space left on the disk: npm start needs room in .local/. ${MAKE_ROOM}`]],
    ...['EACCES', 'EPERM', 'EROFS'].map((code) => [coded(code, path), [denied]]),
    [coded('ENOENT', path), undefined],
    [coded('EACCES'), undefined],
    [new Error('a fault of ours'), undefined],
    ['a text', undefined],
  ] as [unknown, string[] | undefined][])
    t.strictSame(startFaults(error), faults, String(error));
});

t.test('each port that is taken is named, with the variable that moves it', async (t) => {
  const free = await freePorts(6);
  const [app = 0, edge = 0, identityProvider = 0, dynamodb = 0, s3 = 0, cloudFrontApi = 0] = free;
  const ports = { app, edge, identityProvider, dynamodb, s3, cloudFrontApi };
  t.equal(await checkPorts(ports, false), undefined);
  for (const port of [s3, identityProvider]) {
    const taken = await listenOnLoopback(() => {}, port);
    t.teardown(() => taken.close(0));
  }
  const fault = (port: number, name: string) =>
    `port ${port} is taken: stop the program that listens there, or set ${name} to a free port`;
  const faults = [fault(identityProvider, 'IDP_PORT'), fault(s3, 'S3_PORT')];
  await t.rejects(checkPorts(ports, false), new LocalSettingsError(faults));
  await t.rejects(checkPorts(ports, true), new LocalSettingsError(faults.slice(1)), 'with no provider here');
});
