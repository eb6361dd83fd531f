import type { TeamId } from '../../../../../core/owner.ts';
import { isDue, isSignedOut } from '../../../../../services/auth/edge/entry.ts';
import type { Told } from '../../../../../services/auth/edge/teller.ts';
import { type Link, openLinks } from '../../../../../services/auth/links/link.ts';
import type { OpenedLink } from '../../../../../services/auth/links/links.ts';
import { hasRole, membershipOf } from '../../../../../services/auth/teams/membership.ts';
import type { Team } from '../../../../../services/auth/teams/team.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { MADE } from './made-team.ts';
import { STAFF } from './operations.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { EdgeWatch } from './watch-edge.ts';

export interface LinkWatch {
  /** The item of a team was written. */
  onLinks(teamId: TeamId, before: Team | undefined, after: Team): void;
  /** Somebody got the secret of a link. */
  makes(link: Link): void;
  /** A link is about to be ended. @returns to be called when that is answered */
  endsLink(teamId: TeamId, id: string): (edge: Told) => void;
  /** A link is about to get a new password, or an earlier end. @returns to be called when that is answered */
  changesLink(of: {
    teamId: TeamId;
    id: string;
    isNewPassword: boolean;
  }): (answer: { link: Link; edge: Told }) => void;
  /** A team is about to be deleted. @returns to be called when that is answered */
  endsAllLinks(teamId: TeamId): (edge: Told) => void;
  /** Somebody is about to open a link. @returns to be called when the link turns out to be open */
  opensLink(by?: { generation: number }): (opened: OpenedLink) => void;
  /** Called once all is quiet. No link is open whose maker may make none, and the edge refuses no link that is open. */
  checkLinks(): void;
}

interface World {
  memory: MemoryStores;
  time: VirtualTime;
  edge: EdgeWatch;
  moment: () => number;
  maxDriftSeconds: number;
}

/** A clock may be wrong by this much until the process notices. */
const MAX_WRONG_SECONDS = 5 * 60;

/** Compares what becomes of links with the promises. The team's item is the truth of which links are open. */
export function createLinkWatch(
  { memory, time, edge, moment, maxDriftSeconds }: World,
  problem: (text: string) => void,
): LinkWatch {
  /** Links whose secrets somebody has. */
  const known = new Set<string>();
  const gone = new Set<string>();
  /** Links that somebody has begun to end. */
  const asked = new Set<string>();
  /** By link, when its end was answered. */
  const ended = new Map<string, number>();
  /** By link, its generation by the last answer, and when that came. */
  const changed = new Map<string, { generation: number; moment: number }>();

  function loses(teamId: TeamId, { hash, maker, expiresAtEpoch }: Link, after: Team): void {
    gone.add(hash);
    const isOver = expiresAtEpoch <= time.nowEpoch() + maxDriftSeconds || after.deleting !== undefined;
    // Its maker's session had left the team before the link was written, by a process that had been frozen.
    const isDue = memory
      .record(maker.userId)
      .user.dueInTeams.some((due) => due.teamId === teamId && maker.start <= due.through);
    const isMeant = asked.has(hash) || edge.isEndedLink(hash) || !known.has(hash) || isDue;
    if (!isOver && !isMeant)
      problem(`the link ${hash} of ${maker.userId} ended, and nobody had asked for it`);
  }

  return {
    onLinks(teamId, before, after) {
      const links = new Map(after.links.map((link) => [link.hash, link]));
      for (const link of before?.links ?? []) {
        const now = links.get(link.hash);
        if (!now) loses(teamId, link, after);
        else if (now.generation < link.generation) problem(`the link ${link.hash} has an older generation`);
        else if ((now.generation === link.generation) !== (now.start === link.start))
          problem(`the link ${link.hash} has another start, and the same generation, or the reverse`);
      }
      for (const { hash } of after.links) if (gone.has(hash)) problem(`the link ${hash} came back`);
    },

    makes({ hash }) {
      known.add(hash);
    },

    endsLink(teamId, id) {
      asked.add(id);
      return (told) => {
        ended.set(id, moment());
        if (memory.team(teamId)?.team.links.some(({ hash }) => hash === id)) problem(`the link ${id} stays`);
        if (told === 'told') edge.toldLinks('the end of a link', (link) => link.id === id);
      };
    },

    changesLink({ teamId, id, isNewPassword }) {
      const linkNow = () => memory.team(teamId)?.team.links.find(({ hash }) => hash === id);
      const before = linkNow()?.generation ?? 0;
      return ({ link: { generation }, edge: told }) => {
        changed.set(id, { generation, moment: moment() });
        if ((linkNow()?.generation ?? generation) < generation)
          problem(`the change of the link ${id} is lost`);
        if (isNewPassword && generation <= before) problem(`a new password of ${id} ends nothing`);
        const isOld = (link: { id: string; generation: number }) =>
          link.id === id && link.generation < generation;
        if (told === 'told') edge.toldLinks('the change of a link', isOld);
      };
    },

    endsAllLinks(teamId) {
      return (told) => {
        if ((memory.team(teamId)?.team.links.length ?? 0) > 0) problem(`${teamId} is deleted, and has links`);
        if (told === 'told') edge.toldLinks('a deletion', (link) => link.teamId === teamId);
      };
    },

    opensLink(pass) {
      const [sinceMoment, sinceEpoch] = [moment(), time.nowEpoch()];
      return ({ link: { hash, generation, expiresAtEpoch } }) => {
        if (expiresAtEpoch + MAX_WRONG_SECONDS < sinceEpoch)
          problem(`the link ${hash} opened after it had expired`);
        if ((ended.get(hash) ?? sinceMoment) < sinceMoment) problem(`the link ${hash} opened after its end`);
        const last = changed.get(hash);
        if (last && last.moment < sinceMoment && generation < last.generation)
          problem(`the link ${hash} opened as it was before its change`);
        if (pass && pass.generation !== generation)
          problem(
            `a pass of generation ${pass.generation} opened generation ${generation} of the link ${hash}`,
          );
      };
    },

    checkLinks() {
      for (const teamId of [MADE, STAFF]) {
        const team = memory.team(teamId)?.team;
        if (!team) continue;
        for (const { hash, maker } of openLinks(team, time.nowEpoch()).filter((link) =>
          known.has(link.hash),
        )) {
          const { user } = memory.record(maker.userId);
          const role = membershipOf(user, teamId)?.role;
          if (!role || !hasRole(role, 'editor'))
            problem(`the link ${hash} is open, and its maker is ${role}`);
          if (isSignedOut(user, maker.start))
            problem(`the link ${hash} is open, and its maker is signed out`);
        }
        if (isDue(team, time.nowEpoch())) continue;
        for (const { hash, start, generation, maker } of openLinks(team, time.nowEpoch())) {
          const credential = { kind: 'link', teamId, id: hash, generation, start } as const;
          if (edge.isRefused({ userId: maker.userId, credential, expiresAtEpoch: 0 }))
            problem(`the edge refuses the open link ${hash}`);
        }
      }
    },
  };
}
