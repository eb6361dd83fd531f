import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { claimsOf } from '@cloudfront-cookie-gateway/core/allow-rule';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { toEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey } from '@cloudfront-cookie-gateway/core/file-name';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { folderPolicy } from '@cloudfront-cookie-gateway/core/policy';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { OptionError } from '@cloudfront-cookie-gateway/core/signing-key';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import { createFolderCookies } from '../cookies/cloudfront-cookies.ts';
import { createKeySigner } from '../cookies/key-signer.ts';
import { createDetails, type DetailsDeps } from '../details/details.ts';
import { createEdgeTeller, type EdgeTellerDeps } from '../edge/teller.ts';
import type { ObjectStore } from '../files/bucket.ts';
import { createLazyFiles } from '../files/lazy-bucket.ts';
import { createUploads } from '../files/multipart-uploads.ts';
import { countListed, createUsage } from '../files/usage.ts';
import { lazily } from '../lazily.ts';
import { createLinks } from '../links/links.ts';
import { createMover, type Invoke } from '../moves/mover.ts';
import { createMoves } from '../moves/moves.ts';
import { createIdentityProvider, type IdentityProvider } from '../provider/identity-provider.ts';
import { createSealer, createTokenMac } from '../provider/sealer.ts';
import { createSchedule, type Schedule } from '../schedule.ts';
import type { SessionDeps } from '../sessions/session-deps.ts';
import { createSessions } from '../sessions/sessions.ts';
import type { SigningConfig } from '../settings/config.ts';
import { type Config, ConfigError } from '../settings/config.ts';
import type { TimeLimits } from '../settings/time-limits.ts';
import { createSharePages, createShares } from '../shares/shares.ts';
import { guardedSigner } from '../table/clock-guard.ts';
import type { Stores } from '../table/stores.ts';
import { createDeletion } from '../teams/deletion.ts';
import { createTeams } from '../teams/teams.ts';
import { type FailureLog, failureLogs } from './logger.ts';
import { clientOptions, type Surroundings, surroundings } from './surroundings.ts';

/** A user that no provider names, and who has no files. The health check uses this id. */
const NOBODY = parseUserId('readyz');

interface Process {
  /** The directory of the built page. */
  webDirectory: URL;
  /**
   * Whether the process goes on after it has answered. On Lambda it does not: an instance is frozen, a person waits for
   * each start, and nobody could read the metrics of one instance.
   */
  outlivesRequests: boolean;
  /** Gets what fails beside the requests. It is tried again, or does not matter. */
  log: FailureLog;
}

/** What the app host is made of: use cases, ports, and the settings that its answers depend on. */
export type Deps = Awaited<ReturnType<typeof createDeps>>;

/** Composition root. The SDK's own environment variables give AWS credentials, region and endpoints. */
export async function createDeps(
  config: Config,
  { webDirectory, outlivesRequests, log }: Process,
  around: Surroundings = surroundings(config),
) {
  const { clock, clockGuard, limits, stores, detailsStore } = around;
  const { cookieLifetimeSeconds, origins } = config;
  const failures = failureLogs(log);
  const files = createFileParts(config, around, failures.onDetailsError);
  const { objects } = files;
  const identityProvider = createProvider(config, around);
  const unguarded = await createSigner(config.signing, clientOptions(limits));
  const signer = guardedSigner(unguarded, clockGuard);
  const metrics = outlivesRequests ? (await import('./metrics.ts')).createMetrics() : undefined;
  const onEdgeError: EdgeTellerDeps['onEdgeError'] = (error, failed) => {
    metrics?.countFailure(failed?.step);
    failures.onEdgeError(error, failed);
  };
  // The teller writes revocations into the edge's store. A revocation is told once the store has confirmed it.
  const onTold = metrics?.onTold ?? (() => {});
  const teller = createEdgeTeller({ ...stores, clock, limits, outlivesRequests, onEdgeError, onTold });
  const sealer = createSealer(config.sealingKeys);
  const tokenMac = createTokenMac(config.sealingKeys);
  const parts = { ...stores, teller, sealer, tokenMac, clock, clockGuard, limits, cookieLifetimeSeconds };
  const sessions = createSessions({
    ...parts,
    ...defined({
      userIdClaim: config.userIdClaim,
      ofProvider: config.teams.ofProvider,
      recheck: recheckOf(config, identityProvider),
    }),
  });
  const schedule = createSchedule({
    ...parts,
    deletion: createDeletion({ ...parts, objects, detailsStore, onFailure: failures.onDeletionError }),
  });
  return {
    ...{ config, clock, clockGuard, limits, webDirectory, outlivesRequests, metrics },
    ...{ sessions, schedule, identityProvider, sealer, signer, once: stores.once },
    ...files,
    shares: createShares(parts),
    sharePages: createSharePages(parts),
    teams: createTeams(parts),
    links: createLinks(parts),
    folderCookies: createFolderCookies(origins, { signer, cookieLifetimeSeconds, now: () => clock.now() }),
    checks: checksOf({ ...stores, objects, identityProvider, schedule, signer: unguarded }, origins.files),
  };
}

function createFileParts(
  config: Config,
  { clock, clockGuard, compareClock, limits, stores, detailsStore }: Surroundings,
  onDetailsError: DetailsDeps['onDetailsError'],
) {
  const { now } = clock;
  const { keepDeletedDays } = config;
  const isScanned = config.scan !== undefined;
  const keepsVersions = keepDeletedDays > 0;
  const { objects, multipart } = createLazyFiles({
    client: { ...clientOptions(limits), forcePathStyle: config.s3PathStyle },
    ...{ bucketName: config.bucketName, now, compareClock, clockGuard },
  });
  const mover = createMover(createInvocation(config, limits));
  const usage = createUsage({
    count: (owner) => (keepsVersions ? mover.ask('count', { owner }) : countListed(objects, owner)),
    ...{ now, keepsVersions },
    maxBytes: defined({ user: config.maxUserBytes, team: config.maxTeamBytes }),
  });
  const nowEpoch = () => toEpochSeconds(now());
  const details = createDetails({
    ...{ detailsStore, objects, clock, isScanned, keepDeletedDays, onDetailsError },
  });
  const uploads = createUploads({ records: stores.uploads, multipart, objects, usage, details, nowEpoch });
  const moves = createMoves({ mover, objects, usage, nowEpoch, records: stores.moves, limits });
  return { objects, usage, details, uploads, mover, moves };
}

/** Calls of the mover. A call may take as long as the answer to a person. The SDK is loaded at the first one. */
function createInvocation({ moverFunctionName: name }: Config, limits: TimeLimits): Invoke {
  const invoke = lazily(async () => {
    const { createInvoke } = await import('../moves/invoke.ts');
    return createInvoke(clientOptions({ ...limits, storeMs: limits.answerMs }), name);
  });
  return async (payload, how) => (await invoke())(payload, how);
}

function createProvider(config: Config, { clock, limits }: Surroundings): IdentityProvider {
  const { app } = config.origins;
  return createIdentityProvider({
    ...config,
    redirectUri: `${app}/auth/callback`,
    postLogoutRedirectUri: `${app}/auth/signed-out`,
    requiredClaims: claimsOf(config.allowRule),
    wantedClaims: config.teams.ofProvider ? [config.teams.ofProvider.claim] : [],
    clock: { ...clock },
    limits,
  });
}

/** How live sessions are asked about at the provider. Undefined if they are not. */
function recheckOf(
  { providerRecheckSeconds: everySeconds, allowRule }: Config,
  provider: IdentityProvider,
): SessionDeps['recheck'] {
  if (everySeconds === 0) return undefined;
  return { everySeconds, provider, ...defined({ allowRule }) };
}

/** What `/readyz` asks, by the name that it shows: a call that shows whether the part is there. */
function checksOf(
  {
    users,
    objects,
    identityProvider,
    schedule,
    signer,
  }: {
    users: Stores['users'];
    objects: ObjectStore;
    identityProvider: IdentityProvider;
    schedule: Schedule;
    signer: Signer;
  },
  filesOrigin: string,
): Record<string, () => Promise<unknown>> {
  return {
    sessions: () => users.read(NOBODY),
    files: () => objects.list({ prefix: folderKey(userOwner(NOBODY)), limit: 1 }),
    identityProvider: () => identityProvider.check(),
    // Each call of the KeyValueStore costs money, so this check makes none. `sessions` names a table that fails.
    revocations: async () => {
      const { isWell } = await schedule.look().catch(schedule.state);
      if (!isWell) throw new Error('revocations wait');
    },
    signer: () => {
      // A policy that ends before it begins. The health check signs it, and it opens nothing.
      const past = { start: toEpochSeconds(0), expiresAt: toEpochSeconds(0) };
      return signer.sign(folderPolicy({ filesOrigin, owner: userOwner(NOBODY), ...past }));
    },
  };
}

/** @throws ConfigError if CloudFront cannot use the key, or KMS does not give the key */
async function createSigner(signing: SigningConfig, client: KMSClientConfig): Promise<Signer> {
  if (!('kmsKeyId' in signing)) return createKeySigner(signing);
  const [{ KMS }, { createKmsSigner }] = await Promise.all([
    import('@aws-sdk/client-kms'),
    import('../cookies/kms-signer.ts'),
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
