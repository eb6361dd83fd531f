import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderPath, objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import { teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyBaseLogger } from 'fastify';
import * as Type from 'typebox';
import { route } from '../http/route.ts';
import { Instant } from '../http/schemas.ts';
import { exactly } from '../settings/exactly.ts';
import type { Deps } from '../wiring/deps.ts';
import { hasRole, type Membership, ROLES, type Role } from './membership.ts';
import { INVITATION, type Member, membersOf, requireRole } from './team.ts';
import type { OwnTeam } from './teams.ts';

const TEAM = '/api/teams/:team';
const OneRole = Type.Enum([...ROLES]);
/** Longer names are refused by their form. A name of more than 100 characters is `invalid_name`. */
const NewName = exactly({ name: Type.String({ maxLength: 2_048 }) });

const Summary = {
  id: Type.String(),
  name: Type.String(),
  role: OneRole,
  kind: Type.Enum(['made', 'provider']),
  prefix: Type.String({ description: 'The folder, as a path of the files host.' }),
  place: Type.Optional(
    Type.String({ description: 'Where the user shows it among the own files. If it is absent, at the top.' }),
  ),
  maxBytes: Type.Optional(
    Type.Integer({
      description: 'The most bytes of all files together. If it is absent, there is no limit.',
    }),
  ),
};
const OneTeam = Type.Object(Summary);
const OwnTeams = Type.Object({
  teams: Type.Array(OneTeam),
  mayMake: Type.Boolean({ description: 'Whether the user may make teams.' }),
});
const OneMember = Type.Object({
  userId: Type.String(),
  name: Type.Optional(Type.String()),
  role: OneRole,
  joinedAt: Instant,
});
const Details = Type.Object({
  ...Summary,
  createdAt: Type.Optional(Instant),
  members: Type.Optional(
    Type.Array(OneMember, { description: 'Absent for a team of the identity provider.' }),
  ),
});

const NewInvitation = exactly({
  role: OneRole,
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: INVITATION.uses.most })),
  /** Seconds. */
  expiresIn: Type.Optional(Type.Integer({ minimum: 60, maximum: INVITATION.seconds.longest })),
});
const Invitations = Type.Object({
  invitations: Type.Array(
    Type.Object({ id: Type.String(), role: OneRole, usesLeft: Type.Integer(), expiresAt: Instant }),
  ),
});

function summaryOf(
  { teamId, name, role, kind = 'made', place }: OwnTeam & Partial<Pick<Membership, 'kind' | 'place'>>,
  { config: { maxTeamBytes: maxBytes } }: Deps,
) {
  const prefix = folderPath(teamOwner(teamId));
  return { id: teamId, name, role, kind, prefix, ...defined({ place, maxBytes }) };
}

function shownMember({ userId, name, role, joinedAtEpoch }: Member & { role: Role }) {
  return { userId, ...(name === undefined ? {} : { name }), role, joinedAt: toInstant(joinedAtEpoch) };
}

/** Undefined for a team that the user has left, or that was deleted, while the record does not say so yet. */
async function ownTeamOf(
  deps: Deps,
  { userId, log }: { userId: UserId; log: FastifyBaseLogger },
  membership: Membership,
) {
  const { teamId, name = teamId } = membership;
  if (membership.kind === 'provider') return summaryOf({ ...membership, name }, deps);
  try {
    const team = await deps.teams.read(teamId);
    const member = team && membersOf(team).find((each) => each.userId === userId);
    return member && summaryOf({ ...membership, name: team.name }, deps);
  } catch (err) {
    // One team that cannot be read hides no other. It is shown by its id.
    log.warn({ err, team: teamId }, 'the name of a team cannot be read');
    return summaryOf({ ...membership, name }, deps);
  }
}

/** A change of a team that people made. */
const BY_MANAGER = { caller: 'team', role: 'manager', isOfMadeTeams: true } as const;

/** A service without teams says that it has none. */
export const makeTeamRoute = route({
  method: 'POST',
  url: '/api/teams',
  operation: 'make_team',
  summary: 'Makes a team, whose manager the user is',
  caller: 'person',
  problems: ['teams_disabled', 'invalid_name', 'too_many_teams', 'too_many_teams_today'],
  limit: { ofUser: 1 },
  body: NewName,
  answers: { 201: OneTeam },
  async handler({ deps, person, body, audit }) {
    if (!deps.config.teams.areMade) throw new GatewayError('teams_disabled');
    const team = await deps.teams.make(person, body.name);
    audit('team_made', { team: team.teamId });
    return summaryOf(team, deps);
  },
});

export const teamRoutes = [
  route({
    method: 'GET',
    url: '/api/teams',
    operation: 'list_teams',
    summary: "The user's teams, with the user's role in each",
    caller: 'person',
    // It reads up to 50 items.
    limit: { ofUser: 10 },
    answers: { 200: OwnTeams },
    async handler({ deps, request, person: { userId, known } }) {
      const asking = { userId, log: request.log };
      const teams = await Promise.all(known.user.memberships.map((each) => ownTeamOf(deps, asking, each)));
      return { teams: teams.flatMap((team) => team ?? []), mayMake: deps.config.teams.areMade };
    },
  }),

  route({
    method: 'POST',
    url: '/api/invitations/accept',
    operation: 'accept_invitation',
    summary: "Joins a team by the secret of an invitation. A member's request does not count as a use",
    caller: 'person',
    problems: ['invitation_over', 'too_many_teams', 'too_many_members'],
    limit: { ofUser: 1 },
    body: exactly({ secret: Type.String({ maxLength: 256 }) }),
    answers: { 200: OneTeam },
    async handler({ deps, person, body, audit }) {
      const team = await deps.teams.accept(person, body.secret);
      audit('invitation_accepted', { team: team.teamId, role: team.role });
      return summaryOf(team, deps);
    },
  }),

  // Before one joins, or signs in.
  route({
    method: 'POST',
    url: '/api/invitations/look',
    operation: 'look_at_invitation',
    summary: 'What an invitation leads to, and who made it',
    caller: 'anybody',
    problems: ['invitation_over', 'store_unavailable'],
    // Each guess of a stranger costs a read of a team.
    limit: { refusalsThatBlock: 10 },
    body: exactly({ secret: Type.String({ maxLength: 256 }) }),
    answers: {
      200: Type.Object({
        team: Type.Object({ name: Type.String() }),
        role: OneRole,
        inviter: Type.Optional(Type.Object({ name: Type.String() })),
      }),
    },
    async handler({ deps, body: { secret } }) {
      const { team, invitation } = await deps.teams.lookAt(secret);
      const { name } = membersOf(team).find(({ userId }) => userId === invitation.maker.userId) ?? {};
      const inviter = name === undefined ? undefined : { name };
      return { team: { name: team.name }, role: invitation.role, ...defined({ inviter }) };
    },
  }),

  route({
    method: 'GET',
    url: TEAM,
    operation: 'read_team',
    summary: 'A team and its members',
    caller: 'team',
    role: 'viewer',
    answers: { 200: Details },
    async handler({ deps, person, teamId, membership }) {
      const { kind, name = teamId } = membership;
      if (kind === 'provider') return summaryOf({ ...membership, name }, deps);
      const team = await deps.teams.read(teamId);
      if (!team) throw new GatewayError('no_such_team');
      requireRole(team, person.userId, 'viewer');
      return {
        ...summaryOf({ ...membership, name: team.name }, deps),
        createdAt: toInstant(team.createdAtEpoch),
        members: membersOf(team).map(shownMember),
      };
    },
  }),

  route({
    method: 'PATCH',
    url: TEAM,
    operation: 'rename_team',
    summary: 'Gives a team another name',
    ...BY_MANAGER,
    problems: ['invalid_name'],
    body: NewName,
    answers: { 200: OneTeam },
    async handler({ deps, person, teamId, membership, body, audit }) {
      const { name } = await deps.teams.rename(person.userId, teamId, body.name);
      audit('team_renamed');
      return summaryOf({ ...membership, name }, deps);
    },
  }),

  route({
    method: 'PUT',
    url: `${TEAM}/place`,
    operation: 'place_team',
    summary: "Shows a team's folder at another place among the user's own files; null is the top",
    caller: 'team',
    role: 'viewer',
    problems: ['invalid_name', 'file_exists', 'files_unavailable'],
    body: exactly({ place: Type.Union([Type.String({ maxLength: 2_048 }), Type.Null()]) }),
    answers: { 200: Type.Object({ place: Type.Optional(Type.String()) }) },
    async handler({ deps, person, teamId, body: { place: rawPlace } }) {
      const owner = userOwner(person.userId);
      const place = rawPlace === null ? undefined : parseFileName(rawPlace, owner);
      if (place !== undefined && (await deps.objects.find(objectKey(owner, place)))) {
        throw new GatewayError('file_exists');
      }
      await deps.teams.place(person, teamId, place);
      return defined({ place });
    },
  }),

  // The files go in the background.
  route({
    method: 'DELETE',
    url: TEAM,
    operation: 'delete_team',
    summary: 'Deletes a team. Within minutes, the other memberships end and the files are deleted',
    ...BY_MANAGER,
    answers: { 204: Type.Null({ description: 'The user is no member any more.' }) },
    async handler({ deps, person, teamId, audit, told }) {
      const { edge } = await deps.teams.delete(person.userId, teamId);
      audit('team_deleted');
      told(await edge);
    },
  }),

  // The secret is in the fragment of the address.
  route({
    method: 'POST',
    url: `${TEAM}/invitations`,
    operation: 'invite',
    summary: 'An invitation to a team, as an address that is shown once',
    ...BY_MANAGER,
    problems: ['too_many_invitations'],
    body: NewInvitation,
    answers: { 201: Type.Object({ id: Type.String(), url: Type.String(), expiresAt: Instant }) },
    async handler({ deps, person, teamId, body, audit }) {
      const { role, uses = INVITATION.uses.usual, expiresIn: seconds = INVITATION.seconds.usual } = body;
      const { id, secret, expiresAtEpoch } = await deps.teams.invite(person, teamId, { role, uses, seconds });
      audit('invitation_made', { invitation: id, role });
      const url = `${deps.config.origins.app}/#join=${secret}`;
      return { id, url, expiresAt: toInstant(expiresAtEpoch) };
    },
  }),

  route({
    method: 'GET',
    url: `${TEAM}/invitations`,
    operation: 'list_invitations',
    summary: 'The open invitations of a team, without their secrets',
    ...BY_MANAGER,
    answers: { 200: Invitations },
    async handler({ deps, person, teamId }) {
      const open = await deps.teams.invitations(person.userId, teamId);
      return {
        invitations: open.map(({ hash: id, role, usesLeft, expiresAtEpoch }) => ({
          ...{ id, role, usesLeft, expiresAt: toInstant(expiresAtEpoch) },
        })),
      };
    },
  }),

  // Calling it again gives the same answer.
  route({
    method: 'DELETE',
    url: `${TEAM}/invitations/:invitation`,
    operation: 'end_invitation',
    summary: 'Ends an invitation',
    ...BY_MANAGER,
    answers: { 204: Type.Null({ description: 'There is no such invitation any more.' }) },
    async handler({ deps, person, teamId, params: { invitation }, audit }) {
      await deps.teams.endInvitation(person.userId, teamId, invitation);
      audit('invitation_ended', { invitation: invitation.slice(0, 64) });
    },
  }),

  route({
    method: 'PATCH',
    url: `${TEAM}/members/:user`,
    operation: 'change_role',
    summary:
      'Gives a member another role. A role below editor ends the shares and links that the member made',
    ...BY_MANAGER,
    problems: ['no_such_member', 'last_manager'],
    body: exactly({ role: OneRole }),
    answers: { 200: OneMember },
    async handler({ deps, person, teamId, params, body: { role }, audit, told }) {
      const userId = toUserId(params.user);
      if (!userId) throw new GatewayError('no_such_member');
      const { team, edge } = await deps.teams.changeRole(person.userId, teamId, { userId, role });
      audit('role_changed', { member: userId, role });
      told(await edge);
      const member = membersOf(team).find((each) => each.userId === userId);
      if (!member) throw new GatewayError('no_such_member');
      return shownMember(member);
    },
  }),

  route({
    method: 'DELETE',
    url: `${TEAM}/members/:user`,
    operation: 'remove_member',
    summary: 'Removes a member. With their own id, users leave',
    caller: 'team',
    isOfMadeTeams: true,
    // Everybody may leave. The item refuses everything else to whoever is no manager.
    role: 'viewer',
    problems: ['role_too_low', 'no_such_member', 'last_manager'],
    answers: { 204: Type.Null({ description: 'That user is no member any more.' }) },
    async handler({ deps, person: { userId }, teamId, membership, params, audit, told }) {
      const member = toUserId(params.user);
      if (member !== userId && !hasRole(membership.role, 'manager')) throw new GatewayError('role_too_low');
      if (!member) throw new GatewayError('no_such_member');
      const { edge } = await deps.teams.remove(userId, teamId, member);
      audit(member === userId ? 'member_left' : 'member_removed', { member });
      told(await edge);
    },
  }),
];
