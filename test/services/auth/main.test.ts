import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { parseUserId } from '../../../core/user-id.ts';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { withoutSessions } from '../../../services/auth/sessions/live.ts';
import { issueToken } from '../../../services/auth/sessions/secret-token.ts';
import { CookieJar, send } from '../../support/client.ts';
import { freePorts } from '../../support/ports.ts';
import { rawRequest } from '../../support/raw-request.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { change, nowEpoch, seedSession } from './support/seed-session.ts';
import { attemptLogin, startStore, storesOf, TABLE_NAME, tokenMacOf } from './support/service.ts';
import { startServiceProcess } from './support/service-process.ts';

/** A session's token that the service has to look up. */
function tokenOfSomebody(settings: Record<string, string>): string {
  return issueToken(tokenMacOf({ settings }), 'session', 'somebody').token;
}

t.test('the log holds no secret and no credential', async (t) => {
  const store = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const service = await startServiceProcess(t, provider.issuer);
  const { origin, settings } = service;
  const secrets = new Set<string>();
  const keep = (...values: (string | null | undefined)[]) => {
    for (const value of values) if (value && value.length >= 6) secrets.add(value);
  };
  const keepCookies = (answer: Response) => {
    for (const line of answer.headers.getSetCookie()) keep(/=([^;]*)/.exec(line)?.[1]);
  };
  keep(settings['OIDC_CLIENT_SECRET'], settings['LOGIN_SECRET'], process.env['AWS_SECRET_ACCESS_KEY']);
  keep(...(settings['SIGNING_KEY'] ?? '').split('\n').filter((line) => !line.startsWith('-----')));
  keep('access-token-of-the-provider');

  const attempt = async (misbehavior: Parameters<typeof provider.is>[0], jar = new CookieJar()) => {
    const login = await send(jar, `${origin}/auth/login?return_to=/secret-place`);
    keepCookies(login);
    const ended = await attemptLogin(service, provider, misbehavior, { jar });
    keepCookies(ended.answer);
    const { searchParams } = new URL(ended.callbackUrl);
    keep(searchParams.get('code'), searchParams.get('state'));
    return ended;
  };
  const { jar } = await attempt({});
  keep('secret-place');
  const refused: Parameters<typeof provider.is>[0][] = [
    { signature: 'none' },
    { signature: 'wrong key' },
    { claims: { nonce: 'a-wrong-nonce', email: 'somebody@example.com' } },
    { authorizationResponse: { iss: 'https://evil.example' } },
    { authorizationResponse: { error: 'access_denied', error_description: `no ${'d'.repeat(43)}` } },
    { tokenResponse: async () => '{"access_token":"a-token-in-broken-json' },
    { tokenResponse: async () => 'x'.repeat(7) },
    { tokenResponse: async () => '{"access_token":"a-token-alone","token_type":"bearer"}' },
  ];
  for (const [index, misbehavior] of refused.entries()) {
    const { answer, code } = await attempt(misbehavior);
    const isDenied = misbehavior.authorizationResponse?.error === 'access_denied';
    t.strictSame(
      [answer.status, code],
      isDenied ? [403, 'login_refused'] : [502, 'login_failed'],
      `row ${index}`,
    );
  }
  keep('a-wrong-nonce', 'somebody@example.com', 'd'.repeat(43), 'a-token', 'xxxxxxx');
  const verifiers = provider.tokenRequests.map(({ body }) => body.get('code_verifier'));
  keep(...verifiers, ...provider.authorizationRequests.map((query) => query.get('nonce')));

  const post = (path: string, body?: object) =>
    send(jar, origin + path, {
      method: 'POST',
      headers: {
        origin,
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const authorization = 'Bearer some-bearer-token';
  keep('some-bearer-token');
  t.equal((await fetch(`${origin}/auth/session`, { headers: { authorization } })).status, 401);
  t.equal((await send(jar, `${origin}/auth/session`, { headers: { authorization } })).status, 400);
  const refresh = await post('/auth/refresh');
  keepCookies(refresh);
  t.equal(refresh.status, 200);
  const file = { name: 'a.png', size: 1, type: 'image/png', sha256: '0'.repeat(64) };
  const upload = await post('/api/uploads', file);
  t.equal(upload.status, 201);
  const { searchParams: signed } = new URL(JSON.parse(await upload.text()).upload.url);
  keep(signed.get('X-Amz-Signature'), signed.get('X-Amz-Credential'));
  t.equal((await post('/api/uploads', { name: 'a-secret-name', size: 'x' })).status, 400);
  const logout = await post('/auth/logout');
  const ticket: unknown = JSON.parse(await logout.text()).redirect_to;
  keep(String(ticket).split('ticket=')[1]);
  const ended = await send(jar, origin + String(ticket));
  const { searchParams: leaving } = new URL(ended.headers.get('location') ?? '');
  keep(leaving.get('id_token_hint'), leaving.get('state'));
  t.equal((await send(jar, `${origin}/auth/signed-out?state=${leaving.get('state')}`)).status, 302);
  const cookie = `__Host-session=${tokenOfSomebody(settings)}`;
  keep(cookie.split('.')[1]);
  await store.close();
  t.equal((await fetch(`${origin}/auth/session`, { headers: { cookie } })).status, 503);

  service.child.kill('SIGTERM');
  t.strictSame(await service.exit, [0, null]);
  const log = service.log();
  t.ok(secrets.size > 60, `${secrets.size} secrets`);
  for (const secret of secrets) t.notOk(log.includes(secret), secret.slice(0, 12));
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const audits = lines.filter(({ audit }) => audit).map(({ event }) => event);
  t.strictSame(new Set(audits), new Set(['signing_key', 'login', 'login_refused', 'upload_asked', 'logout']));
  t.match(
    lines.find(({ event }) => event === 'login'),
    { userId: /^[a-z2-7]{26}$/, reqId: /./ },
  );
  t.match(
    lines.find(({ event }) => event === 'upload_asked'),
    { userId: /^[a-z2-7]{26}$/, file: 'a.png', reqId: /./ },
  );
  t.match(
    lines.find(({ operation, status }) => operation === 'session' && status === 503),
    { req: { method: 'GET', path: '/auth/session', remoteAddress: '127.0.0.1' }, durationMs: Number },
  );
  const failure = lines.find(({ msg }) => msg === 'store_unavailable');
  t.match(failure.err, {
    type: 'Error',
    message: /store/,
    cause: { code: 'ECONNREFUSED', stack: / {4}at / },
  });
});

t.test('another issuer than the provider has ends the start, and both are named', async (t) => {
  await startStore(t);
  const { issuer } = await startMisbehavingProvider(t);
  await t.rejects(startServiceProcess(t, `${issuer}/`), {
    message: `configuration: OIDC_ISSUER: GET ${issuer}/.well-known/openid-configuration: its issuer is ${issuer} and OIDC_ISSUER is ${issuer}/: if that is your provider, set OIDC_ISSUER to ${issuer}\n`,
  });
});

t.test('a start that fails ends with 1, and says why', async (t) => {
  await startStore(t);
  const { issuer } = await startMisbehavingProvider(t);
  const taken = await listenOnLoopback(() => {}, 0);
  t.teardown(() => taken.close(0));
  const secret = join(temporaryDirectory(t), 'secret');
  writeFileSync(secret, 'short\n');
  const nowhere = { AWS_ACCESS_KEY_ID: '', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const rows: [changes: Record<string, string>, told: RegExp][] = [
    [
      { PORT: `${taken.port}` },
      new RegExp(`^configuration: port ${taken.port} is taken; set PORT or METRICS_PORT `, 'm'),
    ],
    [{ HOST: '192.0.2.1' }, /^Error: listen EADDRNOTAVAIL/m],
    [nowhere, /^configuration: no AWS credentials: give the process a role, or set AWS_ACCESS_KEY_ID/],
    [
      { LOGIN_SECRET_FILE: `${secret}s` },
      /^configuration: LOGIN_SECRET_FILE names a file that cannot be read\n$/,
    ],
    [{ LOGIN_SECRET_FILE: secret }, /^configuration: LOGIN_SECRET must be 32 random bytes/],
    [
      { WEB_DIRECTORY: '/nonexistent' },
      /^configuration: WEB_DIRECTORY must be a directory with an index.html\n$/,
    ],
  ];
  await Promise.all(
    rows.map(([changes, message]) =>
      t.rejects(startServiceProcess(t, issuer, changes), { message, cause: [1, null] }, `${message}`),
    ),
  );
});

t.test('an orderly stop loses no line of the log, however the stop is requested', async (t) => {
  await startStore(t);
  const { issuer } = await startMisbehavingProvider(t);
  for (const stop of ['kill', 'disconnect'] as const) {
    const { origin, child, log } = await startServiceProcess(t, issuer);
    // A child without a channel emits no `close`.
    const ended = Promise.all([once(child, 'exit'), child.stdout && once(child.stdout, 'end')]);
    await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${origin}/livez`)).text()));
    child[stop]();
    t.strictSame((await ended)[0], [0, null], stop);
    t.equal(log().split('"operation":"livez"').length - 1, 20, stop);
  }
});

t.test('metrics by operation, on a port of their own, and the end of a process', async (t) => {
  const { keyValueStore } = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const [metricsPort = 0] = await freePorts(1);
  const OIDC_CLIENT_SECRET_FILE = join(temporaryDirectory(t), 'secret');
  writeFileSync(OIDC_CLIENT_SECRET_FILE, 'secret-of-a-file\n');
  const { users } = storesOf({ db: new DynamoDBClient({}), tableName: TABLE_NAME });
  const leaveBehind = async (name: string) => {
    const userId = parseUserId(name);
    await seedSession(users, userId);
    await change(users, userId, (user) => withoutSessions(user, () => true, nowEpoch()));
    return userId;
  };
  const before = await leaveBehind('left-before');
  // What the process does now and then, it does twice a second.
  const script =
    'const every = setInterval; globalThis.setInterval = (call, ms) => every(call, Math.min(ms, 500))';
  const { origin, child, exit } = await startServiceProcess(t, provider.issuer, {
    ...{ METRICS_PORT: String(metricsPort), OIDC_CLIENT_SECRET_FILE },
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
  });
  const withSecret = { clientSecret: 'secret-of-a-file' };
  t.equal((await attemptLogin({ origin }, provider, withSecret)).answer.status, 302);
  await fetch(`${origin}/nowhere/${'x'.repeat(20)}`);
  await fetch(`${origin}/auth/session`);
  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  );
  const { port } = new URL(origin);
  if (hasIpv6) {
    t.equal((await fetch(`http://[::1]:${port}/livez`)).status, 200, 'localhost is ::1 as well');
    const large = await fetch(`http://[::1]:${port}/livez`, { headers: { x: 'x'.repeat(17_000) } });
    t.equal(large.status, 431, 'with the same limits');
  }
  const isTold = async (userId: string) => {
    for (let asked = 0; asked < 1_000 && !keyValueStore.get(userId); asked++) await fetch(`${origin}/livez`);
    return keyValueStore.get(userId) !== undefined;
  };
  t.ok(await isTold(before), 'a process that starts tells the edge what another one has left behind');
  t.ok(await isTold(await leaveBehind('left-since')), 'and does so again from time to time');
  const metrics = `http://127.0.0.1:${metricsPort}`;
  const answer = await fetch(`${metrics}/metrics`);
  t.match(answer.headers.get('content-type'), 'text/plain');
  let text = await answer.text();
  // The gauge follows with the next run.
  const isAllTold = () => /^edge_untold_seconds 0$/m.test(text);
  for (let asked = 0; asked < 1_000 && !isAllTold(); asked++)
    text = await (await fetch(`${metrics}/metrics`)).text();
  const counted = (operation: string, status: number) =>
    t.match(text, `http_request_duration_seconds_count{operation="${operation}",status="${status}"} 1\n`);
  counted('login', 302);
  counted('callback', 302);
  counted('session', 401);
  counted('not_found', 404);
  t.match(text, 'process_cpu_seconds_total');
  t.ok(isAllTold(), 'nothing waits');
  t.notMatch(text, 'xxxx', 'no path is a label');
  t.equal((await fetch(`${origin}/metrics`)).status, 404);
  t.equal((await fetch(`${metrics}/other`)).status, 404);
  t.equal((await rawRequest(metrics, '/metrics')).status, 200);
  t.equal((await rawRequest(metrics.replace('127.0.0.1', 'localhost'), '/metrics')).status, 200);
  const [rebound] = await once(get(`${metrics}/metrics`, { headers: { host: 'evil.example' } }), 'response');
  t.equal(rebound.resume().statusCode, 404);

  // A sign-in that is under way at SIGTERM succeeds, and the process ends with 0.
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<undefined>()];
  const attempt = attemptLogin({ origin }, provider, {
    tokenResponse: () => {
      asked.resolve();
      return held.promise;
    },
  });
  await asked.promise;
  child.kill('SIGTERM');
  // The service has stopped listening once a new connection is refused.
  for (let isOpen = true; isOpen; )
    isOpen = await fetch(`${origin}/livez`).then(
      () => true,
      () => false,
    );
  if (hasIpv6) await t.rejects(fetch(`http://[::1]:${port}/livez`), 'nor on ::1');
  held.resolve(undefined);
  const last = await attempt;
  t.equal(last.answer.status, 302, 'the last sign-in');
  t.ok(last.jar.get('__Host-session'));
  t.strictSame(await exit, [0, null]);
});
