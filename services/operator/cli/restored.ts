import { withNothingTrusted } from '@cloudfront-cookie-gateway/auth/domain/live-sessions';
import type { UserRecord } from '@cloudfront-cookie-gateway/auth/domain/user-record';
import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { changeRecord } from '@cloudfront-cookie-gateway/auth/records/change-record';
import type { EdgeTeller } from '@cloudfront-cookie-gateway/auth/revocations/edge-teller';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type Environment, operandsOf, type Syntax, UsageError } from './command-line.ts';
import { answered, openSessionStores } from './stores.ts';

export const RESTORED: Syntax = {
  usage: 'restored',
  about: 'ends every session and every share of everybody, for a table that was restored from a backup',
  operands: [0, 0],
};

const AT_ONCE = 20;
/** The most users that the message of a failure names. */
const MOST_NAMED = 20;
/**
 * The most bytes that the entries may take in the edge's store. The store takes 5 MB, and today's logouts need room.
 */
const MAX_STORE_BYTES = 4_000_000;
/** The bytes of the longest user id and of two floors. */
const ENTRY_BYTES = 64 + 24;

/**
 * Run this on a table that was restored from a backup, before it gets traffic. Every session and every share ends. The
 * floors cover everything that was given since the backup. Calling it again is harmless.
 * @throws UsageError if some sessions may live, or the edge could not be told
 */
export async function restoredCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  auditLog: AuditLog,
): Promise<string> {
  operandsOf(RESTORED, args);
  const stores = openSessionStores(env, localDirectory);
  const { edge, tokens, teller, clock } = stores;
  const unfinished = 'some sessions may live; run it again';
  const userIds = await answered(collected(stores.userIds()), unfinished);
  const store = await edge.describe().catch(() => undefined);
  const isTooSmall = store !== undefined && store.bytes + userIds.length * ENTRY_BYTES > MAX_STORE_BYTES;
  const hasRoom = store !== undefined && !isTooSmall;

  async function endAll(userId: UserId): Promise<void> {
    let ended: string[] = [];
    const change = (before: UserRecord) => {
      ended = before.sessions.map(({ id }) => id);
      const after = withNothingTrusted(before, Math.floor(clock.now() / 1_000));
      return hasRoom ? after : asTold(before, after);
    };
    await changeRecord(stores, userId, change);
    // The tokens open nothing. If this fails, the table forgets them when the session would have expired.
    await Promise.all(ended.map((id) => tokens.delete(id).catch(() => {})));
  }

  // One record that cannot be read must not keep the others' sessions alive.
  const failed: UserId[] = [];
  for (let at = 0; at < userIds.length; at += AT_ONCE) {
    const batch = userIds.slice(at, at + AT_ONCE);
    const ends = await Promise.allSettled(batch.map(endAll));
    failed.push(...batch.filter((_userId, index) => ends[index]?.status === 'rejected'));
  }
  audit(auditLog, 'restored', {});
  const isTold = hasRoom && (await drains(teller));
  // Somebody may sign in right after this command. The sign-in needs a start above the floors, which exists a second
  // later.
  await clock.sleep(1_000);
  const edgeKnows = isTold ? 'at the edge too' : 'but the edge does not know';
  if (failed.length > 0) {
    throw new UsageError(
      `${failed.length} of ${userIds.length} users could not be changed, and their sessions may live: ${firstOf(failed)}. Run it again; a record of a newer version needs that version. Everybody else’s sessions and shares have ended, ${edgeKnows}.`,
    );
  }
  // Another run does not make room in the edge's store.
  if (!isTold && !isTooSmall) {
    throw new UsageError(
      `every session and every share has ended, ${edgeKnows}, and copied cookies and links may open files. Run it again.`,
    );
  }
  return `${userIds.length} users are in this table. Every session and every share has ended, ${edgeKnows}.
Now replace the signing key, before you let anybody in. This table does not know people who signed in for the first
time after the backup, and their cookies and links open files until the key is replaced.
docs/deploy.md, "A leaked key", has the steps.`;
}

/** Tells the edge of everything. @returns whether it knows everything now */
async function drains(teller: EdgeTeller): Promise<boolean> {
  return await teller.drain(Number.POSITIVE_INFINITY).then(
    () => teller.setAside.failures() === 0,
    () => false,
  );
}

function firstOf(userIds: UserId[]): string {
  return `${userIds.slice(0, MOST_NAMED).join(', ')}${userIds.length > MOST_NAMED ? ', …' : ''}`;
}

async function collected(pages: AsyncIterable<UserId[]>): Promise<UserId[]> {
  const userIds: UserId[] = [];
  for await (const page of pages) userIds.push(...page);
  return userIds;
}

/**
 * Keeps what the edge has been told. Entries for all users would fill the edge's store, and there would be no room for
 * today's logouts.
 */
function asTold(before: UserRecord, { untoldSinceEpoch: _since, ...after }: UserRecord): UserRecord {
  const { changes, untoldSinceEpoch } = before;
  return { ...after, changes, ...defined({ untoldSinceEpoch }) };
}
