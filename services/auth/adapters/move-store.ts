import { ERRORS, type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { parseTeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { MAX_MOVES, type MoveEnd, type MoveRecord, type MoveStore, moveState } from '../domain/mover.ts';
import { createTable, type Item, type TablePlace } from './dynamodb.ts';

export const MOVE = 'move#';
/** The moves of one user: the set of their ids. */
export const MOVES = 'moves#';
const DAY_SECONDS = 24 * 60 * 60;

/** Moves that go on in the background, in the table of the sessions. An item lives for a day. */
export function createMoveStore(place: TablePlace): MoveStore {
  const table = createTable(place);

  async function read(id: string): Promise<MoveRecord | undefined> {
    const item = await table.get(MOVE + id);
    return item && parseMove(item);
  }

  /** Moves that have ended stay in the set until there is no place for another one. */
  async function dropEnded(userId: UserId, nowEpoch: number): Promise<void> {
    const ids = (await table.get(MOVES + userId))?.['ids']?.SS ?? [];
    const records = await Promise.all(ids.map(read));
    const ended = ids.filter((_, at) => {
      const record = records[at];
      return !record || moveState(record, nowEpoch).state !== 'moving';
    });
    if (ended.length > 0)
      await table.update(MOVES + userId, 'DELETE #ids :ended', { values: { ':ended': ended } });
  }

  return {
    async create(id, { userId, from, startedAtEpoch }) {
      const ttl = startedAtEpoch + DAY_SECONDS;
      const team = from.kind === 'team' ? { teamId: from.id } : {};
      const enter = () =>
        table.update(MOVES + userId, 'ADD #ids :ids SET #userId = :userId, #ttl = :ttl', {
          condition: 'attribute_not_exists(#ids) OR size(#ids) < :most',
          values: { ':ids': [id], ':userId': userId, ':ttl': ttl, ':most': MAX_MOVES },
        });
      // It comes before its id: an id without an item counts as ended.
      await table.put(MOVE + id, { userId, ...team, startedAtEpoch, ttl });
      if (await enter()) return;
      await dropEnded(userId, startedAtEpoch);
      if (await enter()) return;
      await table.delete(MOVE + id);
      throw new GatewayError('too_many_moves');
    },

    read,

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
