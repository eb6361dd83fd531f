import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { LocalSettingsError, parseLocalSettings, settingsOfFile } from '../../../services/local/settings.ts';
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
