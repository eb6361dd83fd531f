import process from 'node:process';
import { S3Client } from '@aws-sdk/client-s3';
import { createDetails } from '@cloudfront-cookie-gateway/auth/details/details';
import { createEdgeTeller } from '@cloudfront-cookie-gateway/auth/edge/teller';
import { createUsage } from '@cloudfront-cookie-gateway/auth/files/usage';
import { DETAILS_FAILED, describeError, EDGE_NOT_TOLD } from '@cloudfront-cookie-gateway/auth/wiring/logger';
import { clientOptions, surroundings } from '@cloudfront-cookie-gateway/auth/wiring/surroundings';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { CopyDeps } from './copy.ts';
import { answer, isInBackground } from './mover.ts';
import { countVersions } from './trash.ts';
import { createVersionStore } from './version-store.ts';

/**
 * S3 answers a copy when it is done: some minutes for 5 GB. Three tries fit into the 15 minutes of the function.
 */
const COPY_MS = 240_000;

/** @throws Error that names a setting which is missing */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the mover needs ${name}`);
  return value;
}

/** @throws Error that names a setting which is no number */
function bytes(name: string): number | undefined {
  const value = process.env[name] ? Number(process.env[name]) : undefined;
  if (Number.isNaN(value)) throw new Error(`${name} must be a number of bytes`);
  return value;
}

const { KEY_VALUE_STORE_ENDPOINT: endpoint, KEEP_DELETED_DAYS } = process.env;
const keepDeletedDays = Number(KEEP_DELETED_DAYS || 7);
const around = surroundings({
  tableName: setting('TABLE_NAME'),
  detailsTableName: setting('DETAILS_TABLE_NAME'),
  keyValueStoreArn: setting('KEY_VALUE_STORE_ARN'),
  ...(endpoint ? { keyValueStoreEndpoint: endpoint } : {}),
});
const { clock, clockGuard, limits, stores, detailsStore } = around;
const s3 = new S3Client({
  ...clientOptions({ ...limits, storeMs: COPY_MS }),
  // If S3 has an address of its own, the bucket is in the path.
  forcePathStyle: Boolean(process.env['AWS_ENDPOINT_URL_S3'] || process.env['AWS_ENDPOINT_URL']),
});
around.compareClock(s3);
const store = createVersionStore({ s3, bucketName: setting('BUCKET_NAME') });
const deps: CopyDeps = {
  ...{ ...stores, clock, clockGuard, store },
  usage: createUsage({
    count: (owner) => countVersions(store, owner),
    now: () => clock.now(),
    keepsVersions: keepDeletedDays > 0,
    maxBytes: defined({ user: bytes('MAX_USER_BYTES'), team: bytes('MAX_TEAM_BYTES') }),
  }),
  details: createDetails({
    ...{ detailsStore, clock, objects: store, isScanned: false, keepDeletedDays },
    onDetailsError: (error) => logError(DETAILS_FAILED, { err: describeError(error) }),
  }),
  teller: createEdgeTeller({
    ...{ ...stores, clock, limits, outlivesRequests: false },
    onEdgeError: (error, failed) => logError(EDGE_NOT_TOLD, { ...failed, err: describeError(error) }),
  }),
};

/**
 * The service calls this by Lambda's Invoke, and nobody else may. An error comes back as its code and its words. Its
 * cause stays in the log.
 * @returns the answer of its operation, or the error that the service throws instead
 * @throws GatewayError for what goes on in the background
 */
export async function handler(event: unknown): Promise<object> {
  try {
    return { answer: (await answer(deps, event)) ?? null };
  } catch (error) {
    const known = error instanceof GatewayError ? error : new GatewayError('internal', { cause: error });
    const { code, message: detail, members, cause } = known;
    if (cause !== undefined) logError('failed', { code, err: describeError(cause) });
    // Lambda counts the error, and tries again.
    if (isInBackground(event)) throw known;
    return { code, detail, members };
  }
}

/** Writes a line in the form of the service's log, of the level of errors. */
function logError(msg: string, more: object): void {
  process.stdout.write(`${JSON.stringify({ level: 50, time: Date.now(), ...more, msg })}\n`);
}
