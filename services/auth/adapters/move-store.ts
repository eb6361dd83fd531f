import { ERRORS, type ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import { parseTeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { MoveEnd, MoveRecord, MoveStore } from '../domain/mover.ts';
import { createTable, type Item, type TablePlace } from './dynamodb.ts';

export const MOVE = 'move#';
const DAY_SECONDS = 24 * 60 * 60;

/** Moves that go on in the background, in the table of the sessions. An item lives for a day. */
export function createMoveStore(place: TablePlace): MoveStore {
  const table = createTable(place);

  return {
    async create(id, { userId, from, startedAtEpoch }) {
      const ttl = startedAtEpoch + DAY_SECONDS;
      const team = from.kind === 'team' ? { teamId: from.id } : {};
      await table.put(MOVE + id, { userId, ...team, startedAtEpoch, ttl });
    },

    async read(id) {
      const item = await table.get(MOVE + id);
      return item && parseMove(item);
    },

    async finish(id, end) {
      const [field, value] = end.state === 'done' ? ['#name', end.name] : ['#code', end.code];
      await table.update(MOVE + id, `SET #state = :state, ${field} = :value`, {
        // A second run of a move that is done finds no file.
        condition: 'attribute_exists(pk) AND (attribute_not_exists(#state) OR #state <> :done)',
        values: { ':state': end.state, ':value': value, ':done': 'done' },
      });
    },
  };
}

function parseMove(item: Item): MoveRecord {
  const teamId = item['teamId']?.S;
  const userId = parseUserId(item['userId']?.S ?? '');
  const end = parseEnd(item);
  return {
    userId,
    from: teamId === undefined ? userOwner(userId) : teamOwner(parseTeamId(teamId)),
    startedAtEpoch: Number(item['startedAtEpoch']?.N),
    ...(end && { end }),
  };
}

function parseEnd({ state, name, code }: Item): MoveEnd | undefined {
  if (state?.S === 'done') return { state: 'done', name: name?.S ?? '' };
  return state?.S === 'failed' ? { state: 'failed', code: codeOf(code?.S) } : undefined;
}

function codeOf(text = ''): ErrorCode {
  return isCode(text) ? text : 'internal';
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
