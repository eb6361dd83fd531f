import type { UserId } from '../auth/domain/user-id.ts';
import type { UserRecord } from '../auth/domain/user-record.ts';
import { type AuditLog, audit } from '../auth/http/audit.ts';
import { changeRecord } from '../auth/records/change-record.ts';
import { endAllSessions } from '../auth/sessions/end.ts';
import { openFileStore } from './file-store.ts';
import { answered, openSessionStores } from './session-stores.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';
import { parseUserAndYes } from './user-and-yes.ts';
import { type Found, sweep } from './user-objects.ts';

export const FORGET_USAGE = 'forget <user id> [--yes]';

/** A signed upload of a small file must begin within 60 seconds. The request that signs it ends within 12 seconds. */
const LAST_UPLOAD_SECONDS = 60 + 12;

/**
 * Deletes everything of a user who leaves: sessions, shares, every version of every file and thumbnail, uploads that
 * are under way, and what the table has. The floor stays, so that no old cookie or link opens anything. After an
 * interruption, a second call goes on. Calling it again is harmless. Without `--yes`, it says what it would do.
 * @throws UsageError
 */
export async function forgetCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  auditLog: AuditLog,
): Promise<string> {
  const { userId, isSure } = parseUserAndYes(args, FORGET_USAGE);
  const stores = openSessionStores(env, localDirectory);
  const files = openFileStore(env, localDirectory);
  const unfinished = isSure ? 'not everything is deleted; run it again' : 'nothing is deleted';
  const { user } = await answered(stores.users.read(userId), unfinished);
  const kept = { sessions: user.sessions.length, shares: user.shares.length };
  if (isSure) {
    audit(auditLog, 'forget_begun', { userId });
    // The items that only a live session leads to are deleted first. After an interruption, the record still names
    // them.
    await answered(Promise.all(user.sessions.map(({ id }) => stores.tokens.delete(id))), unfinished);
    const { edge } = await answered(endAllSessions(stores, userId), unfinished);
    await edge;
  }
  const endedAt = new Date(stores.clock.now() + LAST_UPLOAD_SECONDS * 1_000);
  const found = await sweepFiles(files, userId, isSure, unfinished);
  const records = await answered(stores.sweepTraces(userId, isSure), unfinished);
  const counts = { ...kept, ...found, records };
  if (!isSure) return `${userId} has ${inWords(counts)}.\nNothing is deleted: --yes deletes it.`;
  const left = await answered(changeRecord(stores, userId, withFloorAlone), unfinished);
  audit(auditLog, 'forgotten', { userId, ...counts });
  if (left.sessions.length > 0) {
    throw new UsageError(
      `${userId} has signed in again meanwhile: disable the account at the provider, then run it again`,
    );
  }
  return `${userId} is forgotten: ${inWords(counts)}.
An upload that was signed before may still begin until ${endedAt.toISOString()}. Run this command again after such an upload has ended: it deletes what has come.`;
}

async function sweepFiles(
  files: ReturnType<typeof openFileStore>,
  userId: UserId,
  isToGo: boolean,
  unfinished: string,
): Promise<Found> {
  try {
    return await sweep(files, `users/${userId}/`, isToGo);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'no answer';
    throw new UsageError(`the bucket of the files: ${why}: ${unfinished}`, { cause });
  }
}

function withFloorAlone({ name: _name, email: _email, owner: _owner, ...floor }: UserRecord): UserRecord {
  return floor;
}

function inWords({
  sessions,
  shares,
  versions,
  bytes,
  uploads,
  records,
}: Found & Record<'sessions' | 'shares' | 'records', number>): string {
  const few = [
    count(sessions, 'session'),
    count(shares, 'share'),
    `${count(versions, 'version')} of files and thumbnails with ${count(bytes, 'byte')}`,
    `${count(uploads, 'upload')} in parts`,
  ];
  return `${few.join(', ')} and ${count(records, 'record')} beside the user's own`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
