import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, toTeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Role } from '../domain/membership.ts';
import type { Member, Team, TeamStore } from '../domain/team.ts';
import { NO_REVOCATIONS } from '../domain/user-record.ts';
import { DUE, teamDue, teamIdOf } from './due.ts';
import { createTable, type TablePlace } from './dynamodb.ts';

const PREFIX = 'team#';
/** A newer format was written by a newer deployment. */
const FORMAT = 1;

/** Teams' items in the table of the users. Each change is one conditional write. */
export function createTeamStore(place: TablePlace): TeamStore {
  const table = createTable(place);

  return {
    async read(teamId) {
      const item = await table.get(PREFIX + teamId);
      return item && { team: parseTeam(item['team']?.S ?? ''), version: Number(item['version']?.N) };
    },

    write(teamId, version, team) {
      const pk = PREFIX + teamId;
      return table.putNext(pk, version, { team: formatTeam(team), ...teamDue(pk, team) });
    },

    async due(limit, isPassedOver) {
      const due = await table.due({ kind: DUE.members }, limit, teamIdOf, isPassedOver);
      if (due.length === limit) return due;
      // A team that waits for the edge as well is at that place.
      const untold = await table.due({ kind: DUE.untold }, limit - due.length, teamIdOf, isPassedOver);
      return [...due, ...untold];
    },

    toSweep: (nowEpoch, limit, isPassedOver) =>
      table.due({ kind: DUE.sweep, untilEpoch: nowEpoch }, limit, teamIdOf, isPassedOver),
  };
}

/**
 * All teams that have an item, page by page, in no order. It reads the whole table.
 * @throws GatewayError store_unavailable
 */
export async function* scanTeamIds(place: TablePlace): AsyncGenerator<TeamId[]> {
  const values = { ':prefix': PREFIX };
  for await (const keys of createTable(place).scan('begins_with(pk, :prefix)', { values }))
    yield keys.flatMap((pk) => toTeamId(pk.slice(PREFIX.length)) ?? []);
}

/** A member as a list. Five hundred of them are a third smaller without the names of what they hold. */
type PackedMember = [
  userId: UserId,
  role: Role | null,
  joinedAtEpoch: number,
  name: string | null,
  dueSinceEpoch: number | null,
  sessionStart: number | null,
];

/** What the edge must know of users alone. A team's item is stored without it. */
const OF_USERS = { signedOut: undefined, overtaken: undefined, revokedStarts: undefined };

type PackedTeam = Omit<Team, 'members' | keyof typeof OF_USERS> & { format: number; members: PackedMember[] };

/** A team as the JSON that the table keeps. */
export function formatTeam(team: Team): string {
  const packed: PackedTeam = { format: FORMAT, ...team, ...OF_USERS, members: team.members.map(pack) };
  return JSON.stringify(packed);
}

/**
 * @throws GatewayError store_unavailable for a newer format: the team must not look like another one, or like none
 */
export function parseTeam(json: string): Team {
  const { format, members, ...rest } = JSON.parse(json) as PackedTeam;
  if (format > FORMAT) {
    throw new GatewayError('store_unavailable', {
      cause: new Error(`the team has format ${format}, and this deployment knows ${FORMAT} at most`),
    });
  }
  return { ...NO_REVOCATIONS, ...rest, members: members.map(unpack) };
}

function pack({ userId, role, joinedAtEpoch, name, dueSinceEpoch, sessionStart }: Member): PackedMember {
  return [userId, role ?? null, joinedAtEpoch, name ?? null, dueSinceEpoch ?? null, sessionStart ?? null];
}

function unpack([userId, role, joinedAtEpoch, name, dueSinceEpoch, sessionStart]: PackedMember): Member {
  return {
    userId,
    joinedAtEpoch,
    ...defined({
      role: role ?? undefined,
      name: name ?? undefined,
      dueSinceEpoch: dueSinceEpoch ?? undefined,
      sessionStart: sessionStart ?? undefined,
    }),
  };
}
