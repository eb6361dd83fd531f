// Has its own process, because the function reads its settings from the environment, and closes nothing.

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { buildService } from '../../../infra/build.ts';
import { createSealer } from '../../../services/auth/provider/sealer.ts';
import { type Handler, type LambdaAnswer, toEvent } from '../../support/api-gateway.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { serviceSettings, startStore } from './support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const { OIDC_CLIENT_SECRET, LOGIN_SECRET, SIGNING_KEY, ...settings } = await serviceSettings(
  provider.issuer,
  {
    ...{ APP_ORIGIN: 'https://app.example.com', FILES_ORIGIN: 'https://files.app.example.com' },
  },
);

let secret: unknown;
const asked: unknown[] = [];
const secrets = await listenOnLoopback(async (request, response) => {
  asked.push(JSON.parse((await request.toArray()).join('')));
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ SecretString: JSON.stringify(secret) }));
}, 0);
t.teardown(() => secrets.close(0));

const directory = temporaryDirectory(t);
buildService(directory);
const SCRIPT = `console.log(${JSON.stringify('a'.repeat(5_000))});`;
const PICTURE = randomBytes(2_000);
mkdirSync(join(directory, 'web/assets'), { recursive: true });
writeFileSync(join(directory, 'web/index.html'), 'a page');
writeFileSync(join(directory, 'web/assets/a.js'), SCRIPT);
writeFileSync(join(directory, 'web/assets/a.png'), PICTURE);

let loads = 0;
/** The function as a new process has it, with such a secret. */
async function load(given: unknown, changes: Record<string, string> = {}) {
  secret = given;
  Object.assign(process.env, settings, changes, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://localhost:${secrets.port}`,
    SECRET_ID: 'gateway',
  });
  loads++;
  const { handler }: { handler: Handler } = await import(
    `${pathToFileURL(join(directory, 'lambda.mjs')).href}?${loads}`
  );
  return (target: string, headers: Record<string, string> = {}) =>
    handler(toEvent({ method: 'GET', target, headers: { host: 'app.example.com', ...headers } }), {});
}

const GOOD = { OIDC_CLIENT_SECRET, LOGIN_SECRET, SIGNING_KEY };

t.test('the secret has settings, and must be an object', async (t) => {
  for (const wrong of [null, 'text', 7]) {
    await t.rejects(load(wrong), /^the secret is not a JSON object$/, `${wrong}`);
  }
  t.strictSame(
    asked,
    Array.from({ length: 3 }, () => ({ SecretId: 'gateway' })),
  );
  await t.rejects(load({ OIDC_CLIENT_SECRET, LOGIN_SECRET }), /^SIGNING_KEY is missing/);
  await t.rejects(load({ ...GOOD, PORT: 70_000 }), /^PORT must be a whole number/, 'a number counts as text');
});

t.test('nobody waits for the provider at the start; an answer is in base64 if it is no text', async (t) => {
  const get = await load(GOOD);
  const session = await get('/auth/session');
  t.match(session, { statusCode: 401, body: '"code":"no_session"', isBase64Encoded: false });
  const policyOf = ({ headers }: LambdaAnswer) => headers['content-security-policy'] ?? '';
  t.notMatch(policyOf(session), 'https://sign-out.example', 'the provider was not asked');
  const page = await get('/', { accept: 'text/html' });
  t.match(page, { statusCode: 200, body: 'a page', isBase64Encoded: false });
  t.match(policyOf(page), 'https://sign-out.example');
  const document = await get('/api/openapi.json');
  t.match(document, { statusCode: 200, body: /^\{"openapi":/, isBase64Encoded: false });
  const bytesOf = async (target: string, headers: Record<string, string> = {}) => {
    const { body, isBase64Encoded } = await get(target, headers);
    t.equal(isBase64Encoded, true, target);
    return Buffer.from(body, 'base64');
  };
  t.strictSame(await bytesOf('/assets/a.png'), PICTURE);
  t.equal(gunzipSync(await bytesOf('/assets/a.js', { 'accept-encoding': 'gzip' })).toString(), SCRIPT);
});

t.test('a query arrives byte for byte', async (t) => {
  const get = await load(GOOD);
  const returnTo = '/?a=1&a=2,3+4%20%2B';
  const login = await get(`/auth/login?return_to=${encodeURIComponent(returnTo)}`);
  t.match(login, { statusCode: 302, headers: { location: `${provider.issuer}/authorize?` } });
  const [, sealed = ''] = /^__Host-login-[^=]+=([^;]+)/.exec(login.cookies?.[0] ?? '') ?? [];
  const sealer = createSealer([Buffer.from(LOGIN_SECRET ?? '', 'base64url')]);
  t.match(await sealer.open(sealed), { returnTo });
});
