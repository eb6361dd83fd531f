import { GatewayError } from '../domain/errors.ts';
import type { Session } from '../domain/session.ts';
import { NEW_USER, type UserRecord } from '../domain/user-record.ts';

/** This code reads its own format and the one before; a newer one belongs to a deployment that is newer than this. */
const FORMAT = 1;

/** A session as a list: a hundred of them without the names of their members are a quarter smaller. */
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
];

type PackedRecord = Omit<UserRecord, 'sessions'> & { format: number; sessions: PackedSession[] };

/** A user's record as the JSON that the table keeps. */
export function formatRecord(user: UserRecord): string {
  const packed: PackedRecord = { format: FORMAT, ...user, sessions: user.sessions.map(pack) };
  return JSON.stringify(packed);
}

/**
 * Members that were added since the record was written have their first value.
 * @throws GatewayError store_unavailable for a newer format: it must not read as a user without sessions
 */
export function parseRecord(json: string | undefined): UserRecord {
  if (json === undefined) return NEW_USER;
  const { format = 0, sessions = [], ...rest } = JSON.parse(json) as Partial<PackedRecord>;
  if (format > FORMAT) {
    throw new GatewayError('store_unavailable', {
      cause: new Error(`a record of format ${format}: this deployment knows ${FORMAT}`),
    });
  }
  return { ...NEW_USER, ...rest, sessions: sessions.map(unpack) };
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
  ];
}

function unpack(packed: PackedSession): Session {
  const [id, tokenHash, start, createdAtEpoch, expiresAtEpoch, lastUsedAtEpoch, issuedAtEpoch, subjectHash] =
    packed;
  const [sidHash, userAgent] = packed.slice(8);
  return {
    ...{ id, tokenHash, start, createdAtEpoch, expiresAtEpoch, lastUsedAtEpoch, issuedAtEpoch, subjectHash },
    ...(typeof sidHash === 'string' ? { sidHash } : {}),
    ...(typeof userAgent === 'string' ? { userAgent } : {}),
  };
}
