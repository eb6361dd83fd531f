import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { claimsOf } from '../../core/allow-rule.ts';
import { defined } from '../../core/defined.ts';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { GatewayError } from '../../core/errors.ts';
import { folderKey } from '../../core/file-name.ts';
import { folderPolicy } from '../../core/policy.ts';
import type { Signer } from '../../core/signed-policy.ts';
import { OptionError } from '../../core/signing-key.ts';
import { parseUserId } from '../../core/user-id.ts';
import { guardedSigner } from './adapters/clock-guard.ts';
import { createIdentityProvider } from './adapters/identity-provider.ts';
import { createKeySigner } from './adapters/key-signer.ts';
import { createLazyFiles } from './adapters/lazy-files.ts';
import { createSealer } from './adapters/sealer.ts';
import { createTokenMac } from './adapters/token-mac.ts';
import { cookiesFor } from './domain/cloudfront-cookies.ts';
import { createUploads } from './domain/multipart-uploads.ts';
import { createUsage } from './domain/usage.ts';
import type { Deps } from './http/context.ts';
import { createEdgeTeller, type EdgeTellerDeps } from './revocations/edge-teller.ts';
import { createSchedule } from './revocations/schedule.ts';
import { createSessions } from './sessions/sessions.ts';
import { type Config, ConfigError } from './settings/config.ts';
import type { SigningConfig } from './settings/signing-config.ts';
import { createShares } from './shares/shares.ts';
import { clientOptions, type Surroundings, surroundings } from './surroundings.ts';

/** A user that no provider names, and who has no files. The health check uses this id. */
const NOBODY = parseUserId('readyz');

/**
 * Composition root. The SDK's own environment variables give AWS credentials, region and endpoints.
 * @param process.outlivesRequests whether the process goes on after it has answered; on Lambda it does not
 * @param process.onEdgeError is called if the edge could not be told of a revocation; the edge is told later
 */
export async function createDeps(
  config: Config,
  process: { webDirectory: URL; outlivesRequests: boolean; onEdgeError: EdgeTellerDeps['onEdgeError'] },
  { clock, clockGuard, compareClock, limits, stores }: Surroundings = surroundings(config),
): Promise<Deps> {
  const { now } = clock;
  const client = clientOptions(limits);
  const { app, files } = config.origins;
  const { users } = stores;
  const { objects, multipart } = createLazyFiles({
    client: { ...client, forcePathStyle: config.s3PathStyle },
    bucketName: config.bucketName,
    now,
    ...{ compareClock, clockGuard },
  });
  const nowEpoch = () => toEpochSeconds(now());
  const identityProvider = createIdentityProvider({
    ...config.oidc,
    redirectUri: `${app}/auth/callback`,
    postLogoutRedirectUri: `${app}/auth/signed-out`,
    requiredClaims: claimsOf(config.allowRule),
    clock: { ...clock },
    limits,
  });
  const unguarded = await createSigner(config.signing, client);
  const signer = guardedSigner(unguarded, clockGuard);
  const { outlivesRequests } = process;
  const metrics = outlivesRequests ? (await import('./http/metrics.ts')).createMetrics() : undefined;
  const onEdgeError: EdgeTellerDeps['onEdgeError'] = (error, failed) => {
    metrics?.countFailure(failed?.step);
    process.onEdgeError(error, failed);
  };
  const onTold = metrics?.onTold ?? ignore;
  const teller = createEdgeTeller({ ...stores, clock, limits, outlivesRequests, onEdgeError, onTold });
  const sealer = createSealer(config.sealingKeys);
  const tokenMac = createTokenMac(config.sealingKeys);
  const sessions = createSessions({
    ...stores,
    ...{ sealer, tokenMac, teller, clock, clockGuard, limits },
    cookieLifetimeSeconds: config.cookieLifetimeSeconds,
    ...defined({ userIdClaim: config.userIdClaim }),
    ...(config.providerRecheckSeconds === 0
      ? {}
      : {
          recheck: {
            everySeconds: config.providerRecheckSeconds,
            provider: identityProvider,
            onOutcome: metrics?.countRechecks() ?? ignore,
            ...defined({ allowRule: config.allowRule }),
          },
        }),
  });
  const schedule = createSchedule({ users, sessions, teller, clock, onEdgeError });
  metrics?.watchEdge(schedule.look);
  metrics?.watchClock(clockGuard.wrongSeconds);
  const usage = createUsage({ objects, now, maxUserBytes: config.maxUserBytes });
  return {
    config,
    sessions,
    shares: createShares({ users, teller, clock }),
    schedule,
    objects,
    usage,
    uploads: createUploads({
      records: stores.uploads,
      multipart,
      objects,
      usage,
      nowEpoch,
    }),
    once: stores.once,
    identityProvider,
    outlivesRequests,
    cookieIssuer: cookiesFor(config.origins, {
      signer,
      cookieLifetimeSeconds: config.cookieLifetimeSeconds,
      now: () => clock.now(),
    }),
    signer,
    sealer,
    checks: {
      sessions: () => users.read(NOBODY),
      files: () => objects.list({ prefix: folderKey(NOBODY), limit: 1 }),
      identityProvider: () => identityProvider.check(),
      // Each call of the KeyValueStore costs money, so this check makes none. `sessions` names a table that fails.
      revocations: async () => {
        const { isWell } = await schedule.look().catch(schedule.state);
        if (!isWell) throw new Error('revocations wait');
      },
      signer: () => {
        // A policy that ends before it begins. The health check signs it, and it opens nothing.
        const past = { start: toEpochSeconds(0), expiresAt: toEpochSeconds(0) };
        return unguarded.sign(folderPolicy({ filesOrigin: files, id: NOBODY, ...past }));
      },
    },
    ...defined({ metrics }),
    clock,
    clockGuard,
    limits,
    webDirectory: process.webDirectory,
  };
}

function ignore(): void {}

/** @throws ConfigError if CloudFront cannot use the key, or KMS does not give the key */
async function createSigner(signing: SigningConfig, client: KMSClientConfig): Promise<Signer> {
  if (!('kmsKeyId' in signing)) return createKeySigner(signing);
  const [{ KMS }, { createKmsSigner }] = await Promise.all([
    import('@aws-sdk/client-kms'),
    import('./adapters/kms-signer.ts'),
  ]);
  try {
    return await createKmsSigner({ ...signing, keyId: signing.kmsKeyId, client: new KMS(client) });
  } catch (error) {
    if (error instanceof OptionError) {
      const setting = error.option === 'publicKey' ? 'SIGNING_PUBLIC_KEY' : 'SIGNING_KMS_KEY_ID';
      throw new ConfigError([`${setting} ${error.fault}`]);
    }
    const cause = error instanceof GatewayError ? error.cause : error;
    throw new ConfigError([
      `SIGNING_KMS_KEY_ID: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : 'no answer from KMS'}`,
    ]);
  }
}
