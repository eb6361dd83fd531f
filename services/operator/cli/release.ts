import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { changeRecord } from '@cloudfront-cookie-gateway/auth/sessions/change-record';
import { endAllSessions } from '@cloudfront-cookie-gateway/auth/sessions/end';
import type { UserRecord } from '@cloudfront-cookie-gateway/auth/sessions/record';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { type Place, parseCommand, parseId, type Syntax, UsageError } from './command-line.ts';
import { endMemberships, endsInWords, requireNoTeam, requireOtherManagers, teamsOf } from './memberships.ts';
import { answered, countFiles, openFileStore, openSessionStores } from './stores.ts';

export const RELEASE = {
  usage: 'release <user id> [--yes]',
  about: 'takes a user id from the subject that owns it; without --yes it says what would happen',
  options: { yes: { type: 'boolean', default: false } },
  operands: [1, 1],
} as const satisfies Syntax;

/**
 * With `USER_ID_CLAIM`: takes a user id from the subject that owns it. The next subject with that id then gets the
 * folder. Every membership of a team, session and share ends first, at the edge too. Without `--yes`, it says what it would do.
 * @throws UsageError
 */
export async function releaseCommand(args: string[], place: Place, auditLog: AuditLog): Promise<string> {
  const { values, operands } = parseCommand(RELEASE, args);
  const isSure = values.yes;
  const userId = parseId(operands[0] ?? '');
  const stores = openSessionStores(place);
  const nothing = 'nothing is released';
  const { user } = await answered(stores.users.read(userId), nothing);
  if (user.owner === undefined)
    throw new UsageError(`${userId} has no owner: the first subject that comes with it gets it`);
  const teams = await answered(teamsOf(stores, userId), nothing);
  requireOtherManagers(userId, teams, nowEpoch(stores), nothing);
  const found = await countFiles(openFileStore(place), userOwner(userId), nothing);
  const kept = found.keptBytes > 0 ? `, ${found.keptBytes} of them deleted or replaced and kept` : '';
  const files = `${found.files} file${found.files === 1 ? '' : 's'} with ${found.bytes} bytes${kept}`;
  if (!isSure) {
    return `${userId} has ${user.sessions.length} sessions, ${user.shares.length} shares and ${files}. The sessions and shares would end, and the next subject with this id would get the files.\n${endsInWords(userId, teams)}Nothing is released: --yes does it.`;
  }
  const failures = await answered(endMemberships(stores, userId, teams, auditLog), nothing);
  if (failures.length > 0) throw new UsageError(`${failures.join('; ')}: ${nothing}; run it again`);
  const { edge, endInTeams } = await answered(endAllSessions(stores, userId), nothing);
  const inTeams = await answered(endInTeams(true), `${nothing}; run it again`);
  if ((await edge) === 'pending' || inTeams === 'pending') {
    throw new UsageError(
      `the edge has not confirmed that the sessions and shares have ended: ${nothing}; run it again`,
    );
  }
  await answered(requireNoTeam(stores, userId, `${nothing}; run it again`), nothing);
  await answered(changeRecord(stores, userId, withoutOwner), nothing);
  audit(auditLog, 'released', { userId, ...found });
  return `${userId} is released: the next subject that comes with it gets ${files}. Every session and every share has ended, at the edge too.`;
}

/** @throws UsageError if the owner has come back: the next owner must not get what the owner's session opens */
function withoutOwner({ owner: _owner, name: _name, email: _email, ...user }: UserRecord): UserRecord {
  if (user.sessions.length > 0) {
    throw new UsageError(
      'its owner has signed in again meanwhile, and nothing is released: disable the account at the provider, then run it again',
    );
  }
  return user;
}
