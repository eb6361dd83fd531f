import t from 'tap';
import { parseLocalSettings } from '../../../services/local/settings.ts';

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
