import { toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { hasRole, type Membership, membershipOf, ROLES, type Role } from '../../domain/membership.ts';
import { INVITATION, type Member, membersOf, requireRole, type Team } from '../../domain/team.ts';
import type { OwnTeam, Teams } from '../../teams/teams.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder, requireTeam, signedIn } from '../guards.ts';
import { Instant } from '../schemas.ts';
import { answerTold } from '../told.ts';

/** The deps of a service that has teams. */
type TeamRoutesDeps = Pick<Deps, 'config'> & { teams: Teams };

const PREFIX = '/api/teams/:team';
const OneRole = Type.Enum([...ROLES]);
/** Longer names are refused by their form. A name of more than 100 characters is `invalid_name`. */
const NewName = Type.Object({ name: Type.String({ maxLength: 2_048 }) }, { additionalProperties: false });

const Summary = {
  id: Type.String(),
  name: Type.String(),
  role: OneRole,
  kind: Type.Enum(['made', 'provider']),
  prefix: Type.String({ description: 'The folder, as a path of the files host.' }),
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

/** What a signed-in person may read of teams. */
export async function teamReadingRoutes(reading: Scope, deps: TeamRoutesDeps): Promise<void> {
  listTeamsRoute(reading, deps);
  await reading.register(
    async (team) => {
      requireTeam(team);
      readTeamRoute(team, deps);
    },
    { prefix: PREFIX },
  );
  await reading.register(async (made) => listInvitationsRoute(inMadeTeam(made), deps), { prefix: PREFIX });
}

/** What changes teams that are there. */
export async function teamChangingRoutes(changing: Scope, deps: TeamRoutesDeps): Promise<void> {
  acceptInvitationRoute(changing, deps);
  await changing.register(
    async (scope) => {
      const made = inMadeTeam(scope);
      renameTeamRoute(made, deps);
      deleteTeamRoute(made, deps);
      inviteRoute(made, deps);
      endInvitationRoute(made, deps);
      changeRoleRoute(made, deps);
      removeMemberRoute(made, deps);
    },
    { prefix: PREFIX },
  );
}

/**
 * A scope of routes for teams that people made. A team of the provider refuses them whatever the role is, since nobody
 * could do them there. Call it in place of `requireTeam`.
 */
function inMadeTeam(scope: Scope): Scope {
  scope.addHook('onRoute', ({ config }) => {
    if (config) config.problems = [...(config.problems ?? []), 'managed_by_provider'];
  });
  scope.addHook<{ Params: { team?: string } }>('preParsing', async (request) => {
    const { memberships } = signedIn(request).known.user;
    const membership = memberships.find(({ teamId }) => teamId === request.params.team);
    if (membership?.kind === 'provider') throw new GatewayError('managed_by_provider');
  });
  requireTeam(scope);
  return scope;
}

/** The team of a request, and the person who asks. */
function teamOf(request: FastifyRequest): { teamId: TeamId; userId: UserId; membership: Membership } {
  const { owner, userId, known } = inFolder(request);
  const membership = owner.kind === 'team' ? membershipOf(known.user, owner.id) : undefined;
  if (!membership) throw new Error('this route is not in the scope of a team');
  return { teamId: membership.teamId, userId, membership };
}

function summaryOf(
  { teamId, name, role }: OwnTeam,
  { config: { maxTeamBytes } }: Pick<Deps, 'config'>,
  kind: Membership['kind'] = 'made',
) {
  const limit = maxTeamBytes === undefined ? {} : { maxBytes: maxTeamBytes };
  return { id: teamId, name, role, kind, prefix: `/teams/${teamId}/`, ...limit };
}

function shownMember({ userId, name, role, joinedAtEpoch }: Member & { role: Role }) {
  return { userId, ...(name === undefined ? {} : { name }), role, joinedAt: toInstant(joinedAtEpoch) };
}

/** `GET /api/teams`: the user's teams, and whether the user may make one. */
function listTeamsRoute(app: Scope, deps: TeamRoutesDeps): void {
  app.get(
    '/api/teams',
    {
      schema: { response: { 200: OwnTeams } },
      config: { operation: 'list_teams', summary: "The user's teams, with the user's role in each" },
    },
    async (request) => {
      const { userId, known } = signedIn(request);
      const { memberships } = known.user;
      const teams = await Promise.all(
        memberships.map((membership) => ownTeamOf(deps, { request, userId }, membership)),
      );
      return { teams: teams.flatMap((team) => team ?? []), mayMake: deps.config.teams.areMade };
    },
  );
}

/** Undefined for a team that the user has left, or that was deleted, while the record does not say so yet. */
async function ownTeamOf(
  deps: TeamRoutesDeps,
  { request, userId }: { request: FastifyRequest; userId: UserId },
  membership: Membership,
) {
  const { teamId, role, kind, name = teamId } = membership;
  if (kind === 'provider') return summaryOf({ teamId, name, role }, deps, kind);
  try {
    const team = await deps.teams.read(teamId);
    const member = team && membersOf(team).find((each) => each.userId === userId);
    return member && summaryOf({ teamId, name: team.name, role }, deps);
  } catch (err) {
    // One team that cannot be read hides no other. It is shown by its id.
    request.log.warn({ err, team: teamId }, 'the name of a team cannot be read');
    return summaryOf({ teamId, name, role }, deps);
  }
}

/** `GET /api/teams/<tid>`: the team and its members. */
function readTeamRoute(app: Scope, deps: TeamRoutesDeps): void {
  app.get(
    '',
    {
      schema: { response: { 200: Details } },
      config: { operation: 'read_team', role: 'viewer', summary: 'A team and its members' },
    },
    async (request) => {
      const { teamId, userId, membership } = teamOf(request);
      const { role, kind, name = teamId } = membership;
      if (kind === 'provider') return summaryOf({ teamId, name, role }, deps, kind);
      const team = await deps.teams.read(teamId);
      if (!team) throw new GatewayError('no_such_team');
      requireRole(team, userId, 'viewer');
      return {
        ...summaryOf({ teamId, name: team.name, role }, deps),
        createdAt: toInstant(team.createdAtEpoch),
        members: membersOf(team).map(shownMember),
      };
    },
  );
}

/** `POST /api/teams`: makes a team, whose manager is the user. A service without teams says that it has none. */
export function makeTeamRoute(app: Scope, { ofTeams, config }: Pick<Deps, 'config' | 'ofTeams'>): void {
  app.post(
    '/api/teams',
    {
      schema: { body: NewName, response: { 201: OneTeam } },
      config: {
        operation: 'make_team',
        summary: 'Makes a team, whose manager the user is',
        problems: ['teams_disabled', 'invalid_name', 'too_many_teams', 'too_many_teams_today'],
      },
    },
    async (request, reply) => {
      if (!ofTeams || !config.teams.areMade) throw new GatewayError('teams_disabled');
      const person = signedIn(request);
      const team = await ofTeams.teams.make(person, request.body.name);
      audit(request.log, 'team_made', { userId: person.userId, team: team.teamId });
      return reply.code(201).send(summaryOf(team, { config }));
    },
  );
}

/** `PATCH /api/teams/<tid>`: renames the team. */
function renameTeamRoute(app: Scope, { teams, config }: TeamRoutesDeps): void {
  app.patch(
    '',
    {
      schema: { body: NewName, response: { 200: OneTeam } },
      config: {
        operation: 'rename_team',
        role: 'manager',
        summary: 'Gives a team another name',
        problems: ['invalid_name'],
      },
    },
    async (request) => {
      const { teamId, userId, membership } = teamOf(request);
      const { name } = await teams.rename(userId, teamId, request.body.name);
      audit(request.log, 'team_renamed', { userId, team: teamId });
      return summaryOf({ teamId, name, role: membership.role }, { config });
    },
  );
}

/** `DELETE /api/teams/<tid>`: ends the team. The files go in the background. */
function deleteTeamRoute(app: Scope, { teams }: TeamRoutesDeps): void {
  app.delete(
    '',
    {
      schema: { response: { 204: Type.Null({ description: 'The user is no member any more.' }) } },
      config: {
        operation: 'delete_team',
        role: 'manager',
        summary: 'Deletes a team. Within minutes, the other memberships end and the files are deleted',
      },
    },
    async (request, reply) => {
      const { teamId, userId } = teamOf(request);
      const { edge } = await teams.delete(userId, teamId);
      audit(request.log, 'team_deleted', { userId, team: teamId });
      return answerTold(reply, await edge)
        .code(204)
        .send(null);
    },
  );
}

const NewInvitation = Type.Object(
  {
    role: OneRole,
    uses: Type.Optional(Type.Integer({ minimum: 1, maximum: INVITATION.uses.most })),
    /** Seconds. */
    expiresIn: Type.Optional(Type.Integer({ minimum: 60, maximum: INVITATION.seconds.longest })),
  },
  { additionalProperties: false },
);

/** `POST /api/teams/<tid>/invitations`: makes an invitation, whose secret is in the fragment of its address. */
function inviteRoute(app: Scope, { teams, config }: TeamRoutesDeps): void {
  app.post(
    '/invitations',
    {
      schema: {
        body: NewInvitation,
        response: { 201: Type.Object({ id: Type.String(), url: Type.String(), expiresAt: Instant }) },
      },
      config: {
        operation: 'invite',
        role: 'manager',
        summary: 'An invitation to a team, as an address that is shown once',
        problems: ['too_many_invitations'],
      },
    },
    async (request, reply) => {
      const { teamId, userId } = teamOf(request);
      const { role, uses = INVITATION.uses.usual, expiresIn = INVITATION.seconds.usual } = request.body;
      const { id, secret, expiresAtEpoch } = await teams.invite(signedIn(request), teamId, {
        role,
        uses,
        seconds: expiresIn,
      });
      audit(request.log, 'invitation_made', { userId, team: teamId, invitation: id, role });
      const url = `${config.origins.app}/#join=${secret}`;
      return reply.code(201).send({ id, url, expiresAt: toInstant(expiresAtEpoch) });
    },
  );
}

const Invitations = Type.Object({
  invitations: Type.Array(
    Type.Object({ id: Type.String(), role: OneRole, usesLeft: Type.Integer(), expiresAt: Instant }),
  ),
});

/** `GET /api/teams/<tid>/invitations`: those that are open, without their secrets. */
function listInvitationsRoute(app: Scope, { teams }: TeamRoutesDeps): void {
  app.get(
    '/invitations',
    {
      schema: { response: { 200: Invitations } },
      config: {
        operation: 'list_invitations',
        role: 'manager',
        summary: 'The open invitations of a team, without their secrets',
      },
    },
    async (request) => {
      const { teamId, userId } = teamOf(request);
      const open = await teams.invitations(userId, teamId);
      return {
        invitations: open.map(({ hash, role, usesLeft, expiresAtEpoch }) => ({
          id: hash,
          role,
          usesLeft,
          expiresAt: toInstant(expiresAtEpoch),
        })),
      };
    },
  );
}

/** `DELETE /api/teams/<tid>/invitations/<id>`: ends an invitation. Calling it again gives the same answer. */
function endInvitationRoute(app: Scope, { teams }: TeamRoutesDeps): void {
  app.delete(
    '/invitations/:invitation',
    {
      schema: {
        params: Type.Object({ team: Type.String(), invitation: Type.String() }),
        response: { 204: Type.Null({ description: 'There is no such invitation any more.' }) },
      },
      config: {
        operation: 'end_invitation',
        role: 'manager',
        summary: 'Ends an invitation',
      },
    },
    async (request, reply) => {
      const { teamId, userId } = teamOf(request);
      const { invitation } = request.params;
      await teams.endInvitation(userId, teamId, invitation);
      audit(request.log, 'invitation_ended', { userId, team: teamId, invitation: invitation.slice(0, 64) });
      return reply.code(204).send(null);
    },
  );
}

const Accepting = Type.Object({ secret: Type.String({ maxLength: 256 }) }, { additionalProperties: false });

/** `POST /api/invitations/accept`: the user joins the team of the invitation. */
function acceptInvitationRoute(app: Scope, { teams, config }: TeamRoutesDeps): void {
  app.post(
    '/api/invitations/accept',
    {
      schema: { body: Accepting, response: { 200: OneTeam } },
      config: {
        operation: 'accept_invitation',
        summary: "Joins a team by the secret of an invitation. A member's request does not count as a use",
        problems: ['invitation_over', 'too_many_teams', 'too_many_members'],
      },
    },
    async (request) => {
      const person = signedIn(request);
      const team = await teams.accept(person, request.body.secret);
      const { teamId, role } = team;
      audit(request.log, 'invitation_accepted', { userId: person.userId, team: teamId, role });
      return summaryOf(team, { config });
    },
  );
}

const MemberParams = Type.Object({ team: Type.String(), user: Type.String() });

/** `PATCH /api/teams/<tid>/members/<user id>`: gives a member another role. */
function changeRoleRoute(app: Scope, { teams }: TeamRoutesDeps): void {
  app.patch(
    '/members/:user',
    {
      schema: {
        params: MemberParams,
        body: Type.Object({ role: OneRole }, { additionalProperties: false }),
        response: { 200: OneMember },
      },
      config: {
        operation: 'change_role',
        role: 'manager',
        summary:
          'Gives a member another role. A role below editor ends the shares and links that the member made',
        problems: ['no_such_member', 'last_manager'],
      },
    },
    async (request, reply) => {
      const { teamId, userId } = teamOf(request);
      const { role } = request.body;
      const member = toUserId(request.params.user);
      if (!member) throw new GatewayError('no_such_member');
      const { team, edge } = await teams.changeRole(userId, teamId, { userId: member, role });
      audit(request.log, 'role_changed', { userId, team: teamId, member, role });
      answerTold(reply, await edge);
      return shownMember(requireMember(team, member));
    },
  );
}

function requireMember(team: Team, userId: UserId): Member & { role: Role } {
  const member = membersOf(team).find((each) => each.userId === userId);
  if (!member) throw new GatewayError('no_such_member');
  return member;
}

/** `DELETE /api/teams/<tid>/members/<user id>`: a manager removes a member, or the user leaves. */
function removeMemberRoute(app: Scope, { teams }: TeamRoutesDeps): void {
  app.delete(
    '/members/:user',
    {
      schema: {
        params: MemberParams,
        response: { 204: Type.Null({ description: 'That user is no member any more.' }) },
      },
      config: {
        operation: 'remove_member',
        // Everybody may leave. The item refuses everything else to whoever is no manager.
        role: 'viewer',
        summary: 'Removes a member. With their own id, users leave',
        problems: ['role_too_low', 'no_such_member', 'last_manager'],
      },
    },
    async (request, reply) => {
      const { teamId, userId, membership } = teamOf(request);
      const member = toUserId(request.params.user);
      if (member !== userId && !hasRole(membership.role, 'manager')) throw new GatewayError('role_too_low');
      if (!member) throw new GatewayError('no_such_member');
      const { edge } = await teams.remove(userId, teamId, member);
      audit(request.log, member === userId ? 'member_left' : 'member_removed', {
        userId,
        team: teamId,
        member,
      });
      return answerTold(reply, await edge)
        .code(204)
        .send(null);
    },
  );
}
