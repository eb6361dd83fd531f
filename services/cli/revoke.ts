import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readTemplate } from '../../edge/local/template.ts';
import { createEdgeStore } from '../auth/adapters/edge-store.ts';
import { createKeyValueStoreClient } from '../auth/adapters/key-value-store-client.ts';
import { createUserStore } from '../auth/adapters/users.ts';
import { toEpochSeconds } from '../auth/domain/epoch-seconds.ts';
import { GatewayError } from '../auth/domain/errors.ts';
import { createRevocations } from '../auth/domain/revocations.ts';
import { parseUserId, type UserId } from '../auth/domain/user-id.ts';
import { type AuditLog, audit } from '../auth/http/audit.ts';
import { parseLocalSettings } from '../local/settings.ts';
import { ACCOUNT_ID, openLocalState, REGION } from '../local/state.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';

export const REVOKE_USAGE = 'revoke <user id>';

/**
 * Ends every session and every share of a user, at the edge too: a disabled account, a stolen laptop. `TABLE_NAME` and
 * `KEY_VALUE_STORE_ARN` name the stores of a deployment; without them it is the local stack's.
 * @throws UsageError
 */
export async function revokeCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  nowMs: number,
  auditLog: AuditLog,
): Promise<string> {
  const [rawId, ...more] = args;
  if (rawId === undefined || more.length > 0) throw new UsageError(`usage: ${REVOKE_USAGE}`);
  const userId = parseId(rawId);
  const { tableName, arn, dynamodb, keyValueStore } = storesOf(env, localDirectory);
  const users = createUserStore({ db: new DynamoDBClient(dynamodb), tableName });
  let edgeError: unknown;
  const revocations = createRevocations({
    users,
    edge: createEdgeStore({ client: createKeyValueStoreClient(keyValueStore), keyValueStoreArn: arn }),
    nowEpoch: () => toEpochSeconds(nowMs),
    onEdgeError: (error) => {
      edgeError = error;
    },
  });
  try {
    await revocations.revokeAll(userId);
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw new UsageError('the table of sessions does not answer: nothing is revoked', { cause });
  }
  audit(auditLog, 'revoked', { userId });
  return edgeError === undefined
    ? `${userId}: every session and every share is revoked, at the edge too`
    : `${userId}: every session and every share is revoked; the edge does not answer, and will be told by the service`;
}

function parseId(rawId: string): UserId {
  try {
    return parseUserId(rawId);
  } catch (cause) {
    throw new UsageError(
      'a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -: npm run gateway -- user-id tells it',
      {
        cause,
      },
    );
  }
}

function storesOf(env: Environment, localDirectory: string) {
  const { TABLE_NAME: tableName, KEY_VALUE_STORE_ARN: arn } = env;
  if (tableName && arn) return { tableName, arn, dynamodb: {}, keyValueStore: {} };
  if (tableName || arn) {
    throw new UsageError('set both TABLE_NAME and KEY_VALUE_STORE_ARN, or neither for the local stack');
  }
  const [templateFile] = globSync(join(localDirectory, 'build', 'infra', '*.template.json'));
  if (templateFile === undefined)
    throw new UsageError('there is no local stack in .local: run npm start once');
  const names = { region: REGION, accountId: ACCOUNT_ID };
  const template = readTemplate(JSON.parse(readFileSync(templateFile, 'utf8')), names);
  const { ports } = parseLocalSettings(env);
  const client = { region: REGION, credentials: openLocalState(localDirectory).secrets.service };
  return {
    tableName: template.only('AWS::DynamoDB::Table').ref,
    arn: `arn:aws:cloudfront::${ACCOUNT_ID}:key-value-store/${template.only('AWS::CloudFront::KeyValueStore').ref}`,
    dynamodb: { ...client, endpoint: `http://localhost:${ports.dynamodb}` },
    keyValueStore: { ...client, endpoint: `http://localhost:${ports.cloudFrontApi}` },
  };
}
