import type { Owner, TeamId } from '../../../../../core/owner.ts';
import { numberOfStart } from '../../../../../core/team-start.ts';
import { CLOCKS_APART_SECONDS, WRITERS_APART_SECONDS } from '../../../../../core/time-bounds.ts';
import type { UserId } from '../../../../../core/user-id.ts';
import { isRevoked } from '../../../../../edge/function/revocation-check.ts';
import { isDue, isSignedOut, isSuperseded } from '../../../../../services/auth/edge/entry.ts';
import type { UserRecord } from '../../../../../services/auth/sessions/record.ts';
import { isLive } from '../../../../../services/auth/sessions/session.ts';
import { membershipOf } from '../../../../../services/auth/teams/membership.ts';
import { teamStartOf } from '../../../../../services/auth/teams/starts.ts';
import type { Team } from '../../../../../services/auth/teams/team.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { type Drift, epochBy, type VirtualTime } from './virtual-time.ts';

/** The folder of a team, for who has opened a link to it. */
interface LinkCredential {
  teamId: TeamId;
  id: string;
  generation: number;
  start: number;
}

/** A signed credential, which opens a folder or a file until it expires. */
export interface Signed {
  /** Of a link, its maker. */
  userId: UserId;
  expiresAtEpoch: number;
  credential:
    | { kind: 'folder'; start: number }
    | { kind: 'team'; teamId: TeamId; start: number }
    | ({ kind: 'link' } & LinkCredential)
    | { kind: 'file'; share: number }
    | { kind: 'team file'; teamId: TeamId; share: number };
  /** The session that it was signed for. */
  sessionId?: string;
  /** The file of a link, as `Watch.file` numbers it. */
  file?: number;
}

export interface EdgeWatch {
  onEntry(key: string, before: string | undefined): void;
  signs(signed: Signed): void;
  /** Somebody asks for a share, which may never be signed. */
  shares(owner: Owner, expiresAtEpoch: number): void;
  endsShare(userId: UserId, share: number): void;
  /** What the user shared in the team until this moment is to end. @param team the item, with these shares and links */
  endsMadeIn(teamId: TeamId, userId: UserId, team: Pick<Team, 'shares' | 'links'> | undefined): void;
  /** Whether that has ended a link. */
  isEndedLink(id: string): boolean;
  /** The number of the user's one file. After a delete, another file of that name comes at once. */
  file(userId: UserId): number;
  /** @returns the number of the replaced file */
  replacesFile(userId: UserId): number;
  /** From now on no link to that file may open anything. */
  deleted(userId: UserId, file: number): void;
  /** The service says that the edge knows the end of all credentials for which `isIt` is true. */
  told(userId: UserId, what: string, isIt: (signed: Signed) => boolean): void;
  /** The same for what links have opened. */
  toldLinks(what: string, isIt: (link: LinkCredential) => boolean): void;
  /** Whether the edge refuses a credential now. */
  isRefused(signed: Signed): boolean;
  /** The same for all that ended in a team with the user's removal. */
  toldRemoval(userId: UserId, teamId: TeamId): void;
  /** The session of this start was over by itself, by the clock of some process. Nobody ended it. */
  expired(userId: UserId, start: number): void;
  /** The same for the team start of a session. */
  teamExpired(userId: UserId, teamStart: number): void;
  /** Called at the end of all times. The edge's store holds no key of a team. */
  checkNoTeamKeys(): void;
  /** Called once all is quiet. The edge must refuse every ended credential until it expires, and nothing else. */
  checkEdge(users: Iterable<UserId>): void;
  /** The same. A share that has expired by every clock is in no entry. */
  checkShares(): void;
  /** The number of signatures so far. */
  count(): number;
  /** The times when the edge no longer takes the credentials that must be refused, or must not hold shares, in order. */
  expiries(): number[];
}

/**
 * Compares the edge's answers with everything that was signed: which credentials it must refuse, and which it must not.
 */
export function createEdgeWatch(
  {
    time,
    memory,
    edgeDrift,
    maxDriftSeconds,
  }: { time: VirtualTime; memory: MemoryStores; edgeDrift: Drift; maxDriftSeconds: number },
  problem: (text: string) => void,
): EdgeWatch {
  const endedShares = new Set<string>();
  /** By key of the edge's store, when its entry must hold no share any more. */
  const sharesGone = new Map<string, number>();
  const endedLinks = new Set<string>();
  const files = new Map<UserId, number>();
  /** By file, the time of its deletion. */
  const deletedFiles = new Map<string, number>();
  const expired = new Set<string>();
  const signed: Signed[] = [];

  /** Undefined if the credential may be refused or accepted. */
  function mustBeRefused({ userId, credential, file, expiresAtEpoch }: Signed): boolean | undefined {
    const { user } = memory.record(userId);
    if (credential.kind === 'file') {
      if (endedShares.has(`${userId} ${credential.share}`)) return true;
      const deletedAtEpoch = deletedFiles.get(`${userId} ${file}`);
      // A delete does not revoke a link that has expired by the clock of a process.
      if (deletedAtEpoch !== undefined && deletedAtEpoch < expiresAtEpoch - maxDriftSeconds) return true;
      if (deletedAtEpoch !== undefined) return undefined;
      return user.shares.some(({ number }) => number === credential.share) ? false : undefined;
    }
    if (credential.kind === 'team file') {
      if (endedShares.has(`${credential.teamId} ${credential.share}`)) return true;
      const { shares = [] } = memory.team(credential.teamId)?.team ?? {};
      return shares.some(({ number }) => number === credential.share) ? false : undefined;
    }
    if (credential.kind === 'link') return isLinkRefused(credential);
    if (credential.kind === 'team') return isTeamRefused(user, userId, credential);
    const { start } = credential;
    if (expired.has(`${userId} ${start}`)) return undefined;
    const session = user.sessions.find((each) => each.start === start);
    if (!session || isSignedOut(user, start)) return true;
    return isSuperseded(user, start) || !isLive(session, time.nowEpoch()) ? undefined : false;
  }

  function isLinkRefused({ teamId, id, generation }: LinkCredential): boolean | undefined {
    const link = memory.team(teamId)?.team.links.find(({ hash }) => hash === id);
    if (endedLinks.has(id) || link?.generation !== generation) return true;
    return link.expiresAtEpoch > time.nowEpoch() ? false : undefined;
  }

  function isTeamRefused(
    user: UserRecord,
    userId: UserId,
    { teamId, start }: { teamId: TeamId; start: number },
  ): boolean | undefined {
    const number = numberOfStart(start);
    if (!isMember(user, userId, teamId) || user.teamNumber?.number !== number) return true;
    const session = user.sessions.find((each) => each.teamStart === start);
    if (!session) return expired.has(`${userId} team ${start}`) ? undefined : true;
    return teamStartOf(user, session) === undefined || !isLive(session, time.nowEpoch()) ? undefined : false;
  }

  /** Of a team that people made, the item must name the user too. */
  function isMember(user: UserRecord, userId: UserId, teamId: TeamId): boolean {
    const { kind, members = [] } = memory.team(teamId)?.team ?? {};
    const isNamed = kind !== 'made' || members.some((each) => each.userId === userId && each.role);
    return isNamed && membershipOf(user, teamId) !== undefined;
  }

  /** The keys that the edge looks at, as `edge/function/gate.ts` does. */
  function keysOf({ userId, credential }: Signed): string[] {
    if (credential.kind === 'team file') return [`${credential.teamId}.shares`];
    if (credential.kind === 'folder' || credential.kind === 'file') return [userId];
    const number = numberOfStart(credential.start);
    return [`.${number}`, `${credential.teamId}.${number}`];
  }

  function isRefusedBy(entry: string | undefined, { credential }: Signed): boolean {
    if (entry === undefined) return false;
    return isRevoked(
      entry,
      'share' in credential
        ? { kind: 'file', share: credential.share }
        : { kind: 'folder', start: credential.start },
    );
  }

  const describe = (one: Signed) =>
    `${JSON.stringify(one.credential)} of ${one.userId}, now ${time.nowEpoch()}, entries ${keysOf(one).map(memory.entry)}`;
  const isRefused = (one: Signed) => keysOf(one).some((key) => isRefusedBy(memory.entry(key), one));
  const isOpen = ({ expiresAtEpoch }: Signed) => expiresAtEpoch > epochBy(time, edgeDrift);

  /** Two sessions or links with one start would end together, and two users or teams' links with one number too. */
  function checkOneHolder(one: Signed): void {
    const own = isOpen(one) ? holderOf(one) : undefined;
    for (const each of own ? signed.filter(isOpen) : []) {
      const other = holderOf(each);
      if (!own || !other) continue;
      const isShared = other.start === own.start && other.name !== own.name;
      const isOthers = numberOfStart(other.start) === numberOfStart(own.start) && other.owner !== own.owner;
      if (isShared || isOthers) problem(`${other.name} and ${own.name} have one team start: ${own.start}`);
    }
  }

  /** A link may not live on in cookies. The item has it, unless it has ended since the read. */
  function checkEnd({ credential, expiresAtEpoch }: Signed): void {
    if (credential.kind !== 'link') return;
    const link = memory.team(credential.teamId)?.team.links.find(({ hash }) => hash === credential.id);
    const isSame = link?.generation === credential.generation;
    if (isSame && expiresAtEpoch > link.expiresAtEpoch)
      problem(`a cookie outlives the link ${credential.id}`);
  }

  function toldOf(what: string, isIt: (signed: Signed) => boolean): void {
    for (const each of signed.filter((one) => isOpen(one) && isIt(one))) {
      if (!isRefused(each)) problem(`${what} was told to the edge, which does not know: ${describe(each)}`);
    }
  }

  const told = (userId: UserId, what: string, isIt: (signed: Signed) => boolean) =>
    toldOf(what, (one) => one.userId === userId && isIt(one));

  return {
    onEntry(key, before) {
      if (before === undefined) return;
      for (const each of signed.filter((one) => keysOf(one).includes(key) && isOpen(one))) {
        if (isRefusedBy(before, each) && !isRefused(each) && mustBeRefused(each)) {
          problem(`forgotten at the edge before it expired: ${describe(each)}`);
        }
      }
    },

    signs(one) {
      checkOneHolder(one);
      checkEnd(one);
      signed.push(one);
    },

    expired(userId, start) {
      expired.add(`${userId} ${start}`);
    },

    teamExpired(userId, start) {
      expired.add(`${userId} team ${start}`);
    },

    checkNoTeamKeys() {
      const keys = new Set(signed.filter(({ credential }) => 'teamId' in credential).flatMap(keysOf));
      for (const key of keys) if (memory.entry(key) !== undefined) problem(`the key ${key} stays for ever`);
    },

    shares(owner, expiresAtEpoch) {
      const key = owner.kind === 'team' ? `${owner.id}.shares` : owner.id;
      const goneAtEpoch = expiresAtEpoch + CLOCKS_APART_SECONDS + WRITERS_APART_SECONDS + maxDriftSeconds;
      sharesGone.set(key, Math.max(sharesGone.get(key) ?? 0, goneAtEpoch));
    },

    checkShares() {
      for (const [key, goneAtEpoch] of sharesGone) {
        const entry = memory.entry(key);
        const isHeld = entry !== undefined && !entry.endsWith('|0,');
        if (isHeld && time.nowEpoch() >= goneAtEpoch) problem(`${key} holds expired shares: ${entry}`);
      }
    },

    endsShare(userId, share) {
      endedShares.add(`${userId} ${share}`);
    },

    endsMadeIn(teamId, userId, team) {
      for (const { number, maker } of team?.shares ?? [])
        if (maker?.userId === userId) endedShares.add(`${teamId} ${number}`);
      for (const { hash, maker } of team?.links ?? []) if (maker.userId === userId) endedLinks.add(hash);
    },

    isEndedLink: (id) => endedLinks.has(id),
    isRefused,

    file: (userId) => files.get(userId) ?? 0,

    replacesFile(userId) {
      const file = files.get(userId) ?? 0;
      files.set(userId, file + 1);
      return file;
    },

    deleted(userId, file) {
      deletedFiles.set(`${userId} ${file}`, time.nowEpoch());
    },

    told,
    toldLinks: (what, isIt) =>
      toldOf(what, ({ credential }) => credential.kind === 'link' && isIt(credential)),

    toldRemoval(userId, teamId) {
      const isInTeam = ({ credential }: Signed) => 'teamId' in credential && credential.teamId === teamId;
      told(userId, 'a removal', (one) => isInTeam(one) && mustBeRefused(one) === true);
    },

    checkEdge(users) {
      const checked = new Set(users);
      for (const each of signed.filter((one) => isOpen(one) && checked.has(one.userId))) {
        const must = mustBeRefused(each);
        if (must === true && !isRefused(each)) problem(`the edge lets in ${describe(each)}`);
        if (must === false && isRefused(each)) problem(`the edge refuses ${describe(each)}`);
      }
      for (const userId of checked) {
        const { user } = memory.record(userId);
        if (isDue(user, time.nowEpoch())) continue;
        for (const session of user.sessions.filter((each) => isLive(each, time.nowEpoch()))) {
          const credential = { kind: 'folder', start: session.start } as const;
          if (mustBeRefused({ userId, credential, expiresAtEpoch: 0 }) === false) {
            if (isRefused({ userId, credential, expiresAtEpoch: 0 }))
              problem(`the edge refuses the live ${session.id} of ${userId}`);
          }
        }
      }
    },

    count: () => signed.length,

    expiries: () =>
      [
        ...new Set(
          signed
            .filter((each) => mustBeRefused(each))
            .map((each) => each.expiresAtEpoch - edgeDrift.aheadSeconds)
            .concat([...sharesGone.values()].map((goneAtEpoch) => goneAtEpoch + 1)),
        ),
      ].toSorted((a, b) => a - b),
  };
}

/** Who has a team start: a session of a user, or one generation of a link of a team. */
function holderOf({ credential, sessionId = '', userId }: Signed) {
  if (credential.kind === 'team') return { name: sessionId, owner: `${userId}`, start: credential.start };
  if (credential.kind !== 'link') return undefined;
  const { id, generation, teamId, start } = credential;
  return { name: `${id} ${generation}`, owner: `links of ${teamId}`, start };
}
