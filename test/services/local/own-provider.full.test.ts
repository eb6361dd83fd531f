import t from 'tap';
import { createIdentityProvider } from '../../../services/local/identity-provider.ts';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import { generateIdentityProviderKeys } from '../../../services/local/state.ts';
import { CookieJar, send, signIn } from '../../support/client.ts';
import { copyOfProject, runCommand } from '../../support/clone.ts';
import { freePorts } from '../../support/ports.ts';
import { freePortVariables } from '../../support/test-stack.ts';

const RUN = ['node', 'scripts/run.mjs', 'services/local/main.ts'];

t.test('npm start with an operator’s own provider', async (t) => {
  const directory = copyOfProject(t);
  const env = await freePortVariables();
  const settings = parseLocalSettings(env);
  const { appOrigin } = settings;
  const [port = 0] = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const provider = createIdentityProvider({
    ...{
      issuer,
      clientId: 'own',
      clientSecret: 'the secret of the client',
      jwks: generateIdentityProviderKeys(),
    },
    redirectUris: [`${appOrigin}/auth/callback`],
    postLogoutRedirectUris: [`${appOrigin}/auth/signed-out`],
    backchannelLogoutUri: `${appOrigin}/auth/backchannel-logout`,
    cookieKeys: ['a cookie key of this test'],
  });
  await provider.listen(port);
  t.teardown(() => provider.close());

  const fails = async (own: Record<string, string>) => {
    const command = runCommand(directory, RUN, { ...env, ...own });
    t.equal(await command.exit, 1);
    return command.output().trim().split('\n');
  };
  t.strictSame(await fails({ OIDC_ISSUER: `${issuer}/realms/x`, OIDC_CLIENT_ID: 'own' }), [
    `start: OIDC_ISSUER: GET ${issuer}/realms/x/.well-known/openid-configuration: status 404: is OIDC_ISSUER the whole issuer, with its path?`,
  ]);
  t.strictSame(await fails({ OIDC_ISSUER: issuer }), [
    'start: OIDC_CLIENT_ID is missing: the client id that the provider gave you',
  ]);

  t.strictSame(await fails({ OIDC_ISSUER: `${issuer}/`, OIDC_CLIENT_ID: 'own' }), [
    `start: OIDC_ISSUER: GET ${issuer}/.well-known/openid-configuration: its issuer is ${issuer} and OIDC_ISSUER is ${issuer}/: if that is your provider, set OIDC_ISSUER to ${issuer}`,
  ]);

  const own = {
    ...{ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'own', OIDC_CLIENT_SECRET: 'the secret of the client' },
    ...{ ALLOWED_CLAIM: 'sub=alice', USER_ID_ISSUER: 'https://old.example', METRICS_PORT: '1' },
    // Another program listens there. It is not part of this stack.
    IDP_PORT: String(port),
  };
  const wrong = await fails({ ...own, ALLOWED_CLAIM: 'sub' });
  t.equal(wrong.at(-1), 'start: ALLOWED_CLAIM must be name=value, such as groups=staff');
  const running = runCommand(directory, RUN, { ...env, ...own });
  await running.waitFor(`ready ${appOrigin}\n`);
  t.match(
    running.output(),
    [
      `Identity provider: ${issuer}. Register these for its client own:`,
      `  redirect URI         ${appOrigin}/auth/callback`,
      `  after logout         ${appOrigin}/auth/signed-out`,
      `  back-channel logout  ${appOrigin}/auth/backchannel-logout`,
      '  (if the provider runs in a container, it cannot reach the last one: localhost is the container there)',
    ].join('\n'),
  );
  const alice = await signIn({ appOrigin }, 'alice');
  t.equal((await alice.post('/auth/refresh')).status, 200);
  await t.rejects(signIn({ appOrigin }, 'bob'), /not_allowed/);
  const page = await (await send(new CookieJar(), `${appOrigin}/`)).text();
  t.notMatch(page, 'demo.js', 'the demonstration is for alice and bob of the local provider');
  running.child.kill('SIGTERM');
  t.equal(await running.exit, 0);

  const names = { APP_ORIGIN: 'http://app.test', FILES_ORIGIN: 'http://files.app.test' };
  const far = runCommand(directory, RUN, { ...env, ...own, ...names });
  await far.waitFor('ready http://app.test\n');
  t.match(far.output(), '\n  The provider cannot reach the last one, which is on this machine. ');
  far.child.kill('SIGTERM');
  t.equal(await far.exit, 0);
});
