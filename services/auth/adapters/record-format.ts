import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { Recheck, Session } from '../domain/session.ts';
import {
  type DueInTeam,
  type Floor,
  NEW_USER,
  type TeamKey,
  type UserRecord,
} from '../domain/user-record.ts';

/** A newer format was written by a newer deployment. Formats before 3 were never released. */
const FORMAT = 3;

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
  /** Absent if there is nothing to say. */
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

type PackedRecord = Omit<UserRecord, 'sessions' | 'teamKeys' | 'dueInTeams'> & {
  format: number;
  sessions: PackedSession[];
  teamKeys: PackedKey[];
  dueInTeams: PackedDue[];
};

/** A user's record as the JSON that the table keeps. */
export function formatRecord(user: UserRecord): string {
  const packed: PackedRecord = {
    format: FORMAT,
    ...user,
    sessions: user.sessions.map(pack),
    teamKeys: user.teamKeys.map(packKey),
    dueInTeams: user.dueInTeams.map(packDue),
  };
  return JSON.stringify(packed);
}

/**
 * Parses a record. Members that were added since the record was written get their first value.
 * @throws GatewayError store_unavailable for a newer format: the record must not look like a user without sessions
 */
export function parseRecord(json: string | undefined): UserRecord {
  if (json === undefined) return NEW_USER;
  const { format = 0, sessions = [], teamKeys = [], dueInTeams = [], ...rest } = parsePacked(json);
  if (format > FORMAT) {
    throw new GatewayError('store_unavailable', {
      cause: new Error(`the record has format ${format}, and this deployment knows ${FORMAT} at most`),
    });
  }
  return {
    ...NEW_USER,
    ...rest,
    sessions: sessions.map(unpack),
    teamKeys: teamKeys.map(unpackKey),
    dueInTeams: dueInTeams.map(unpackDue),
  };
}

function parsePacked(json: string): Partial<PackedRecord> {
  return JSON.parse(json);
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
