import { S3Client } from '@aws-sdk/client-s3';
import { createDetails } from '@cloudfront-cookie-gateway/auth/details/details';
import { createEdgeTeller } from '@cloudfront-cookie-gateway/auth/edge/teller';
import { createUsage } from '@cloudfront-cookie-gateway/auth/files/usage';
import type { failureLogs } from '@cloudfront-cookie-gateway/auth/wiring/logger';
import {
  clientOptions,
  type StoreNames,
  type Surroundings,
  surroundings,
} from '@cloudfront-cookie-gateway/auth/wiring/surroundings';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { CopyDeps } from './copy.ts';
import { createVersionStore } from './s3-version-store.ts';
import { countVersions } from './trash.ts';

/** The settings of the function. */
export interface MoverSettings extends StoreNames {
  bucketName: string;
  /** The days for which the trash keeps files. */
  keepDeletedDays: number;
  /** If S3 has an address of its own, the bucket is in the path. */
  s3PathStyle: boolean;
  /** The most bytes of a folder, by the kind of its owner. Absent means no limit. */
  maxBytes: { user?: number; team?: number };
}

/** @throws Error that names a setting that is missing or is not a number */
export function moverSettings(env: Record<string, string | undefined>): MoverSettings {
  const text = (name: string) => {
    const value = env[name];
    if (!value) throw new Error(`the mover needs ${name}`);
    return value;
  };
  const bytes = (name: string) => {
    const value = env[name] ? Number(env[name]) : undefined;
    if (Number.isNaN(value)) throw new Error(`${name} must be a number of bytes`);
    return value;
  };
  return {
    tableName: text('TABLE_NAME'),
    detailsTableName: text('DETAILS_TABLE_NAME'),
    bucketName: text('BUCKET_NAME'),
    keyValueStoreArn: text('KEY_VALUE_STORE_ARN'),
    ...defined({ keyValueStoreEndpoint: env['KEY_VALUE_STORE_ENDPOINT'] || undefined }),
    keepDeletedDays: Number(env['KEEP_DELETED_DAYS'] || 7),
    s3PathStyle: Boolean(env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL']),
    maxBytes: defined({ user: bytes('MAX_USER_BYTES'), team: bytes('MAX_TEAM_BYTES') }),
  };
}

/** What the mover reports, and goes on. */
type MoverErrors = Pick<ReturnType<typeof failureLogs>, 'onEdgeError' | 'onDetailsError'>;

/**
 * S3 answers a copy when it is done: some minutes for 5 GB. Three tries fit into the 15 minutes of the function.
 */
const COPY_MS = 240_000;

/**
 * The mover with real stores. The SDK's own environment variables give AWS credentials, region and endpoints.
 * @param around time and stores; a test has its own
 */
export function createMoverDeps(
  settings: MoverSettings,
  { onEdgeError, onDetailsError }: MoverErrors,
  around: Surroundings = surroundings(settings),
): CopyDeps {
  const { clock, clockGuard, limits, stores, detailsStore } = around;
  const s3 = new S3Client({
    ...clientOptions({ ...limits, storeMs: COPY_MS }),
    forcePathStyle: settings.s3PathStyle,
  });
  around.compareClock(s3);
  const store = createVersionStore({ s3, bucketName: settings.bucketName });
  const { users, teams, moves } = stores;
  return {
    ...{ users, teams, moves, clock, clockGuard, store },
    usage: createUsage({
      count: (owner) => countVersions(store, owner),
      now: () => clock.now(),
      keepsVersions: settings.keepDeletedDays > 0,
      maxBytes: settings.maxBytes,
    }),
    details: createDetails({
      ...{ detailsStore, clock, onDetailsError, objects: store },
      ...{ isScanned: false, keepDeletedDays: settings.keepDeletedDays },
    }),
    teller: createEdgeTeller({ ...stores, clock, limits, outlivesRequests: false, onEdgeError }),
  };
}
