import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { BUCKET, REGION } from '../../local/state.ts';
import { isCredentials } from '../../local/store/credentials.ts';
import { NO_STACK } from './session-stores.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';

/**
 * The bucket of the files, with an operator's credentials. For a deployment, `BUCKET_NAME` and `TABLE_NAME` are set. If
 * neither is set, the bucket is the local stack's.
 * @throws UsageError
 */
export function openFileStore(
  { TABLE_NAME: tableName, BUCKET_NAME: bucketName }: Environment,
  localDirectory: string,
): { s3: S3Client; bucketName: string } {
  if (tableName && bucketName) return { s3: new S3Client({}), bucketName };
  if (tableName || bucketName) {
    throw new UsageError('set TABLE_NAME, KEY_VALUE_STORE_ARN and BUCKET_NAME, or none for the local stack');
  }
  const { endpoint, credentials } = readOperator(join(localDirectory, 's3.json'));
  return {
    s3: new S3Client({ region: REGION, endpoint, credentials, forcePathStyle: true }),
    bucketName: BUCKET,
  };
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
