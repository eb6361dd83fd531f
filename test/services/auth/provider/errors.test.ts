import t from 'tap';
import { ERRORS } from '../../../../core/errors.ts';
import { ASK_ADMINISTRATOR } from '../../../../services/auth/provider/discovery.ts';
import { LOGGER } from '../../../../services/auth/wiring/logger.ts';
import { parseJson } from '../../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const lines: { msg: string; code?: string; provider?: object; err?: { cause?: object } }[] = [];
const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
const service = await startService(t, provider.issuer, {}, { ...LOGGER, stream });

/** The text that a person reads, and the log of the provider's answer. */
async function refused(misbehavior: Misbehavior) {
  lines.length = 0;
  const { answer, code, jar } = await attemptLogin(service, provider, misbehavior);
  const { detail } = await parseJson<{ detail: string }>(answer);
  t.strictSame(jar.names(), [], 'nobody is signed in');
  return [answer.status, code, detail, lines.find((line) => line.provider)?.provider];
}

t.test('an answer without a code is in the log; the person is told what to do', async (t) => {
  const errors = (error: string, error_description?: string): Misbehavior => ({
    authorizationResponse: { code: undefined, error, error_description },
  });
  t.strictSame(await refused(errors('access_denied', 'The user said "no"\n\u202eat all')), [
    ...[403, 'login_refused', ERRORS.login_refused],
    { error: 'access_denied', description: 'The user said ?no???at all' },
  ]);
  t.strictSame(await refused(errors('invalid_scope', 'Invalid scopes: openid groups')), [
    ...[403, 'login_refused', ASK_ADMINISTRATOR],
    { error: 'invalid_scope', description: 'Invalid scopes: openid groups' },
  ]);
  t.strictSame(await refused(errors('temporarily_unavailable')), [
    ...[503, 'provider_unavailable', ERRORS.provider_unavailable],
    { error: 'temporarily_unavailable' },
  ]);
  const [, , , said] = await refused(errors('e'.repeat(100), `${'word '.repeat(100)}`));
  t.strictSame(said, { error: '...', description: 'word '.repeat(60) });
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
  const [, , , cut] = await refused(errors('server_error', `the code ${token} is bad`));
  t.strictSame(cut, { error: 'server_error', description: 'the code ... is bad' });
});

t.test('the same for the answer of the token endpoint', async (t) => {
  t.strictSame(await refused({ clientSecret: 'another' }), [
    ...[502, 'login_failed', ASK_ADMINISTRATOR],
    { error: 'invalid_client' },
  ]);
  t.strictSame(await refused({ clientSecret: 'another', challenges: true }), [
    ...[502, 'login_failed', ASK_ADMINISTRATOR, undefined],
  ]);
  t.strictSame(await refused({ authorizationResponse: { code: 'of nobody' } }), [
    ...[502, 'login_failed', ERRORS.login_failed],
    { error: 'invalid_grant' },
  ]);
  t.strictSame(await refused({ signature: 'wrong key' }), [
    ...[502, 'login_failed', ERRORS.login_failed, undefined],
  ]);
});

t.test(
  'a provider that cannot be discovered: the log says so at the start, and the person is told what to do',
  async (t) => {
    lines.length = 0;
    const wrong = await startService(t, `${provider.issuer}/realms/other`, {}, { ...LOGGER, stream });
    const words = `GET ${provider.issuer}/realms/other/.well-known/openid-configuration: its issuer is`;
    t.match(
      lines.find(({ msg }) => msg.startsWith('the identity provider could not be discovered'))?.err?.cause,
      {
        message: words,
      },
    );
    const answer = await fetch(`${wrong.origin}/auth/login`, { redirect: 'manual' });
    t.match(
      [answer.status, await answer.json()],
      [503, { code: 'provider_unavailable', detail: ASK_ADMINISTRATOR }],
    );
  },
);

t.test('PAR if discovery requires it', async (t) => {
  const metadata = {
    require_pushed_authorization_requests: true,
    pushed_authorization_request_endpoint: `${provider.issuer}/par`,
  };
  provider.is({ metadata });
  const par = await startService(t, provider.issuer);
  const { jar, callbackUrl } = await beginLogin(par);
  t.equal((await callback(jar, callbackUrl)).answer.status, 302);
  const { authorization, body } = provider.pushedRequests.at(-1) ?? {};
  t.match(authorization, /^Basic /);
  t.match(Object.fromEntries(body ?? []), { code_challenge_method: 'S256', state: /^[\w-]{43}$/ });
  t.strictSame([...(provider.authorizationRequests.at(-1)?.keys() ?? [])], ['request_uri', 'client_id']);
  provider.is({ metadata, clientSecret: 'another' });
  const refusedLogin = await fetch(`${par.origin}/auth/login`, { redirect: 'manual' });
  t.match([refusedLogin.status, await refusedLogin.json()], [502, { detail: ASK_ADMINISTRATOR }]);
});

t.test('an issuer may differ in the case of its escapes', async (t) => {
  const issuer = `${provider.issuer}/realms/%E7%8C%AB`;
  for (const [asked, status] of [
    [issuer, 302],
    [`${provider.issuer}/realms/%e7%8c%ab`, 302],
    [`${issuer}/`, 503],
  ] as const) {
    provider.is({ metadata: { issuer } });
    const { origin } = await startService(t, asked);
    t.equal((await fetch(`${origin}/auth/login`, { redirect: 'manual' })).status, status, asked);
  }
});
