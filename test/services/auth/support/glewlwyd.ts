import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { CookieJar, send } from '../../../support/client.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

export const GLEWLWYD = '/usr/bin/glewlwyd';
export const GLEWLWYD_SCHEMA = '/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz';
const MODULES = '/usr/lib/glewlwyd';

export interface Glewlwyd {
  issuer: string;
  /** Sends a request as a browser that is signed in there, or as one that is not. */
  call(jar: CookieJar, method: string, path: string, body?: object): Promise<Response>;
  /** Takes back the tokens of all apps, as a signed-in person can do there. */
  revokeTokens(jar: CookieJar): Promise<void>;
  /** Signs with a new key from now on. The old key is gone. */
  rotateKey(): Promise<void>;
}

interface Client {
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
  /** RFC 9126. */
  isParRequired?: boolean;
  /** A public client with the device flow (RFC 8628), and the scopes that it asks for. */
  native?: { clientId: string; scope: string[] };
}

/** Debian's glewlwyd 2.7: an OpenID provider by other authors, in C. Its issuer has a path. */
export async function startGlewlwyd(
  t: { teardown(fn: () => Promise<void> | void): void },
  client: Client,
): Promise<Glewlwyd> {
  const directory = temporaryDirectory(t);
  const free = await listenOnLoopback(() => {}, 0);
  await free.close(0);
  const origin = `http://localhost:${free.port}`;
  const issuer = `${origin}/api/oidc`;
  const database = join(directory, 'glewlwyd.db');
  const db = new DatabaseSync(database);
  db.exec(gunzipSync(readFileSync(GLEWLWYD_SCHEMA)).toString());
  db.close();
  const configuration = join(directory, 'glewlwyd.conf');
  writeFileSync(
    configuration,
    `port=${free.port}
bind_address="127.0.0.1"
external_url="${origin}"
login_url="login.html"
api_prefix="api"
static_files_path="${directory}"
log_mode="console"
log_level="INFO"
cookie_domain="localhost"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="${MODULES}/user"
user_middleware_module_path="${MODULES}/user"
client_module_path="${MODULES}/client"
user_auth_scheme_module_path="${MODULES}/scheme"
plugin_module_path="${MODULES}/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${database}" };
`,
  );
  const child = spawn(GLEWLWYD, ['--config-file', configuration], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(async () => {
    const gone = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await gone;
  });
  await started(child);
  while (!(await isListening(free.port))) {
    if (child.exitCode !== null) throw new Error(`glewlwyd ended with ${child.exitCode}`);
  }

  const call: Glewlwyd['call'] = (jar, method, path, body) =>
    send(jar, `${origin}/api${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
  const admin = new CookieJar();
  return { issuer, call, ...(await setUp(call, admin, issuer, client)) };
}

async function setUp(call: Glewlwyd['call'], admin: CookieJar, issuer: string, client: Client) {
  const { native } = client;
  const scope = native?.scope ?? ['openid'];
  const must = async (method: string, path: string, body: object) => {
    const answer = await call(admin, method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  await must('POST', '/auth/', { username: 'admin', password: 'password' });
  const plugin = () => ({
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    parameters: {
      iss: issuer,
      'jwt-type': 'rsa',
      'jwt-key-size': '256',
      ...newKey(),
      'jwks-show': true,
      'access-token-duration': 3600,
      'refresh-token-duration': 43_200,
      'refresh-token-one-use': 'always',
      'code-duration': 60,
      'auth-type-code-enabled': true,
      'auth-type-refresh-enabled': true,
      'allowed-scope': scope,
      'pkce-allowed': true,
      'pkce-required': true,
      'oauth-as-iss-id': true,
      'auth-type-device-enabled': native !== undefined,
      'device-authorization-expiration': 600,
      'device-authorization-interval': 1,
      'session-management-allowed': true,
      'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
      'session-cookie-expiration': 3600,
      'subject-type': 'public',
      'name-claim': 'mandatory',
      'email-claim': 'mandatory',
      'oauth-par-allowed': true,
      'oauth-par-required': client.isParRequired === true,
      'oauth-par-request_uri-prefix': 'urn:ietf:params:oauth:request_uri:',
      'oauth-par-duration': 90,
    },
  });
  for (const name of scope.filter((name) => name !== 'openid')) await must('POST', '/scope/', { name });
  await must('POST', '/mod/plugin/', plugin());
  await must('POST', '/client/', {
    client_id: client.clientId,
    name: 'Gateway',
    enabled: true,
    confidential: true,
    password: client.clientSecret,
    redirect_uri: [client.redirectUri],
    post_logout_redirect_uri: client.postLogoutRedirectUri,
    authorization_type: ['code', 'refresh_token'],
    token_endpoint_auth_method: ['client_secret_basic', 'client_secret_post'],
    scope: [],
  });
  if (native) {
    await must('POST', '/client/', {
      client_id: native.clientId,
      name: 'Command',
      enabled: true,
      confidential: false,
      redirect_uri: [],
      authorization_type: ['device_authorization', 'refresh_token'],
      token_endpoint_auth_method: ['none'],
      scope,
    });
  }
  await must('POST', '/user/', {
    username: 'alice',
    password: 'alice-password',
    name: 'Alice',
    email: 'alice@example.test',
    enabled: true,
    scope: [...scope, 'g_profile'],
  });
  return {
    async revokeTokens(jar: CookieJar) {
      for (const { token_hash } of parseTokens(await (await call(jar, 'GET', '/oidc/token')).text())) {
        await call(jar, 'DELETE', `/oidc/token/${encodeURIComponent(token_hash)}`);
      }
    },
    async rotateKey() {
      await must('PUT', '/mod/plugin/oidc', plugin());
      for (const action of ['disable', 'enable']) await must('PUT', `/mod/plugin/oidc/${action}`, {});
    },
  };
}

function parseTokens(json: string) {
  return JSON.parse(json) as { token_hash: string }[];
}

function newKey(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

async function started(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  child.stderr?.on('data', (text) => lines.push(String(text)));
  if (!child.stdout) throw new Error('glewlwyd has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.includes('started on port')) {
      child.stdout.resume();
      return;
    }
  }
  throw new Error(`glewlwyd did not start: ${lines.join('\n')}`);
}

/** The program says that it has started a moment before it listens. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    await setTimeout(10);
    return false;
  } finally {
    socket.destroy();
  }
}
