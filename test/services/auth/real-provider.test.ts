import t, { type Test } from 'tap';
import { TIME_LIMITS, type TimeLimits } from '../../../services/auth/domain/time-limits.ts';
import { parseJson, signIn } from '../../support/client.ts';
import { startRotatingProvider } from './support/rotating-provider.ts';
import { serviceSettings, startService, startStore } from './support/service.ts';

await startStore(t);

async function start(
  t: Test,
  changes: Record<string, string> = {},
  ofOrigin: (
    origin: string,
  ) => Omit<Parameters<typeof startRotatingProvider>[1], 'redirectUris'> = () => ({}),
  limits?: TimeLimits,
) {
  const settings = await serviceSettings('', changes);
  const { APP_ORIGIN: origin = '' } = settings;
  const redirectUris = [`${origin}/auth/callback`];
  const provider = await startRotatingProvider(t, { redirectUris, ...ofOrigin(origin) });
  const of = { ...settings, OIDC_ISSUER: provider.issuer };
  const service = await startService(t, provider.issuer, of, false, limits);
  return { provider, service, origin, stack: { appOrigin: origin } };
}

t.test(
  'a sign-in a second after all keys were replaced; the sign-out leaves out the hint of old keys',
  async (t) => {
    const { provider, service, stack, origin } = await start(t, {}, undefined, TIME_LIMITS);
    const before = await signIn(stack, 'alice');
    provider.rotateKeys();
    await service.deps.clock.sleep(1_000);
    const after = await signIn(stack, 'bob');
    t.equal(after.callback.status, 302);
    const { redirect_to } = await parseJson<{ redirect_to: string }>(await before.post('/auth/logout'));
    const onward = await before.request(origin + redirect_to);
    const endSession = new URL(onward.headers.get('location') ?? '');
    t.equal(endSession.searchParams.has('id_token_hint'), false);
    const page = await before.request(endSession.href);
    t.equal(page.status, 200, 'the provider asks, and shows no error');
  },
);

t.test('a back channel without a sid ends all sessions of the person', async (t) => {
  const { provider, stack, origin } = await start(t, {}, (app) => ({
    client: {
      backchannel_logout_uri: `${app}/auth/backchannel-logout`,
      backchannel_logout_session_required: false,
    },
  }));
  const [one, two, other] = [
    await signIn(stack, 'alice'),
    await signIn(stack, 'alice'),
    await signIn(stack, 'bob'),
  ];
  const page = await (await one.request(`${provider.issuer}/session/end`)).text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const body = new URLSearchParams({ xsrf, logout: 'yes' });
  const done = await one.request(`${provider.issuer}/session/end/confirm`, { method: 'POST', body });
  t.equal(done.status, 303, await done.text());
  const shown = async (user: typeof one) => (await user.request(`${origin}/auth/session`)).status;
  t.strictSame([await shown(one), await shown(two), await shown(other)], [401, 401, 200]);
});
