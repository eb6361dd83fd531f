import { createHash } from 'node:crypto';
import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { deriveUserId } from '../../../../core/user-id.ts';
import { CookieJar, send } from '../../../support/client.ts';
import { beginLogin, callback } from '../support/service.ts';
import { startSignIn } from '../support/sign-in.ts';

const { provider, service, origin, attempt, userOf } = await startSignIn(t);

t.test('a sign-in: code flow, PKCE S256, state, nonce; then return_to with a session', async (t) => {
  const { answer, jar } = await attempt({}, { returnTo: '/a?b=c' });
  t.equal(answer.status, 302);
  t.equal(answer.headers.get('location'), '/a?b=c');
  t.equal(await userOf(jar), deriveUserId(provider.issuer, 'alice'));
  const asked = provider.authorizationRequests.at(-1);
  t.match(Object.fromEntries(asked ?? []), {
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    redirect_uri: `${origin}/auth/callback`,
    state: /^[\w-]{43}$/,
    nonce: /^[\w-]{43}$/,
  });
  const { authorization, body } = provider.tokenRequests.at(-1) ?? {};
  const basic = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  t.equal(basic, 'gateway:a-secret-of-the-client');
  t.equal(
    asked?.get('code_challenge'),
    createHash('sha256')
      .update(body?.get('code_verifier') ?? '')
      .digest('base64url'),
  );
});

t.test('the session id changes at every sign-in (fixation), and the former session is gone', async (t) => {
  const jar = new CookieJar();
  const planted = 'x'.repeat(43);
  provider.is({});
  const begun = await beginLogin(service, { jar });
  const login = jar.names()[0] ?? '';
  await callback(jar, begun.callbackUrl, {
    cookie: `${login}=${jar.get(login)}; __Host-session=${planted}`,
  });
  const first = jar.get('__Host-session');
  t.not(first, planted);
  const before = `__Host-session=${first}`;
  await attempt({}, { jar });
  t.not(jar.get('__Host-session'), first);
  const answer = await fetch(`${origin}/auth/session`, { headers: { cookie: before } });
  t.equal(answer.status, 401);
});

t.test('nobody signs in while the store does not say which session the browser had', async (t) => {
  const { jar } = await attempt({ subject: 'bob' });
  const { users } = service.stores;
  const { read } = users;
  users.read = async () => {
    users.read = read;
    throw new GatewayError('store_unavailable');
  };
  const { answer, code } = await attempt({ subject: 'bob' }, { jar });
  t.strictSame([answer.status, code], [503, 'store_unavailable']);
});

t.test(
  "if a person signs in after another, during the session or later, the other's CloudFront cookies go",
  async (t) => {
    const [bob, carol] = [deriveUserId(provider.issuer, 'bob'), deriveUserId(provider.issuer, 'carol')];
    for (const gone of ['', '__Host-session']) {
      const { jar } = await attempt({ subject: 'bob' });
      const used = gone === '' ? jar : jar.without(gone);
      const { answer } = await attempt({ subject: 'carol' }, { jar: used });
      const lines = answer.headers.getSetCookie();
      const cleared = lines.filter(
        (line) => line.includes(`Path=/users/${bob}/`) && /^CloudFront-\S+=;/.test(line),
      );
      t.equal(cleared.length, 4, gone);
      t.ok(
        lines.some((line) => line.startsWith(`__Host-files-${bob}=;`)),
        gone,
      );
      t.equal(await userOf(used), carol, gone);
    }
  },
);

t.test('a refused sign-in leaves the existing session', async (t) => {
  const { jar } = await attempt({ subject: 'bob' });
  t.equal((await attempt({ signature: 'none' }, { jar })).code, 'login_failed');
  t.equal(await userOf(jar), deriveUserId(provider.issuer, 'bob'));
});

t.test('return_to never leaves the app host', async (t) => {
  // The test of `toReturnTo` has the others.
  const payloads = ['//evil', '/\\evil', '/%2e%2e//evil', `${origin}@evil`, '/a\r\nLocation: https://evil'];
  for (const payload of payloads) {
    const { answer } = await attempt({}, { returnTo: payload });
    const location = answer.headers.get('location') ?? '//none';
    t.equal(new URL(location, origin).origin, origin, JSON.stringify(payload).slice(0, 40));
    t.match(location, /^\/(?![/\\])/, location.slice(0, 40));
  }
  for (const query of ['return_to=/a&return_to=/b', 'return_to[]=/a', 'return_to[0]=/a', '']) {
    provider.is({});
    const jar = new CookieJar();
    const login = await send(jar, `${origin}/auth/login?${query}`);
    const authorize = await fetch(login.headers.get('location') ?? '', { redirect: 'manual' });
    const { answer } = await callback(jar, authorize.headers.get('location') ?? '');
    t.equal(answer.headers.get('location'), '/', query);
  }
});
