import { claimedTeams, withClaimedTeams } from '../domain/claimed-teams.ts';
import type { Identity } from '../domain/ports.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { SessionDeps } from './session-deps.ts';

/** Values of the claim of teams that give the user no team. */
export interface LeftOut {
  /** Values from which no team follows, such as numbers. */
  unusable: number;
  /** Values beyond the most teams of one user. */
  tooMany: number;
}

/** What one answer of the provider says of a person's teams. */
export interface TeamsSaid {
  /** The record with the memberships that the answer says. The same record if the answer says nothing of teams. */
  applyTo(user: UserRecord, nowEpoch: number): UserRecord;
  /** Undefined if nothing is left out in this record. */
  leftOut(user: UserRecord): LeftOut | undefined;
}

/** Without a claim, the provider has no teams. Then memberships that an earlier setting gave end. */
export function teamsSaidBy(
  { ofProvider }: Pick<SessionDeps, 'ofProvider'>,
  { issuer, claims, userInfo }: Pick<Identity, 'issuer' | 'claims' | 'userInfo'>,
): TeamsSaid {
  const said = ofProvider ? claimedTeams(ofProvider.claim, [claims, userInfo]) : { values: [], unusable: 0 };
  const { values, unusable } = said;
  const role = ofProvider?.role ?? 'viewer';
  return {
    applyTo: (user, nowEpoch) =>
      (values && withClaimedTeams(user, { issuer, values, role }, nowEpoch)) ?? user,
    leftOut({ memberships }) {
      const taken = memberships.filter(({ kind }) => kind === 'provider').length;
      const tooMany = values ? values.length - taken : 0;
      return unusable + tooMany === 0 ? undefined : { unusable, tooMany };
    },
  };
}

/** Says how many values of the claim of teams gave no team. The values themselves may say something of a person. */
export function logLeftOut(
  log: { warn(details: object, message: string): void },
  userId: string,
  leftOut: LeftOut | undefined,
): void {
  if (leftOut) log.warn({ userId, ...leftOut }, 'values of the claim of teams give no team');
}
