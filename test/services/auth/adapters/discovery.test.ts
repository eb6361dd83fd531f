import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import t from 'tap';
import { ERRORS, GatewayError } from '../../../../core/errors.ts';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { ASK_ADMINISTRATOR, discover } from '../../../../services/auth/adapters/discovery.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const TRY_AGAIN = ERRORS.provider_unavailable;

let answer: { status?: number; headers?: Record<string, string>; body?: string } = {};
const server = await listenOnLoopback((request, response) => {
  const isThere = request.url === '/realms/%E7%8C%AB/.well-known/openid-configuration';
  response.writeHead(answer.status ?? (isThere ? 200 : 404), answer.headers);
  response.end(answer.body ?? JSON.stringify(metadata()));
}, 0);
t.teardown(() => server.close(0));
const origin = `http://localhost:${server.port}`;
const issuer = `${origin}/realms/%E7%8C%AB`;

function metadata(changes: object = {}) {
  const [authorization_endpoint, token_endpoint, jwks_uri] = ['auth', 'token', 'certs'].map(
    (name) => `${issuer}/${name}`,
  );
  return { issuer, authorization_endpoint, token_endpoint, jwks_uri, ...changes };
}

/** The fault in the log, and the message for a person. */
async function fault(asked: string): Promise<[string, string]> {
  try {
    await discover(asked, 300);
  } catch (error) {
    if (!(error instanceof GatewayError && error.cause instanceof Error)) throw error;
    t.equal(error.code, 'provider_unavailable');
    return [error.cause.message, error.message];
  }
  throw new Error(`${asked} is an issuer`);
}

t.test("an issuer may differ in the case of its escapes; the provider's spelling counts", async (t) => {
  for (const spelling of [issuer, `${origin}/realms/%e7%8c%ab`]) {
    answer = { status: 200 };
    t.equal((await discover(spelling, 10_000)).issuer, issuer, spelling);
  }
  const lower = `${origin}/realms/%e7%8c%ab`;
  answer = { body: JSON.stringify(metadata({ issuer: lower })) };
  t.equal((await discover(issuer, 10_000)).issuer, lower);
});

t.test('a slash too many or too few makes another issuer', async (t) => {
  const root = `GET ${origin}/.well-known/openid-configuration`;
  for (const [told, asked] of [
    [origin, `${origin}/`],
    [`${origin}/`, origin],
  ]) {
    answer = { status: 200, body: JSON.stringify(metadata({ issuer: told })) };
    t.strictSame(
      await fault(asked ?? ''),
      [
        `${root}: its issuer is ${told} and OIDC_ISSUER is ${asked}: if that is your provider, set OIDC_ISSUER to ${told}`,
        ASK_ADMINISTRATOR,
      ],
      `${told}`,
    );
    t.equal((await discover(told ?? '', 10_000)).issuer, told, `${told}`);
  }
});

t.test('one line says what was asked and what came; the person is told whether to try again', async (t) => {
  const url = (path: string) => `GET ${origin}${path}/.well-known/openid-configuration`;
  const whole = ': is OIDC_ISSUER the whole issuer, with its path?';
  answer = {};
  t.strictSame(await fault(`${origin}/realms/other`), [
    `${url('/realms/other')}: status 404${whole}`,
    ASK_ADMINISTRATOR,
  ]);
  t.strictSame(await fault(`${issuer}/`), [
    `GET ${issuer}/.well-known/openid-configuration: its issuer is ${issuer} and OIDC_ISSUER is ${issuer}/: if that is your provider, set OIDC_ISSUER to ${issuer}`,
    ASK_ADMINISTRATOR,
  ]);
  answer = { body: JSON.stringify(metadata({ issuer: 'https://evil.example/"\n\u202e' })) };
  t.match((await fault(issuer))[0], 'its issuer is https://evil.example/??? and');
  answer = { status: 301, headers: { location: 'https://new.example' } };
  t.strictSame(await fault(origin), [`${url('')}: status 301${whole}`, ASK_ADMINISTRATOR]);
  for (const status of [429, 500, 503]) {
    answer = { status };
    t.strictSame(await fault(origin), [`${url('')}: status ${status}`, TRY_AGAIN], `${status}`);
  }
  const none =
    'the answer is not the metadata of a provider: issuer, authorization_endpoint, token_endpoint and jwks_uri are needed';
  const uris = [7, '/certs'].map((jwks_uri) => JSON.stringify(metadata({ jwks_uri })));
  for (const body of ['<html>', 'null', '[]', ...uris]) {
    answer = { body, status: 200 };
    t.strictSame(await fault(origin), [`${url('')}: ${none}`, ASK_ADMINISTRATOR], body);
  }
  const gone = await listenOnLoopback(() => {}, 0);
  await gone.close(0);
  t.strictSame(await fault(`http://localhost:${gone.port}`), [
    `GET http://localhost:${gone.port}/.well-known/openid-configuration: no answer (ECONNREFUSED)`,
    TRY_AGAIN,
  ]);
  const silent = await listenOnLoopback(() => {}, 0);
  t.teardown(() => silent.close(0));
  const [line, words] = await fault(`http://localhost:${silent.port}`);
  t.match(line, /: no answer \(TimeoutError\)$/);
  t.equal(words, TRY_AGAIN);
});

t.test('a private CA: how to name it', { skip: missing('/usr/bin/openssl') }, async (t) => {
  const directory = temporaryDirectory(t);
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  const secure = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
  await new Promise<void>((resolve) => secure.listen(0, 'localhost', resolve));
  t.teardown(() => secure.close());
  const address = secure.address();
  const port = typeof address === 'object' ? address?.port : 0;
  t.strictSame(await fault(`https://localhost:${port}`), [
    `GET https://localhost:${port}/.well-known/openid-configuration: the certificate's CA is not known to this machine (DEPTH_ZERO_SELF_SIGNED_CERT): set NODE_EXTRA_CA_CERTS to the file of your CA`,
    ASK_ADMINISTRATOR,
  ]);
});
