import type { StdioOptions } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { createTokenMac } from '../../../services/auth/provider/sealer.ts';
import { issueToken } from '../../../services/auth/sessions/secret-token.ts';
import { toEvent } from '../../support/api-gateway.ts';
import { startChild } from '../../support/child.ts';
import { ecKey } from '../../support/local-values.ts';
import type { Teardown } from '../../support/test-stack.ts';

export interface FirstAnswer {
  statusCode: number;
  /** From the import of the bundle. */
  tookMs: number;
  processorMs: number;
  /** The bundle's files that were loaded by then. */
  loaded: string[];
}

const SILENT: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
const SCRIPT = new URL('first-answer.ts', import.meta.url);

/**
 * Starts a function in a new process, and sends the session cookie of somebody who is signed out: one read of the table, and 401. The
 * secret, the table and the provider's metadata answer at once, on loopback.
 */
export async function startColdStarts(t: Teardown): Promise<(bundle: string) => Promise<FirstAnswer>> {
  const key = ecKey('KCOLD');
  const secret = {
    SIGNING_KEY: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    OIDC_CLIENT_SECRET: 'provider-secret',
    LOGIN_SECRET: Buffer.alloc(32, 1).toString('base64url'),
  };
  const server = await listenOnLoopback((request, response) => {
    const isSecret = String(request.headers['x-amz-target']).startsWith('secretsmanager');
    const issuer = `http://${request.headers.host}`;
    const metadata = {
      ...{ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` },
      ...{ jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'] },
    };
    const answer =
      request.method === 'GET' ? metadata : isSecret ? { SecretString: JSON.stringify(secret) } : {};
    response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': '1' });
    response.end(JSON.stringify(answer));
  }, 0);
  t.teardown(() => server.close(0));
  const endpoint = `http://localhost:${server.port}`;
  const env = {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ AWS_ENDPOINT_URL: endpoint, OIDC_ISSUER: endpoint, OIDC_CLIENT_ID: 'gateway' },
    ...{ APP_ORIGIN: 'https://app.example.com', FILES_ORIGIN: 'https://files.app.example.com' },
    ...{
      TABLE_NAME: 'sessions',
      DETAILS_TABLE_NAME: 'details',
      MOVER_FUNCTION_NAME: 'mover',
      BUCKET_NAME: 'files',
      KEY_PAIR_ID: key.keyPairId,
      SECRET_ID: 'gateway',
    },
    KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/revocations',
  };
  const mac = createTokenMac([Buffer.from(secret.LOGIN_SECRET, 'base64url')]);
  const cookie = `__Host-session=${issueToken(mac, 'session', 'somebody').token}`;
  const event = toEvent({
    ...{ method: 'GET', target: '/auth/session', headers: { host: 'app.example.com', cookie } },
  });
  return async (bundle) => {
    const args = [pathToFileURL(bundle).href, JSON.stringify(event)];
    const { ready, stop } = await startChild(SCRIPT, undefined, { args, env, stdio: SILENT });
    await stop();
    return parseFirstAnswer(ready);
  };
}

function parseFirstAnswer(message: unknown) {
  return message as FirstAnswer;
}
