import { randomBytes } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { newTeamId, type Owner, type TeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { SharingSession } from '../../../../services/auth/shares/shares.ts';
import type { Role, TeamKind } from '../../../../services/auth/teams/membership.ts';
import { withMembership } from '../../../../services/auth/teams/starts.ts';
import { newTeam } from '../../../../services/auth/teams/team.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/wiring/surroundings.ts';
import type { CopyDeps } from '../../../../services/mover/copy.ts';
import { answer } from '../../../../services/mover/mover.ts';
import { createVersionStore } from '../../../../services/mover/version-store.ts';
import { createMemoryStores } from '../../auth/support/memory-stores.ts';
import { nowEpoch, type SeededSession, seedSession } from '../../auth/support/seed-session.ts';
import { BUCKET as Bucket, OPERATOR, s3Client, startS3, TEMPLATE } from '../../local/support/local-s3.ts';
import { VERSIONED_TEMPLATE } from '../../local/support/versioned-template.ts';

export { Bucket };
export const [ANN, BEN, VIC] = [parseUserId('ann'), parseUserId('ben'), parseUserId('vic')];
export const ANNS = userOwner(ANN);

/** The shortest part that S3 takes, but for the last. The mover copies more than this in parts. */
export const PART_BYTES = 5 * 1024 ** 2;

/** The role of the template. */
export const ROLE = {
  accessKeyId: 'LOCALMOVER',
  secretAccessKey: 'secret of the mover',
  principal: { kind: 'role' as const, logicalIds: [roleOfMover()] },
};

function roleOfMover(): string {
  const role = Object.keys(Object(TEMPLATE['Resources'])).find((id) => id.startsWith('MoverRole'));
  if (role === undefined) throw new Error('the template has no role of the mover');
  return role;
}

/** Runs before each call of S3. What it throws is what the mover gets instead of an answer. */
export type OnCall = (number: number) => void | Promise<void>;

/**
 * Ann, who manages a team; Ben, its editor; Vic, its viewer. Each is signed in. A local S3, which the mover asks with
 * the rights of its role alone.
 */
export async function createWorld(t: Test, options: { kind?: TeamKind } = {}) {
  const { kind = 'made' } = options;
  const past: { seconds: number; stoppedMs?: number } = { seconds: 0 };
  const now = () => (past.stoppedMs ?? Date.now()) - past.seconds * 1_000;
  const credentials = [OPERATOR, ROLE];
  const { store, port } = await startS3({ template: VERSIONED_TEMPLATE, credentials, now });
  const [operator, s3] = [s3Client(port), s3Client(port, ROLE)];
  t.teardown(async () => {
    operator.destroy();
    s3.destroy();
    await store.close();
  });
  const calls = { count: 0 };
  const moved = new Set<string>();
  const hook: { onCall: OnCall } = { onCall: () => {} };
  s3.middlewareStack.add(
    (next) => async (args) => {
      await hook.onCall(++calls.count);
      return next(args);
    },
    { step: 'initialize', name: 'hook' },
  );

  const memory = createMemoryStores();
  const teamId = newTeamId();
  const people = await seed(memory, teamId, kind);
  const deps: CopyDeps = {
    ...{ users: memory.users, teams: memory.teams, clock: SYSTEM_CLOCK, clockGuard: { check: () => {} } },
    store: createVersionStore({ s3, bucketName: Bucket }, { copy: PART_BYTES, part: PART_BYTES }),
    usage: { take: async () => {} },
    details: {
      copied: async () => {},
      gone: async () => {},
      goneForEver: async () => {},
      restored: async () => {},
      moved: async (_file, markerId) => void moved.add(markerId),
      movedAway: async () => moved,
    },
    moves: { read: async () => undefined, finish: async () => {} },
    teller: { tell: async () => 'told', tellTeam: async () => 'told' },
  };
  return {
    ...{ memory, teamId, team: teamOwner(teamId), s3, calls, hook, past, deps },
    token: (userId: UserId) => people.get(userId)?.token ?? '',
    person: (userId: UserId, owner: Owner): SharingSession => {
      const session = people.get(userId);
      if (!session) throw new Error(`${userId} is nobody`);
      return { userId, owner, session, known: memory.record(userId), readAtEpoch: nowEpoch() };
    },
    ask: (request: object, by = deps) => answer(by, request),
    signOut: async (userId: UserId) => {
      const { user, version } = memory.record(userId);
      await memory.users.write(userId, version, { ...user, sessions: [] });
    },
    ...bucketOf(operator),
  };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

async function seed(memory: ReturnType<typeof createMemoryStores>, teamId: TeamId, kind: TeamKind) {
  const now = nowEpoch();
  const roles: [UserId, Role][] = [
    [ANN, 'manager'],
    [BEN, 'editor'],
    [VIC, 'viewer'],
  ];
  const people = new Map<UserId, SeededSession>();
  for (const [userId, role] of roles) {
    people.set(userId, await seedSession(memory.users, userId));
    const { user, version } = memory.record(userId);
    const name = kind === 'provider' ? { name: 'Claim' } : {};
    await memory.users.write(userId, version, withMembership(user, { teamId, role, kind, ...name }, now));
  }
  const members = roles.map(([userId, role]) => ({ userId, role, joinedAtEpoch: now }));
  if (kind === 'made')
    await memory.teams.write(teamId, 0, { ...newTeam('Photos', { userId: ANN }, now), members });
  return people;
}

/** What the operator puts into the bucket, and finds there. */
function bucketOf(s3: S3Client) {
  const put = async (
    Key: string,
    Body: string | Buffer = randomBytes(8).toString('hex'),
    more: object = {},
  ) => {
    const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    return VersionId;
  };
  const missing = (error: unknown) => {
    if (error instanceof Error && /^(NoSuchKey|NotFound)$/.test(error.name)) return undefined;
    throw error;
  };
  return {
    put,
    remove: (Key: string, VersionId?: string) => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
    get: (Key: string) =>
      s3
        .send(new GetObjectCommand({ Bucket, Key }))
        .then(({ Body }) => Body?.transformToString())
        .catch(missing),
    head: (Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key })).catch(missing),
    /** The keys of all versions, and of delete markers with a `!`. The current ones have a `*`. */
    versions: async (Prefix = '') => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(
        new ListObjectVersionsCommand({ Bucket, Prefix }),
      );
      const shown = (sign: string) => (each: { Key?: string | undefined; IsLatest?: boolean | undefined }) =>
        `${sign}${each.Key}${each.IsLatest ? '*' : ''}`;
      return [...Versions.map(shown('')), ...DeleteMarkers.map(shown('!'))];
    },
  };
}
