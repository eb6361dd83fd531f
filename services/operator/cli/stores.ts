import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { createDetailsStore } from '@cloudfront-cookie-gateway/auth/details/table';
import {
  createEdgeStore,
  createKeyValueStoreClient,
} from '@cloudfront-cookie-gateway/auth/edge/key-value-store';
import { createEdgeTeller } from '@cloudfront-cookie-gateway/auth/edge/teller';
import { createObjectStore } from '@cloudfront-cookie-gateway/auth/files/bucket';
import { createPutPresigner } from '@cloudfront-cookie-gateway/auth/files/put-presigner';
import { countListed, type UsedSpace } from '@cloudfront-cookie-gateway/auth/files/usage';
import { TIME_LIMITS } from '@cloudfront-cookie-gateway/auth/settings/time-limits';
import { createClockComparison } from '@cloudfront-cookie-gateway/auth/table/clock-comparison';
import { createClockGuard } from '@cloudfront-cookie-gateway/auth/table/clock-guard';
import { createTable } from '@cloudfront-cookie-gateway/auth/table/dynamodb';
import { createStores } from '@cloudfront-cookie-gateway/auth/table/stores';
import { SYSTEM_CLOCK } from '@cloudfront-cookie-gateway/auth/wiring/surroundings';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { parseLocalSettings } from '@cloudfront-cookie-gateway/local/settings';
import { ACCOUNT_ID, BUCKET, openLocalState, REGION } from '@cloudfront-cookie-gateway/local/state';
import { isCredentials } from '@cloudfront-cookie-gateway/local/store/credentials';
import { tablesOf } from '@cloudfront-cookie-gateway/local/tables';
import { readTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { type Place, UsageError } from './command-line.ts';
import { sweep } from './user-objects.ts';

/**
 * The stores in which sessions end. `TABLE_NAME` and `KEY_VALUE_STORE_ARN` name those of a deployment. Without them,
 * the stores are the local stack's.
 * @throws UsageError
 */
export function openSessionStores(place: Place) {
  const { tableName, detailsTableName, arn, dynamodb, keyValueStore } = connectionsOf(place);
  const client = createKeyValueStoreClient(keyValueStore);
  const db = new DynamoDBClient(dynamodb);
  const clock = SYSTEM_CLOCK;
  const clockGuard = createClockGuard();
  const compareClock = createClockComparison(clockGuard, clock.now);
  compareClock(client);
  compareClock(db);
  const edge = createEdgeStore({ client, keyValueStoreArn: arn });
  const stores = createStores({ table: createTable({ db, tableName }), edge, clock }, clockGuard);
  // The commands themselves say if the edge was not told.
  const teller = createEdgeTeller({
    ...stores,
    clock,
    limits: TIME_LIMITS,
    outlivesRequests: false,
    onEdgeError: () => {},
  });
  return {
    ...stores,
    teller,
    clock,
    keyValues: { client, arn },
    /** The details of files. Absent if no setting names their table. */
    ...(detailsTableName ? { details: createDetailsStore({ db, tableName: detailsTableName }) } : {}),
  };
}

export type SessionStores = ReturnType<typeof openSessionStores>;

/** All ids of a scan of the table. */
export async function collected<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const ids: T[] = [];
  for await (const page of pages) ids.push(...page);
  return ids;
}

/**
 * Waits for an answer of the table.
 * @throws UsageError if the table does not answer
 */
export async function answered<T>(question: Promise<T>, otherwise: string): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    if (cause.code === 'clock_wrong' && cause.cause instanceof Error) {
      throw new UsageError(`${cause.cause.message}: set it, and run this again`, { cause });
    }
    throw new UsageError(`the table of sessions does not answer: ${otherwise}`, { cause });
  }
}

/** These settings describe a deployment. The command could not find them by itself. */
const NO_STACK =
  'there is no local stack in .local: run npm start once, or for a deployment add --values values.json (docs/operate.md)';

/** How to reach the stores of a deployment, which the settings name, or those of the local stack. */
function connectionsOf({ env, localDirectory }: Place) {
  const { TABLE_NAME: tableName, KEY_VALUE_STORE_ARN: arn, BUCKET_NAME: bucketName } = env;
  if (tableName && arn) {
    const detailsTableName = env['DETAILS_TABLE_NAME'];
    // By itself, the client puts the account's id before the host of another endpoint.
    const endpoint = env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE'];
    const keyValueStore = endpoint ? { endpoint } : {};
    return { tableName, detailsTableName, arn, bucketName, dynamodb: {}, keyValueStore, s3: {} };
  }
  if (tableName || arn || bucketName)
    throw new UsageError(
      'set TABLE_NAME, KEY_VALUE_STORE_ARN and BUCKET_NAME for a deployment, or none of them for the local stack',
    );
  const [templateFile] = globSync(join(localDirectory, 'build', 'infra', '*.template.json'));
  if (templateFile === undefined) throw new UsageError(NO_STACK);
  const names = { region: REGION, accountId: ACCOUNT_ID };
  const template = readTemplate(JSON.parse(readFileSync(templateFile, 'utf8')), names);
  const { sessions, details } = tablesOf(template);
  const { ports } = parseLocalSettings(env);
  const client = { region: REGION, credentials: openLocalState(localDirectory).secrets.service };
  return {
    tableName: sessions.ref,
    detailsTableName: details.ref,
    arn: `arn:aws:cloudfront::${ACCOUNT_ID}:key-value-store/${template.only('AWS::CloudFront::KeyValueStore').ref}`,
    bucketName: BUCKET,
    dynamodb: { ...client, endpoint: `http://localhost:${ports.dynamodb}` },
    keyValueStore: { ...client, endpoint: `http://localhost:${ports.cloudFrontApi}` },
    s3: { ...readOperator(join(localDirectory, 's3.json')), region: REGION, forcePathStyle: true },
  };
}

/**
 * The bucket of the files, with an operator's credentials.
 * @throws UsageError
 */
export function openFileStore(place: Place): { s3: S3Client; bucketName: string } {
  const { bucketName, s3 } = connectionsOf(place);
  if (bucketName) return { s3: new S3Client(s3), bucketName };
  throw new UsageError('set BUCKET_NAME too: it is the output BucketName of the stack');
}

/**
 * Counts what a folder holds, with what was deleted or replaced and is kept.
 * @throws UsageError if the bucket does not answer
 */
export async function countFiles(
  { s3, bucketName }: ReturnType<typeof openFileStore>,
  owner: Owner,
  otherwise: string,
): Promise<UsedSpace> {
  try {
    const presigner = await createPutPresigner({ s3, bucketName, now: Date.now });
    const objects = createObjectStore({ s3, bucketName, presigner });
    const present = await countListed(objects, owner);
    const all = await sweep({ s3, bucketName }, folderKey(owner), false);
    // A file that went between the two lists was in the first alone.
    return { ...present, bytes: all.bytes, keptBytes: Math.max(all.bytes - present.bytes, 0) };
  } catch (cause) {
    throw new UsageError(`the bucket of the files does not answer: ${otherwise}`, { cause });
  }
}

function readOperator(file: string) {
  try {
    return parseOperator(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError(NO_STACK, { cause });
  }
}

/**
 * Reads `s3.json` in the form in which `npm start` writes the file.
 * @throws SyntaxError if something is missing in it
 */
function parseOperator(json: string) {
  const { endpoint, ...credentials } = JSON.parse(json);
  if (typeof endpoint === 'string' && isCredentials(credentials)) return { endpoint, credentials };
  throw new SyntaxError('not the file of npm start');
}
