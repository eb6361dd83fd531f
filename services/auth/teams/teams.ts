import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { newTeamId, type TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { isSignedOut } from '../edge/entry.ts';
import type { EdgeTeller, Told } from '../edge/teller.ts';
import { changeRecord } from '../sessions/change-record.ts';
import { findSession } from '../sessions/live.ts';
import type { UserRecord } from '../sessions/record.ts';
import { newTeamSecret, parseTeamSecret } from '../sessions/secret-token.ts';
import type { Session } from '../sessions/session.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import { createTries, type Tries } from '../table/change.ts';
import { changeTeam, type TeamChange } from './change-team.ts';
import {
  MAX_MEMBERSHIPS,
  membershipOf,
  type Role,
  requireMembership,
  withPlace,
  withTeamMade,
} from './membership.ts';
import { type SettleDeps, settle } from './settle.ts';
import {
  type Invitation,
  isLeaving,
  memberName,
  newTeam,
  openInvitations,
  parseTeamName,
  requireRole,
  type Team,
  withAccepted,
  withDeletion,
  withInvitation,
  withInvitationTakenBack,
  withName,
  withoutInvitation,
  withoutMember,
  withRole,
} from './team.ts';

export interface TeamsDeps extends SettleDeps {
  teller: Pick<EdgeTeller, 'tell' | 'tellTeam'>;
}

/** A person who asks for something: the id, the session, and the record as the guard of the request read it. */
export type Person = Pick<CurrentSession, 'userId' | 'known'> & { session: Pick<Session, 'start'> };

/** A team, with the role of the person who asked. */
export interface OwnTeam {
  teamId: TeamId;
  name: string;
  role: Role;
}

export type Teams = ReturnType<typeof createTeams>;

/**
 * Teams that people made. The role of the doer is checked in the team's item, in the write that it allows. All methods
 * throw GatewayError no_such_team and role_too_low of that check, and store_unavailable. A change of who belongs may
 * fail after the item was written: calling again is harmless, and the schedule does the rest.
 */
export function createTeams(deps: TeamsDeps) {
  const change = (teamId: TeamId, by: TeamChange) => changeTeam(deps, { teamId }, by);

  return {
    /**
     * @throws GatewayError invalid_name, too_many_teams, too_many_teams_today; no_session after "sign out everywhere"
     *   meanwhile
     */
    make: async (maker: Person, rawName: string) => make(deps, maker, parseTeamName(rawName)),

    /** Undefined if there is no such item. Nobody's role is checked. */
    read: async (teamId: TeamId) => (await deps.teams.read(teamId))?.team,

    /** @throws GatewayError invalid_name */
    async rename(doer: UserId, teamId: TeamId, rawName: string): Promise<Team> {
      const name = parseTeamName(rawName);
      return change(teamId, (team) => withName(team, doer, name));
    },

    /** Ends the doer's membership. The schedule ends the others, and deletes the files. */
    delete: (doer: UserId, teamId: TeamId) =>
      changeMember(deps, { teamId, userId: doer }, (team) => withDeletion(team, doer, nowEpoch(deps))),

    /**
     * @param wanted.seconds how long the invitation lives
     * @throws GatewayError too_many_invitations; no_session if the session has ended meanwhile
     */
    async invite(
      { userId, session }: Pick<CurrentSession, 'userId' | 'session'>,
      teamId: TeamId,
      { role, uses: usesLeft, seconds }: { role: Role; uses: number; seconds: number },
    ) {
      const { secret, hash } = newTeamSecret(teamId);
      const maker = { userId, start: session.start };
      const invitation = { hash, role, usesLeft, expiresAtEpoch: nowEpoch(deps) + seconds, maker };
      await change(teamId, (team) => withInvitation(team, invitation, nowEpoch(deps)));
      // A "sign out everywhere" that came before this read is seen here. One that comes later finds the invitation.
      const { user } = await deps.users.read(userId);
      if (!findSession(user, session.tokenHash, nowEpoch(deps))) {
        await change(teamId, (team) => withInvitationTakenBack(team, hash));
        throw new GatewayError('no_session');
      }
      return { id: hash, secret, expiresAtEpoch: invitation.expiresAtEpoch };
    },

    async invitations(doer: UserId, teamId: TeamId) {
      const known = await deps.teams.read(teamId);
      if (!known) throw new GatewayError('no_such_team');
      requireRole(known.team, doer, 'manager');
      return openInvitations(known.team, nowEpoch(deps));
    },

    /** Calling it again is harmless. */
    async endInvitation(doer: UserId, teamId: TeamId, id: string): Promise<void> {
      await change(teamId, (team) => withoutInvitation(team, doer, id));
    },

    accept: accept.bind(undefined, deps),

    /**
     * What an invitation leads to, for somebody who has its secret.
     * @throws GatewayError invitation_over
     */
    async lookAt(rawSecret: string): Promise<{ team: Team; invitation: Invitation }> {
      const { teamId, hash } = parseTeamSecret(rawSecret) ?? {};
      const team = teamId && (await deps.teams.read(teamId))?.team;
      const invitation = team && openInvitations(team, nowEpoch(deps)).find((open) => open.hash === hash);
      if (!team || !invitation) throw new GatewayError('invitation_over');
      return { team, invitation };
    },

    /** @throws GatewayError no_such_team, invalid_name, file_exists */
    async place(
      { userId, known }: Pick<Person, 'userId' | 'known'>,
      teamId: TeamId,
      place: string | undefined,
    ) {
      await changeRecord(deps, userId, (user) => withPlace(user, teamId, place), known);
    },

    /** @throws GatewayError no_such_member, last_manager */
    changeRole: (doer: UserId, teamId: TeamId, member: { userId: UserId; role: Role }) =>
      changeMember(deps, { teamId, userId: member.userId }, (team) =>
        withRole(team, doer, member, nowEpoch(deps)),
      ),

    /** @throws GatewayError no_such_member, last_manager */
    remove: (doer: UserId, teamId: TeamId, userId: UserId) =>
      changeMember(deps, { teamId, userId }, (team) => withoutMember(team, doer, userId, nowEpoch(deps))),
  };
}

async function make(deps: TeamsDeps, maker: Person, name: string): Promise<OwnTeam> {
  await changeRecord(deps, maker.userId, (user) => withTeamMade(user, nowEpoch(deps)), maker.known);
  const teamId = newTeamId();
  const tries = createTries(deps.clock);
  const team = newTeam(name, joiningOf(maker), nowEpoch(deps));
  // Nobody else has the id, so an item that is there was written here, and its answer was lost.
  while (!(await deps.teams.write(teamId, 0, team)) && !(await deps.teams.read(teamId))) await tries.again();
  return joined(deps, { teamId, person: maker, team }, tries);
}

/** The person as a member. */
function joiningOf({ userId, known, session }: Person) {
  return { userId, ...defined({ name: memberName(known.user.name) }), sessionStart: session.start };
}

/**
 * The secret names the team, so one read finds out. An invitation that is unknown, used up, expired or ended costs the
 * same.
 * @throws GatewayError invitation_over, too_many_teams, too_many_members; no_session after "sign out everywhere"
 *   meanwhile
 */
async function accept(deps: TeamsDeps, person: Person, rawSecret: string): Promise<OwnTeam> {
  const { userId, known } = person;
  const parsed = parseTeamSecret(rawSecret);
  if (!parsed) throw new GatewayError('invitation_over');
  const { teamId, hash } = parsed;
  const joining = { ...joiningOf(person), hash };
  const tries = createTries(deps.clock);
  while (true) {
    const found = await deps.teams.read(teamId);
    if (!found) throw new GatewayError('invitation_over');
    if (isLeaving(found.team, userId)) {
      // The record must say that the person left before it says that the person came back.
      await settleOne(deps, { teamId, userId }, tries);
    } else {
      const changed = withAccepted(found.team, joining, nowEpoch(deps));
      if (changed && !membershipOf(known.user, teamId) && known.user.memberships.length >= MAX_MEMBERSHIPS)
        throw new GatewayError('too_many_teams');
      if (!changed || (await deps.teams.write(teamId, found.version, changed))) {
        return joined(deps, { teamId, person, team: found.team }, tries);
      }
      await tries.again();
    }
  }
}

/**
 * Changes the item, then the record of the one member whom it concerns. Then the edge is told of both.
 * @throws GatewayError no_such_team, every error of the change, and every error of the record
 */
export async function changeMember(
  deps: TeamsDeps,
  { teamId, userId }: { teamId: TeamId; userId: UserId },
  change: TeamChange,
): Promise<{ team: Team; edge: Promise<Told> }> {
  const tries = createTries(deps.clock);
  const team = await changeTeam(deps, { teamId }, change, tries);
  const { user } = await settleOne(deps, { teamId, userId }, tries);
  const telling = [deps.teller.tell(userId, user), deps.teller.tellTeam(teamId, team)];
  return {
    team,
    edge: Promise.all(telling).then((told) => (told.includes('pending') ? 'pending' : 'told')),
  };
}

/** @throws every error of the one user's record */
async function settleOne(
  deps: SettleDeps,
  { teamId, userId }: { teamId: TeamId; userId: UserId },
  tries: Tries,
): Promise<{ user: UserRecord; isRefused: boolean }> {
  const { users, refused, failures } = await settle(deps, teamId, [userId], tries);
  const user = users.get(userId);
  if (!user) throw failures[0];
  return { user, isRefused: refused.has(userId) };
}

/**
 * Writes to the record what the item says of a person who joins.
 * @throws GatewayError no_session, too_many_teams; no_such_team if the person was removed meanwhile
 */
async function joined(
  deps: SettleDeps,
  { teamId, person, team }: { teamId: TeamId; person: Person; team: Team },
  tries: Tries,
): Promise<OwnTeam> {
  const { user, isRefused } = await settleOne(deps, { teamId, userId: person.userId }, tries);
  if (isRefused) {
    throw new GatewayError(isSignedOut(user, person.session.start) ? 'no_session' : 'too_many_teams');
  }
  return { teamId, name: team.name, role: requireMembership(user, teamId).role };
}
