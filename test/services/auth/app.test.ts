import t from 'tap';
import { buildApp } from '../../../services/auth/app.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { startService, startStore } from './support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);

t.test('the page and every answer have security headers', async (t) => {
  const { origin } = await startService(t, provider.issuer);
  for (const path of ['/', '/auth/session', '/nowhere', '/livez', '/api/openapi.json']) {
    const { headers } = await fetch(origin + path);
    t.equal(headers.get('referrer-policy'), 'same-origin', path);
    t.equal(headers.get('x-content-type-options'), 'nosniff', path);
    t.equal(headers.get('strict-transport-security'), null, 'no HSTS for http');
    const policy = headers.get('content-security-policy') ?? '';
    t.match(policy, /^default-src 'none';script-src 'self';/, path);
    t.match(policy, "frame-ancestors 'none'", path);
    // The provider's sign-out form goes to another origin than the issuer's.
    t.match(policy, "form-action 'self' https://sign-out.example;", path);
    t.equal(headers.get('cache-control'), 'no-store', path);
    t.equal(headers.get('server'), null, path);
  }
});

t.test('for a year, browsers ask for the app host and its children by HTTPS only', async (t) => {
  const { deps } = await startService(t, provider.issuer);
  const origins = { ...deps.config.origins, app: 'https://app.example.org' };
  const app = await buildApp({ ...deps, config: { ...deps.config, origins } });
  t.teardown(() => app.close());
  const { headers } = await app.inject({ url: '/', headers: { host: 'app.example.org' } });
  t.equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains');
});

t.test('a refusal has the security headers, too', async (t) => {
  const { origin } = await startService(t, provider.issuer);
  const ofAnotherName = await fetch(origin.replace('localhost', '127.0.0.1'));
  const ofAnotherOrigin = await fetch(`${origin}/auth/logout`, { method: 'POST' });
  t.strictSame([ofAnotherName.status, ofAnotherOrigin.status], [421, 403]);
  for (const [index, { headers }] of [ofAnotherName, ofAnotherOrigin].entries()) {
    t.match(headers.get('content-security-policy'), /^default-src 'none';/, `row ${index}`);
    t.equal(headers.get('x-content-type-options'), 'nosniff', `row ${index}`);
  }
});

t.test('a provider that is down at start: the service starts, and finds it later', async (t) => {
  const { origin } = await startService(t, 'http://localhost:1');
  const page = await fetch(origin);
  t.equal(page.status, 200);
  t.match(page.headers.get('content-security-policy'), "form-action 'self' http://localhost:1;");
  const login = await fetch(`${origin}/auth/login`);
  t.equal(login.status, 503);
  t.equal(login.headers.get('retry-after'), '2');
  t.match(await login.text(), '"code":"provider_unavailable"');
  t.strictSame(login.headers.getSetCookie(), []);
});
