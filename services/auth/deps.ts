import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { Registry } from 'prom-client';
import { createLoginSealer } from './adapters/login-sealer.ts';
import { createObjectStore } from './adapters/objects.ts';
import { createOidc } from './adapters/oidc.ts';
import { createSessionStore } from './adapters/sessions.ts';
import { createSigner } from './adapters/signer.ts';
import type { Config } from './config.ts';
import { claimsOf } from './domain/allow-rule.ts';
import { createCookieIssuer } from './domain/cloudfront-cookies.ts';
import type { Deps } from './http/context.ts';

/** Composition root. AWS credentials, region and endpoints come from the SDK's own environment variables. */
export async function createDeps(config: Config, webDirectory: URL): Promise<Deps> {
  const now = Date.now;
  const client = {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  };
  const { app } = config.origins;
  const identityProvider = createOidc({
    ...config.oidc,
    redirectUri: `${app}/auth/callback`,
    postLogoutRedirectUri: `${app}/`,
    requiredClaims: claimsOf(config.allowRule),
    now,
  });
  const [objects] = await Promise.all([
    createObjectStore({
      s3: new S3Client({ ...client, forcePathStyle: config.s3PathStyle }),
      bucketName: config.bucketName,
      now,
    }),
    // The page's policy names the provider's end-session origin; a provider that is down is asked again at a login.
    identityProvider.check().catch(() => {}),
  ]);
  return {
    config,
    sessions: createSessionStore({ db: new DynamoDBClient(client), tableName: config.tableName }),
    objects,
    identityProvider,
    cookieIssuer: createCookieIssuer({ origins: config.origins, signer: createSigner(config.signing) }),
    loginSealer: createLoginSealer(config.loginKey),
    metrics: new Registry(),
    now,
    webDirectory,
  };
}
