import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { Membership } from '../domain/membership.ts';
import type { Recheck, Session } from '../domain/session.ts';
import {
  type DueInTeam,
  type Floor,
  NEW_USER,
  type Revoked,
  type TeamKey,
  type TeamNumber,
  type UserRecord,
} from '../domain/user-record.ts';

/**
 * This code reads its own formats and the formats before them. A newer format was written by a newer deployment. A
 * record has format 2 until its user belongs to a team for the first time. Deployments that know no teams would lose
 * what the record says of them, so they must not read it.
 */
const FORMAT = 2;
const FORMAT_WITH_TEAMS = 3;

/** A session as a list. A hundred sessions are a quarter smaller without the names of their members. */
type PackedSession = [
  id: string,
  tokenHash: string,
  start: number,
  createdAtEpoch: number,
  expiresAtEpoch: number,
  lastUsedAtEpoch: number,
  issuedAtEpoch: number,
  subjectHash: string,
  sidHash: string | null,
  userAgent: string | null,
  /** Absent in records of an earlier deployment, and if there is nothing to say. */
  recheck?: [answeredAtEpoch: number, withinSeconds: number | null, asking?: [string, number]] | null,
  teamStart?: number,
];

/** A key of team starts as a list. A user who leaves 50 teams at once has 50 of them. */
type PackedKey = [
  number: number,
  teamId: TeamId | null,
  through: number,
  untilEpoch: number | null,
  lastChange: number,
  ...singles: [number: number, untilEpoch: number | null][],
];

type PackedDue = [teamId: TeamId, through: number, sinceEpoch: number];

interface PackedTeams {
  memberships: Membership[];
  teamNumber?: TeamNumber | undefined;
  teamKeys: PackedKey[];
  newNumbersAtEpoch: number[];
  madeTeamsAtEpoch: number[];
  dueInTeams: PackedDue[];
}

type PackedRecord = Omit<UserRecord, 'sessions' | keyof PackedTeams> &
  Partial<PackedTeams> & { format: number; sessions: PackedSession[] };

/** A user's record as the JSON that the table keeps. */
export function formatRecord(user: UserRecord): string {
  const { memberships, teamNumber, teamKeys, newNumbersAtEpoch, madeTeamsAtEpoch, dueInTeams, ...rest } =
    user;
  const hasTeams =
    memberships.length > 0 ||
    teamNumber !== undefined ||
    teamKeys.length > 0 ||
    newNumbersAtEpoch.length > 0 ||
    madeTeamsAtEpoch.length > 0 ||
    dueInTeams.length > 0 ||
    user.lastOwnChange !== undefined;
  const ofTeams: PackedTeams = {
    ...{ memberships, teamNumber, newNumbersAtEpoch, madeTeamsAtEpoch },
    teamKeys: teamKeys.map(packKey),
    dueInTeams: dueInTeams.map(packDue),
  };
  const packed: PackedRecord = {
    format: hasTeams ? FORMAT_WITH_TEAMS : FORMAT,
    ...rest,
    sessions: user.sessions.map(pack),
    ...(hasTeams ? ofTeams : {}),
  };
  return JSON.stringify(packed);
}

/**
 * Parses a record. Members that were added since the record was written get their first value. Formats before 2 gave
 * what is revoked its end at once. There, the end counts only if the edge was told since.
 * @throws GatewayError store_unavailable for a newer format: the record must not look like a user without sessions
 */
export function parseRecord(json: string | undefined): UserRecord {
  if (json === undefined) return NEW_USER;
  const packed = JSON.parse(json) as Partial<PackedRecord>;
  const { format = 0, sessions = [], teamKeys = [], dueInTeams = [], ...rest } = packed;
  if (format > FORMAT_WITH_TEAMS) {
    const known = `this deployment knows ${FORMAT_WITH_TEAMS} at most`;
    throw new GatewayError('store_unavailable', {
      cause: new Error(`the record has format ${format}, and ${known}`),
    });
  }
  const user = {
    ...NEW_USER,
    ...rest,
    sessions: sessions.map(unpack),
    teamKeys: teamKeys.map(unpackKey),
    dueInTeams: dueInTeams.map(unpackDue),
  };
  return format < 2 && user.told < user.changes ? withoutUntoldEnds(user) : user;
}

/** What had ended before the first change that the edge does not know keeps its end. */
function withoutUntoldEnds(user: UserRecord): UserRecord {
  const since = user.untoldSinceEpoch ?? 0;
  function endless<T extends Floor | Revoked>({ untilEpoch = 0, ...part }: T) {
    return untilEpoch > since ? part : { ...part, untilEpoch };
  }
  return {
    ...user,
    signedOut: endless(user.signedOut),
    overtaken: endless(user.overtaken),
    revokedStarts: user.revokedStarts.map(endless),
    sharesSignedOut: endless(user.sharesSignedOut),
  };
}

function pack(session: Session): PackedSession {
  return [
    session.id,
    session.tokenHash,
    session.start,
    session.createdAtEpoch,
    session.expiresAtEpoch,
    session.lastUsedAtEpoch,
    session.issuedAtEpoch,
    session.subjectHash,
    session.sidHash ?? null,
    session.userAgent ?? null,
    ...packMore(session),
  ];
}

function unpack(packed: PackedSession): Session {
  const [id, tokenHash, start, createdAtEpoch, expiresAtEpoch, lastUsedAtEpoch, issuedAtEpoch, subjectHash] =
    packed;
  const [sidHash, userAgent, recheck, teamStart] = [packed[8], packed[9], packed[10], packed[11]];
  return {
    id,
    tokenHash,
    start,
    createdAtEpoch,
    expiresAtEpoch,
    lastUsedAtEpoch,
    issuedAtEpoch,
    subjectHash,
    ...(sidHash === null ? {} : { sidHash }),
    ...(userAgent === null ? {} : { userAgent }),
    ...(recheck ? { recheck: unpackRecheck(recheck) } : {}),
    ...(teamStart === undefined ? {} : { teamStart }),
  };
}

type PackedRecheck = NonNullable<PackedSession[10]>;

/** What most sessions do not have. */
function packMore({
  recheck,
  teamStart,
}: Session): [] | [PackedRecheck | null] | [PackedRecheck | null, number] {
  const packed = recheck ? packRecheck(recheck) : null;
  if (teamStart !== undefined) return [packed, teamStart];
  return packed ? [packed] : [];
}

function packRecheck({ answeredAtEpoch, withinSeconds, asking }: Recheck): PackedRecheck {
  const packed: PackedRecheck = [answeredAtEpoch, withinSeconds ?? null];
  if (asking) packed.push([asking.number, asking.sinceEpoch]);
  return packed;
}

function unpackRecheck([answeredAtEpoch, withinSeconds, asking]: PackedRecheck): Recheck {
  return {
    answeredAtEpoch,
    ...(withinSeconds === null ? {} : { withinSeconds }),
    ...(asking === undefined ? {} : { asking: { number: asking[0], sinceEpoch: asking[1] } }),
  };
}

function packKey({ number, teamId, floor, singles, lastChange }: TeamKey): PackedKey {
  const packed = singles.map((single): [number, number | null] => [single.number, single.untilEpoch ?? null]);
  return [number, teamId ?? null, floor.through, floor.untilEpoch ?? null, lastChange, ...packed];
}

function unpackKey([number, teamId, through, untilEpoch, lastChange, ...singles]: PackedKey): TeamKey {
  return {
    number,
    ...(teamId === null ? {} : { teamId }),
    floor: { through, ...unpackEnd(untilEpoch) },
    singles: singles.map(([single, singleUntilEpoch]) => ({
      number: single,
      ...unpackEnd(singleUntilEpoch),
    })),
    lastChange,
  };
}

function packDue({ teamId, through, sinceEpoch }: DueInTeam): PackedDue {
  return [teamId, through, sinceEpoch];
}

function unpackDue([teamId, through, sinceEpoch]: PackedDue): DueInTeam {
  return { teamId, through, sinceEpoch };
}

function unpackEnd(untilEpoch: number | null): Pick<Floor, 'untilEpoch'> {
  return untilEpoch === null ? {} : { untilEpoch };
}
