import type { Identity } from '../provider/provider.ts';
import type { UserRecord } from '../sessions/record.ts';
import type { SessionDeps } from '../sessions/session-deps.ts';
import { claimedTeams, withClaimedTeams } from './claimed.ts';

/**
 * The memberships that one answer of the provider gives to a record. The same record if the answer says nothing of teams.
 * Without a claim, the provider has no teams. Then memberships that an earlier setting gave end.
 */
export function teamsSaidBy(
  { ofProvider }: Pick<SessionDeps, 'ofProvider'>,
  { issuer, claims, userInfo }: Pick<Identity, 'issuer' | 'claims' | 'userInfo'>,
): (user: UserRecord, nowEpoch: number) => UserRecord {
  const values = ofProvider ? claimedTeams(ofProvider.claim, [claims, userInfo]) : [];
  const role = ofProvider?.role ?? 'viewer';
  return (user, nowEpoch) => (values && withClaimedTeams(user, { issuer, values, role }, nowEpoch)) ?? user;
}
