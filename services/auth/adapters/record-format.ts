import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Recheck, Session } from '../domain/session.ts';
import { type Floor, NEW_USER, type Revoked, type UserRecord } from '../domain/user-record.ts';

/** This code reads its own format and the format before it. A newer format was written by a newer deployment. */
const FORMAT = 2;

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
  recheck?: [answeredAtEpoch: number, withinSeconds: number | null, asking?: [string, number]],
];

type PackedRecord = Omit<UserRecord, 'sessions'> & { format: number; sessions: PackedSession[] };

/** A user's record as the JSON that the table keeps. */
export function formatRecord(user: UserRecord): string {
  const packed: PackedRecord = { format: FORMAT, ...user, sessions: user.sessions.map(pack) };
  return JSON.stringify(packed);
}

/**
 * Parses a record. Members that were added since the record was written get their first value. Formats before 2 gave
 * what is revoked its end at once. There, the end counts only if the edge was told since.
 * @throws GatewayError store_unavailable for a newer format: the record must not look like a user without sessions
 */
export function parseRecord(json: string | undefined): UserRecord {
  if (json === undefined) return NEW_USER;
  const { format = 0, sessions = [], ...rest } = JSON.parse(json) as Partial<PackedRecord>;
  if (format > FORMAT) {
    throw new GatewayError('store_unavailable', {
      cause: new Error(`the record has format ${format}, and this deployment knows ${FORMAT} at most`),
    });
  }
  const user = { ...NEW_USER, ...rest, sessions: sessions.map(unpack) };
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
    ...packRecheck(session.recheck),
  ];
}

function unpack(packed: PackedSession): Session {
  const [id, tokenHash, start, createdAtEpoch, expiresAtEpoch, lastUsedAtEpoch, issuedAtEpoch, subjectHash] =
    packed;
  const [sidHash, userAgent, recheck] = [packed[8], packed[9], packed[10]];
  return {
    ...{ id, tokenHash, start, createdAtEpoch, expiresAtEpoch, lastUsedAtEpoch, issuedAtEpoch, subjectHash },
    ...(sidHash === null ? {} : { sidHash }),
    ...(userAgent === null ? {} : { userAgent }),
    ...(recheck === undefined ? {} : { recheck: unpackRecheck(recheck) }),
  };
}

type PackedRecheck = NonNullable<PackedSession[10]>;

function packRecheck(recheck: Recheck | undefined): [] | [PackedRecheck] {
  if (!recheck) return [];
  const { answeredAtEpoch, withinSeconds, asking } = recheck;
  const packed: PackedRecheck = [answeredAtEpoch, withinSeconds ?? null];
  if (asking) packed.push([asking.number, asking.sinceEpoch]);
  return [packed];
}

function unpackRecheck([answeredAtEpoch, withinSeconds, asking]: PackedRecheck): Recheck {
  return {
    answeredAtEpoch,
    ...(withinSeconds === null ? {} : { withinSeconds }),
    ...(asking === undefined ? {} : { asking: { number: asking[0], sinceEpoch: asking[1] } }),
  };
}
