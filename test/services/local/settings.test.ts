import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import {
  checkPorts,
  LocalSettingsError,
  parseLocalSettings,
  settingsOfFile,
} from '../../../services/local/settings.ts';
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
