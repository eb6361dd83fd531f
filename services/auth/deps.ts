import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { Registry } from 'prom-client';
import { createEdgeStore } from './adapters/edge-store.ts';
import { createKeySigner } from './adapters/key-signer.ts';
import { createKeyValueStoreClient } from './adapters/key-value-store-client.ts';
import { createKmsSigner } from './adapters/kms-signer.ts';
import { createLoginSealer } from './adapters/login-sealer.ts';
import { createMultipartStore } from './adapters/multipart.ts';
import { createObjectStore } from './adapters/objects.ts';
import { createOidc } from './adapters/oidc.ts';
import { createSessionStore } from './adapters/sessions.ts';
import { createUploadStore } from './adapters/uploads.ts';
import { createUserStore } from './adapters/users.ts';
import { type Config, ConfigError } from './config.ts';
import { claimsOf } from './domain/allow-rule.ts';
import { createCookieIssuer } from './domain/cloudfront-cookies.ts';
import { toEpochSeconds } from './domain/epoch-seconds.ts';
import { GatewayError } from './domain/errors.ts';
import type { Signer } from './domain/ports.ts';
import { createRevocations } from './domain/revocations.ts';
import { createUploads } from './domain/uploads.ts';
import type { Deps } from './http/context.ts';
import type { SigningConfig } from './signing-config.ts';

/**
 * Composition root. AWS credentials, region and endpoints come from the SDK's own environment variables.
 * @param onEdgeError hears of an edge that could not be told of a revocation; it will be told later
 */
export async function createDeps(
  config: Config,
  webDirectory: URL,
  onEdgeError: (error: unknown) => void,
): Promise<Deps> {
  const now = Date.now;
  const client = {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  };
  const { app, files } = config.origins;
  const table = { db: new DynamoDBClient(client), tableName: config.tableName };
  const users = createUserStore(table);
  const s3 = new S3Client({ ...client, forcePathStyle: config.s3PathStyle });
  const bucket = { s3, bucketName: config.bucketName, now };
  const nowEpoch = () => toEpochSeconds(now());
  const { arn: keyValueStoreArn, ...place } = config.keyValueStore;
  const identityProvider = createOidc({
    ...config.oidc,
    redirectUri: `${app}/auth/callback`,
    postLogoutRedirectUri: `${app}/auth/signed-out`,
    requiredClaims: claimsOf(config.allowRule),
    now,
  });
  const [signer, objects] = await Promise.all([
    createSigner(config.signing, new KMS(client)),
    createObjectStore(bucket),
    // The page's policy names the provider's end-session origin; a provider that is down is asked again at a login.
    identityProvider.check().catch(() => {}),
  ]);
  return {
    config,
    sessions: createSessionStore(table),
    users,
    revocations: createRevocations({
      users,
      edge: createEdgeStore({ client: createKeyValueStoreClient({ ...client, ...place }), keyValueStoreArn }),
      nowEpoch,
      onEdgeError,
    }),
    objects,
    uploads: createUploads({
      records: createUploadStore(table),
      multipart: createMultipartStore({ ...bucket, bucketUrl: objects.uploadUrl }),
      objects,
      nowEpoch,
    }),
    identityProvider,
    cookieIssuer: createCookieIssuer({
      appOrigin: app,
      filesOrigin: files,
      signer,
      cookieLifetimeSeconds: config.cookieLifetimeSeconds,
      now,
    }),
    signer,
    loginSealer: createLoginSealer(config.loginKey),
    metrics: new Registry(),
    now,
    webDirectory,
  };
}

/** @throws ConfigError where the key is none that CloudFront can use, or KMS does not give it */
async function createSigner(signing: SigningConfig, client: KMS): Promise<Signer> {
  if (!('kmsKeyId' in signing)) return createKeySigner(signing);
  try {
    return await createKmsSigner({ ...signing, keyId: signing.kmsKeyId, client });
  } catch (error) {
    const cause = error instanceof GatewayError ? error.cause : error;
    throw new ConfigError([
      `SIGNING_KMS_KEY_ID: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : 'no answer from KMS'}`,
    ]);
  }
}
