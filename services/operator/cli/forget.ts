import type { DetailsStore } from '@cloudfront-cookie-gateway/auth/details/table';
import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { changeRecord } from '@cloudfront-cookie-gateway/auth/sessions/change-record';
import { endAllSessions } from '@cloudfront-cookie-gateway/auth/sessions/end';
import type { UserRecord } from '@cloudfront-cookie-gateway/auth/sessions/record';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey } from '@cloudfront-cookie-gateway/core/file-name';
import { type Owner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { ANSWER_SECONDS, PUT_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type Place, parseCommand, parseId, type Syntax, UsageError } from './command-line.ts';
import { endMemberships, endsInWords, requireNoTeam, requireOtherManagers, teamsOf } from './memberships.ts';
import { answered, openFileStore, openSessionStores } from './stores.ts';
import { type Found, sweep } from './user-objects.ts';

export const FORGET = {
  usage: 'forget <user id> [--yes]',
  about: 'deletes everything of a user who leaves, except the floor; without --yes it counts it',
  options: { yes: { type: 'boolean', default: false } },
  operands: [1, 1],
} as const satisfies Syntax;

/** The last upload that was signed before the end begins within this time. */
const LAST_UPLOAD_SECONDS = PUT_SECONDS + ANSWER_SECONDS;

/**
 * Deletes everything of a user who leaves: memberships of teams, sessions, shares, every version of every file and thumbnail, uploads that
 * are under way, their details, and what the table has. The floor stays, so that no old cookie or link opens anything. After an
 * interruption, a second call goes on. Calling it again is harmless. Without `--yes`, it says what it would do.
 * @throws UsageError
 */
export async function forgetCommand(args: string[], place: Place, auditLog: AuditLog): Promise<string> {
  const { values, operands } = parseCommand(FORGET, args);
  const isSure = values.yes;
  const userId = parseId(operands[0] ?? '');
  const stores = openSessionStores(place);
  const files = openFileStore(place);
  const { details } = stores;
  if (!details)
    throw new UsageError('set DETAILS_TABLE_NAME too: it is the output DetailsTableName of the stack');
  const unfinished = isSure ? 'not everything is deleted; run it again' : 'nothing is deleted';
  const { user } = await answered(stores.users.read(userId), unfinished);
  const teams = await answered(teamsOf(stores, userId), unfinished);
  requireOtherManagers(userId, teams, nowEpoch(stores), unfinished);
  const kept = { sessions: user.sessions.length, shares: user.shares.length };
  const failures: string[] = [];
  if (isSure) {
    audit(auditLog, 'forget_begun', { userId });
    failures.push(...(await answered(endMemberships(stores, userId, teams, auditLog), unfinished)));
    await endSessions(stores, userId, user, failures);
  }
  const endedAt = new Date(stores.clock.now() + LAST_UPLOAD_SECONDS * 1_000);
  // If one part fails, the others are deleted all the same.
  const found = await tried(
    failures,
    'the bucket of the files',
    sweep(files, folderKey(userOwner(userId)), isSure),
  );
  const records = await tried(failures, 'the table of sessions', stores.sweepTraces(userId, isSure));
  if (isSure) await tried(failures, 'the table of details', deleteDetails(details, userOwner(userId)));
  if (failures.length > 0 || found === undefined || records === undefined) {
    throw new UsageError(`${failures.join('; ')}: ${unfinished}`);
  }
  const counts = { ...kept, ...found, records };
  if (!isSure)
    return `${userId} has ${inWords(counts)}.\n${endsInWords(userId, teams)}Nothing is deleted: --yes deletes it.`;
  await answered(requireNoTeam(stores, userId, unfinished), unfinished);
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

async function deleteDetails(details: DetailsStore, owner: Owner): Promise<true> {
  while (await details.deleteSome(owner));
  return true;
}

/** Deletes the tokens, and ends the sessions that lead to them. */
async function endSessions(
  stores: ReturnType<typeof openSessionStores>,
  userId: UserId,
  { sessions }: UserRecord,
  failures: string[],
): Promise<void> {
  const dropped = await Promise.all(
    sessions.map(({ id }) =>
      tried(
        failures,
        `the tokens of session ${id}`,
        stores.tokens.delete(id).then(() => true),
      ),
    ),
  );
  // Only the record leads to the tokens. So it keeps its sessions until a later call has deleted them.
  if (dropped.includes(undefined)) return;
  const ended = endAllSessions(stores, userId).then(async ({ edge, endInTeams }) => {
    await endInTeams(true);
    await edge;
  });
  await tried(failures, 'the end of the sessions and shares', ended);
}

/** @returns undefined if it failed; `failures` then names it */
async function tried<T>(failures: string[], what: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    failures.push(`${what}: ${cause instanceof GatewayError ? 'no answer' : cause.message}`);
    return undefined;
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
