import type { TeamId } from '../../../../../core/owner.ts';
import type { UserId } from '../../../../../core/user-id.ts';
import { isSignedOut } from '../../../../../services/auth/edge/entry.ts';
import type { Told } from '../../../../../services/auth/edge/teller.ts';
import { hasRole, membershipOf } from '../../../../../services/auth/teams/membership.ts';
import type { Member, Team } from '../../../../../services/auth/teams/team.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { MADE } from './made-team.ts';
import type { EdgeWatch } from './watch-edge.ts';

export interface TeamWatch {
  /** The item of the made team was written. */
  onTeam(before: Team, after: Team): void;
  /** A user's record was written, or the item. The record of a user who is not due says what the item says. */
  checkMember(userId: UserId): void;
  /** A user is about to join the team. @returns to be called when that is answered */
  joins(userId: UserId): () => void;
  /** A user is about to be removed from the team. @returns to be called when that is answered */
  leaves(userId: UserId): (edge: Told) => void;
  /** The team is about to be deleted. */
  deletes(): void;
  /** A read that began at this moment says that the user belongs to a team. */
  opens(userId: UserId, teamId: TeamId, moment: number): void;
  /** A read that began at this moment says that the user does not. */
  finds404(userId: UserId, teamId: TeamId, moment: number): void;
}

/**
 * Compares what becomes of the made team with the promises. Its item is the truth of who belongs to it.
 * @param moment gives a number for this moment. Later moments have greater numbers
 */
export function createTeamWatch(
  { memory, edge, moment }: { memory: MemoryStores; edge: EdgeWatch; moment: () => number },
  problem: (text: string) => void,
): TeamWatch {
  /** By user, the moments when the item began to name the user, and when it ceased to, the last time. */
  const named = new Map<UserId, number>();
  const lost = new Map<UserId, number>();
  /** By user, the answer to a join, until the user is removed; and the answer to a removal, until the user is back. */
  const joined = new Map<UserId, number>();
  const removed = new Map<UserId, number>();
  const leavings: { userId: UserId; doneAt: number }[] = [];
  let isToBeDeleted = false;

  const isInRecord = (userId: UserId) => membershipOf(memory.record(userId).user, MADE) !== undefined;

  function checkMember(userId: UserId): void {
    const member = memory.team(MADE)?.team.members.find((each) => each.userId === userId);
    if (member?.dueSinceEpoch !== undefined) return;
    const role = membershipOf(memory.record(userId).user, MADE)?.role;
    if (role !== member?.role) problem(`the record of ${userId} says ${role}, the item ${member?.role}`);
  }

  function loses(userId: UserId, { sessionStart }: Member): void {
    const since = named.get(userId) ?? 0;
    const isAsked = isToBeDeleted || leavings.some((each) => each.userId === userId && each.doneAt > since);
    // Whoever signs out everywhere before the record says so does not join.
    const isGone = sessionStart !== undefined && isSignedOut(memory.record(userId).user, sessionStart);
    if (!isAsked && !isGone) problem(`${userId} is no member any more, and nobody had asked for it`);
    lost.set(userId, moment());
    joined.delete(userId);
  }

  return {
    checkMember,

    onTeam(before, after) {
      for (const userId of new Set([...before.members, ...after.members].map((each) => each.userId))) {
        const [was, is] = [before, after].map((team) => team.members.find((each) => each.userId === userId));
        if (is?.role && !was?.role) {
          named.set(userId, moment());
          removed.delete(userId);
        }
        if (was?.role && !is?.role) loses(userId, was);
        if (isEditor(was) && !isEditor(is)) edge.endsMadeIn(MADE, userId, before);
        checkMember(userId);
      }
    },

    joins(userId) {
      const begunAt = moment();
      return () => {
        if ((lost.get(userId) ?? 0) > begunAt) return;
        joined.set(userId, moment());
        if (!isInRecord(userId)) problem(`${userId} has joined, and the record does not say so`);
      };
    },

    leaves(userId) {
      const begunAt = moment();
      const leaving = { userId, doneAt: Number.POSITIVE_INFINITY };
      leavings.push(leaving);
      return (told) => {
        leaving.doneAt = moment();
        if ((named.get(userId) ?? 0) > begunAt) return;
        removed.set(userId, leaving.doneAt);
        if (isInRecord(userId)) problem(`${userId} was removed, and the record says otherwise`);
        if (told === 'told') edge.toldRemoval(userId, MADE);
      };
    },

    deletes() {
      isToBeDeleted = true;
    },

    opens(userId, teamId, sinceMoment) {
      const isOut = teamId === MADE && (removed.get(userId) ?? sinceMoment) < sinceMoment;
      if (isOut) problem(`${userId} opened the team after the removal`);
    },

    finds404(userId, teamId, sinceMoment) {
      const isIn = teamId === MADE && (joined.get(userId) ?? sinceMoment) < sinceMoment;
      if (isIn) problem(`${userId} has joined the team, and cannot open it`);
    },
  };
}

function isEditor(member: Member | undefined): boolean {
  return member?.role !== undefined && hasRole(member.role, 'editor');
}
