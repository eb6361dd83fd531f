import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { withoutInvisible } from '../clean-text.ts';
import { withSharesRevoked } from '../edge/entry.ts';
import { type LinkBook, withoutAnyLink, withoutLinksOf } from '../links/link.ts';
import { type Maker, NO_REVOCATIONS } from '../sessions/record.ts';
import { withMakerRevoked } from '../shares/share.ts';
import { checkRole, hasRole, type Role, type TeamKind } from './membership.ts';

/** The most members of a team that people made. A removed member counts until the user's record says so too. */
export const MAX_MEMBERS = 500;
/** The most open invitations of a team. */
export const MAX_INVITATIONS = 100;
/** How often an invitation may be used, and how long it may live, in seconds. */
export const INVITATION = {
  uses: { usual: 1, most: 100 },
  seconds: { usual: 7 * 24 * 60 * 60, longest: 30 * 24 * 60 * 60 },
};
/**
 * How long after the first sweep a deleted team's folder is swept again, in seconds. A PUT that was signed before the
 * deletion, a part, or a thumbnail may land after the first sweep, and by then everything that was signed has expired.
 */
const SWEEP_AGAIN_SECONDS = 24 * 60 * 60;
/** Characters. */
const MAX_NAME_LENGTH = 100;
/** Characters. So the item of a team with all its members fits into DynamoDB's 400 KB. */
const MAX_MEMBER_NAME_LENGTH = 64;
/** A character that can be seen. U+2800 is a Braille pattern without dots. */
const VISIBLE = /[^\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

export interface Member {
  userId: UserId;
  /** Absent if the provider gave no name, or an e-mail address in place of one. */
  name?: string;
  /** Absent if the member was removed, and the user's record may still say otherwise. */
  role?: Role;
  joinedAtEpoch: number;
  /** Since when the user's record may differ from this item. Absent while both are known to agree. */
  dueSinceEpoch?: number;
  /**
   * The start of the session that joined. Absent once the user's record has the membership. Whoever has signed out
   * everywhere in between does not join: by then the id may be somebody else's.
   */
  sessionStart?: number;
}

export interface Invitation {
  /** SHA-256 of the secret. It opens nothing, so it also names the invitation. */
  hash: string;
  role: Role;
  usesLeft: number;
  expiresAtEpoch: number;
  maker: Maker;
}

/** How far the deletion of a team has come. All times are epoch seconds. */
export interface DeletionState {
  sinceEpoch: number;
  /** When the team's folder was empty for the first time. */
  sweptEpoch?: number;
  /** When it was swept again. From then on nothing is left to do. */
  doneEpoch?: number;
}

/**
 * What the table keeps of one team. It is the truth of who belongs to a team that people made. The users' records
 * follow it (`teams/settle.ts`). All times are epoch seconds. Of the `Revocations`, it has those of shares and links. The
 * key of shares in the edge's store is `<team>.shares`.
 */
export interface Team extends LinkBook {
  kind: TeamKind;
  name: string;
  createdAtEpoch: number;
  /** Empty for a team of the provider. */
  members: Member[];
  invitations: Invitation[];
  /** Set once the team is deleted. From then on nobody belongs to it. */
  deleting?: DeletionState;
}

/** A team's item and its version. A write names the version. */
export interface KnownTeam {
  team: Team;
  version: number;
}

/** A user who joins a team. */
type Joining = Pick<Member, 'userId' | 'name' | 'sessionStart'>;

/**
 * The item of a team of the provider, which is made with the team's first share. The users' records say who belongs.
 */
export function providerTeam(name: string, nowEpoch: number): Team {
  return {
    ...NO_REVOCATIONS,
    kind: 'provider',
    name,
    createdAtEpoch: nowEpoch,
    members: [],
    invitations: [],
    links: [],
  };
}

/** The item of a new team. Its maker is its manager. */
export function newTeam(name: string, maker: Joining, nowEpoch: number): Team {
  return {
    ...providerTeam(name, nowEpoch),
    kind: 'made',
    members: [{ ...maker, role: 'manager', joinedAtEpoch: nowEpoch, dueSinceEpoch: nowEpoch }],
  };
}

/**
 * Checks the name of a team that a person typed, and converts it to one Unicode form (NFC).
 * @throws GatewayError invalid_name
 */
export function parseTeamName(rawName: string): string {
  const name = rawName.normalize('NFC').trim();
  const isTooLong = [...name].length > MAX_NAME_LENGTH;
  if (isTooLong || !VISIBLE.test(name) || name !== withoutInvisible(name) || !name.isWellFormed()) {
    throw new GatewayError('invalid_name', {
      detail: `A team's name has 1 to ${MAX_NAME_LENGTH} characters, and no invisible characters.`,
    });
  }
  return name;
}

/** The name that other members see. Some providers give an e-mail address as the name, and nobody may see that. */
export function memberName(rawName: string | undefined): string | undefined {
  const shown = shownName(rawName ?? '', Number.POSITIVE_INFINITY);
  return shown === undefined || /\S@\S/.test(shown) ? undefined : shownName(shown, MAX_MEMBER_NAME_LENGTH);
}

/** The part of a text that can be shown as a name. Undefined if there is none. */
export function shownName(rawName: string, maxLength = MAX_NAME_LENGTH): string | undefined {
  const shown = [...withoutInvisible(rawName.toWellFormed())];
  const name = shown.slice(0, maxLength).join('').trim();
  return VISIBLE.test(name) ? name : undefined;
}

/** Those who belong to the team. A member who was removed does not, although the item may still name them. */
export function membersOf(team: Team): (Member & { role: Role })[] {
  return team.members.flatMap(({ role, ...member }) => (role ? [{ ...member, role }] : []));
}

/** Whether the member was removed, and the user's record may still say otherwise. */
export function isLeaving(team: Team, userId: UserId): boolean {
  return team.members.some((member) => member.userId === userId && member.role === undefined);
}

/** The team with another name. Undefined if it has that name. */
export function withName(team: Team, doer: UserId, name: string): Team | undefined {
  requireRole(team, doer, 'manager');
  return team.name === name ? undefined : { ...team, name };
}

/**
 * The team with one more open invitation. Undefined if it has that invitation.
 * @throws GatewayError too_many_invitations
 */
export function withInvitation(team: Team, invitation: Invitation, nowEpoch: number): Team | undefined {
  requireRole(team, invitation.maker.userId, 'manager');
  if (team.invitations.some(({ hash }) => hash === invitation.hash)) return undefined;
  const open = openInvitations(team, nowEpoch);
  if (open.length >= MAX_INVITATIONS) throw new GatewayError('too_many_invitations');
  return { ...team, invitations: [...open, invitation] };
}

/** The team without an invitation. Undefined if it has no such invitation. */
export function withoutInvitation(team: Team, doer: UserId, hash: string): Team | undefined {
  requireRole(team, doer, 'manager');
  return withInvitationTakenBack(team, hash);
}

/** The same for an invitation whose secret nobody got. Nobody's role is checked. */
export function withInvitationTakenBack(team: Team, hash: string): Team | undefined {
  const invitations = team.invitations.filter((invitation) => invitation.hash !== hash);
  return invitations.length === team.invitations.length ? undefined : { ...team, invitations };
}

/** Those that have not expired. */
export function openInvitations({ invitations }: Team, nowEpoch: number): Invitation[] {
  return invitations.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch);
}

/**
 * The team with a member who came by an invitation. Undefined for somebody who is a member: no use is taken.
 * @param joining must not be leaving; whoever is, is settled first
 * @throws GatewayError invitation_over, too_many_members
 */
export function withAccepted(
  team: Team,
  joining: Joining & Pick<Invitation, 'hash'>,
  nowEpoch: number,
): Team | undefined {
  const { hash, ...person } = joining;
  const { userId } = person;
  if (roleOf(team, userId)) return undefined;
  const invitation = openInvitations(team, nowEpoch).find((open) => open.hash === hash);
  if (!invitation) throw new GatewayError('invitation_over');
  if (isLeaving(team, userId)) throw new Error('a member who is leaving must be settled first');
  if (team.members.length >= MAX_MEMBERS) throw new GatewayError('too_many_members');
  const { role } = invitation;
  return {
    ...team,
    members: [...team.members, { ...person, role, joinedAtEpoch: nowEpoch, dueSinceEpoch: nowEpoch }],
    invitations: team.invitations.flatMap((each) => (each === invitation ? withoutUse(each) : [each])),
  };
}

function withoutUse(invitation: Invitation): Invitation[] {
  const usesLeft = invitation.usesLeft - 1;
  return usesLeft > 0 ? [{ ...invitation, usesLeft }] : [];
}

/**
 * The team with another role of a member. Undefined if the member has that role. A lower role ends every open
 * invitation, since a manager may have kept its secret. A role below editor ends the shares and links that the member
 * made.
 * @throws GatewayError no_such_member, last_manager
 */
export function withRole(
  team: Team,
  doer: UserId,
  member: { userId: UserId; role: Role },
  nowEpoch: number,
): Team | undefined {
  requireRole(team, doer, 'manager');
  return withRoleGiven(team, member, nowEpoch);
}

/** The same, whoever asks. */
export function withRoleGiven(
  team: Team,
  { userId, role }: { userId: UserId; role: Role },
  nowEpoch: number,
): Team | undefined {
  const before = roleOf(team, userId);
  if (!before) throw new GatewayError('no_such_member');
  if (before === role) return undefined;
  if (hasRole(role, before)) return withMember(team, userId, { role, dueSinceEpoch: nowEpoch });
  requireOtherManager(team, userId);
  const lowered = { ...withMember(team, userId, { role, dueSinceEpoch: nowEpoch }), invitations: [] };
  return hasRole(role, 'editor') ? lowered : withNothingOf(lowered, userId, nowEpoch);
}

/**
 * The team without a member, whom it keeps as due until the user's record says so too. A manager removes anybody, and
 * everybody may leave. Every open invitation ends, and so do the shares and links that the member made. Undefined if it
 * has happened.
 * @throws GatewayError no_such_member, last_manager
 */
export function withoutMember(team: Team, doer: UserId, userId: UserId, nowEpoch: number): Team | undefined {
  if (doer === userId && isLeaving(team, userId)) return undefined;
  requireRole(team, doer, doer === userId ? 'viewer' : 'manager');
  if (isLeaving(team, userId)) return undefined;
  if (!roleOf(team, userId)) throw new GatewayError('no_such_member');
  requireOtherManager(team, userId);
  const left = {
    ...withMember(team, userId, { role: undefined, dueSinceEpoch: nowEpoch }),
    invitations: [],
  };
  return withNothingOf(left, userId, nowEpoch);
}

/** The team without the shares and links that somebody made. */
function withNothingOf(team: Team, userId: UserId, nowEpoch: number): Team {
  return withoutMade(team, (maker) => maker.userId === userId, nowEpoch) ?? team;
}

function withoutMade(team: Team, isMaker: (maker: Maker) => boolean, nowEpoch: number): Team | undefined {
  const withoutShares = withMakerRevoked(team, isMaker, nowEpoch);
  return withoutLinksOf(withoutShares ?? team, isMaker, nowEpoch) ?? withoutShares;
}

/**
 * The team without the shares, links and invitations that somebody made with a session of this start or a lower one.
 * Undefined if there are none.
 */
export function withMadeEnded(
  team: Team,
  { userId, through }: { userId: UserId; through: number },
  nowEpoch: number,
): Team | undefined {
  const isMaker = (maker: Maker) => maker.userId === userId && maker.start <= through;
  const invitations = team.invitations.filter(({ maker }) => !isMaker(maker));
  const revoked = withoutMade(team, isMaker, nowEpoch);
  if (!revoked && invitations.length === team.invitations.length) return undefined;
  return { ...(revoked ?? team), invitations };
}

/** The team without anybody: its folder is deleted from now on. Undefined if the doer has deleted it. */
export function withDeletion(team: Team, doer: UserId, nowEpoch: number): Team | undefined {
  if (team.deleting && isLeaving(team, doer)) return undefined;
  requireRole(team, doer, 'manager');
  return emptied({ ...team, deleting: { sinceEpoch: nowEpoch } }, nowEpoch);
}

/**
 * The team without somebody whose record has no room for one more team, or who has signed out everywhere since. If
 * nobody else belongs to the team, it is deleted.
 */
export function withRefused(team: Team, userId: UserId, nowEpoch: number): Team {
  const left = withMember(team, userId, { role: undefined, dueSinceEpoch: nowEpoch });
  const isDeleted = membersOf(left).length === 0;
  return isDeleted ? emptied({ ...left, deleting: { sinceEpoch: nowEpoch } }, nowEpoch) : left;
}

/** The team after the records of these users were written to what it says. A removed member is dropped now. */
export function withSettled(team: Team, userIds: readonly UserId[]): Team {
  const members = team.members.flatMap((member) => {
    if (!userIds.includes(member.userId)) return [member];
    const { dueSinceEpoch: _settled, sessionStart: _joined, ...rest } = member;
    return rest.role ? [rest] : [];
  });
  return { ...team, members };
}

/** Since when a member's record may differ from the item. Undefined if none may. */
export function settlesSinceEpoch({ members }: Team): number | undefined {
  const times = members.flatMap(({ dueSinceEpoch }) => dueSinceEpoch ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * From when on the folder of a deleted team is to be swept. Undefined if it is not to be swept. While a member's record
 * still names the team, that member may upload.
 */
export function sweepsAtEpoch({ members, deleting }: Team): number | undefined {
  if (!deleting || members.length > 0 || deleting.doneEpoch !== undefined) return undefined;
  return deleting.sweptEpoch === undefined ? deleting.sinceEpoch : deleting.sweptEpoch + SWEEP_AGAIN_SECONDS;
}

/**
 * The deleted team after a sweep that left nothing. After the second, this small item stays for good, without the name
 * that people gave. A write that comes late cannot make the team again with its id, which old cookies and links name.
 * The item also holds the floor of the team's shares, until the edge was told of it and it has expired. A newer team
 * would begin to count its shares anew, below that floor.
 */
export function withSwept(team: Team, deleting: DeletionState, nowEpoch: number): Team {
  return deleting.sweptEpoch === undefined
    ? { ...team, deleting: { ...deleting, sweptEpoch: nowEpoch } }
    : { ...team, name: '', deleting: { ...deleting, doneEpoch: nowEpoch } };
}

/** @throws GatewayError no_such_team for somebody who does not belong to it; role_too_low */
export function requireRole(team: Team, userId: UserId, needed: Role): void {
  checkRole(roleOf(team, userId), needed);
}

/** Undefined for somebody who does not belong to the team. */
export function roleOf({ members }: Team, userId: UserId): Role | undefined {
  return members.find((member) => member.userId === userId)?.role;
}

/**
 * A manager whose record does not say so yet may turn out to have no room for the team, so such a manager does not
 * count.
 * @throws GatewayError last_manager
 */
function requireOtherManager(team: Team, userId: UserId): void {
  const managers = team.members.filter(({ role }) => role === 'manager');
  const isOne = managers.some((manager) => manager.userId === userId);
  const others = managers.filter(
    ({ dueSinceEpoch, ...manager }) => manager.userId !== userId && dueSinceEpoch === undefined,
  );
  if (isOne && others.length === 0) throw new GatewayError('last_manager');
}

function withMember(
  team: Team,
  userId: UserId,
  { role, dueSinceEpoch }: { role: Role | undefined; dueSinceEpoch: number },
): Team {
  const members = team.members.map((member) => {
    if (member.userId !== userId) return member;
    const { role: _before, ...rest } = member;
    return { ...rest, ...defined({ role }), dueSinceEpoch };
  });
  return { ...team, members };
}

/**
 * The team without all that anybody made there, and without its members.
 * @param stays the members who stay
 */
export function emptied(team: Team, nowEpoch: number, stays = (_member: Member) => false): Team {
  const members = team.members.map((member) => {
    if (stays(member)) return member;
    const { role: _before, ...left } = member;
    return { ...left, dueSinceEpoch: member.dueSinceEpoch ?? nowEpoch };
  });
  const left = { ...team, members, invitations: [] };
  const over = withoutAnyLink(left, nowEpoch);
  return withSharesRevoked(over, nowEpoch);
}
