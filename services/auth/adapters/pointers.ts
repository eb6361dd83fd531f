import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Pointer } from '../domain/pointer.ts';
import type { PointerStore } from '../domain/ports.ts';
import { DUE } from './due.ts';
import { createTable, duePartition, type Item, type TablePlace } from './dynamodb.ts';

/** The most users that one pointer names. */
const MAX_USERS = 100;
/** The table keeps an item for a day after the item is needed. */
const DAY_SECONDS = 24 * 60 * 60;
/** Each user is an attribute. One update therefore adds a user to an item, even if the item does not exist yet. */
export const USER = 'user#';

/** Pointers in the table of the users. Each is one item, and each change updates a single item. */
export function createPointerStore(place: TablePlace): PointerStore {
  const table = createTable(place);
  const key = ({ kind, hash }: Pointer) => `${kind}#${hash}`;

  return {
    join: (pointer, userId, session, nowEpoch) =>
      join(table, { pk: key(pointer), kind: pointer.kind, userId }, session, nowEpoch),

    async mark(pointer, { issuedAtEpoch }, nowEpoch) {
      const marked = await table.update(
        key(pointer),
        'SET #mark = :iat, #due = :due, #dueAt = :now REMOVE #ttl',
        {
          condition: 'attribute_not_exists(#mark) OR #mark < :iat',
          values: {
            ':iat': issuedAtEpoch,
            ':due': duePartition(DUE.logout, key(pointer)),
            ':now': nowEpoch,
          },
        },
      );
      return parseItem(marked ?? (await table.get(key(pointer))));
    },

    async settle(pointer, { issuedAtEpoch }, nowEpoch) {
      await table.update(key(pointer), 'SET #ttl = :ttl REMOVE #due, #dueAt', {
        condition: '#mark = :iat AND attribute_exists(#due)',
        // The item may be forgotten a day later. By then, every session that joined before the logout is over. An ID
        // token from before the logout is refused by its age.
        values: { ':iat': issuedAtEpoch, ':ttl': nowEpoch + DAY_SECONDS },
      });
    },

    due: (limit, isPassedOver) => table.due({ kind: DUE.logout }, limit, parsePointer, isPassedOver),

    async readDue(pointer) {
      const item = parseItem(await table.get(key(pointer)));
      return item.isDue ? item : undefined;
    },
  };
}

type Table = ReturnType<typeof createTable>;

/** A user in the item of a pointer. */
interface Member {
  pk: string;
  kind: Pointer['kind'];
  userId: UserId;
}

async function join(
  table: Table,
  member: Member,
  { issuedAtEpoch, expiresAtEpoch }: { issuedAtEpoch: number; expiresAtEpoch: number },
  nowEpoch: number,
): Promise<'joined' | 'ended' | 'full'> {
  const { pk, kind, userId } = member;
  const names = { '#user': USER + userId };
  const isOfSid = kind === 'sid';
  const isOpen = isOfSid ? 'attribute_not_exists(#mark)' : '(attribute_not_exists(#mark) OR #mark < :iat)';
  const values = { ':end': expiresAtEpoch, ...(isOfSid ? {} : { ':iat': issuedAtEpoch }) };
  const joined =
    (await table.update(pk, 'SET #user = :end, #ttl = :ttl', {
      condition: `attribute_not_exists(#due) AND ${isOpen}`,
      names,
      values: { ...values, ':ttl': expiresAtEpoch + DAY_SECONDS },
    })) ??
    // A pointer that is still due must not be forgotten. It gets no time to live.
    (await table.update(pk, 'SET #user = :end', {
      condition: `attribute_exists(#due) AND ${isOpen}`,
      names,
      values,
    }));
  if (!joined) return 'ended';
  const users = usersOf(joined);
  const past = users.filter(({ endEpoch }) => endEpoch <= nowEpoch);
  await Promise.all(past.map((user) => leave(table, { ...member, userId: user.userId }, user.endEpoch)));
  if (users.length - past.length <= MAX_USERS) return 'joined';
  await leave(table, member, expiresAtEpoch);
  return 'full';
}

/** Removes a user, unless a session with another end has joined meanwhile. */
async function leave(table: Table, { pk, userId }: Member, expiresAtEpoch: number): Promise<void> {
  await table.update(pk, 'REMOVE #user', {
    condition: '#user = :end',
    names: { '#user': USER + userId },
    values: { ':end': expiresAtEpoch },
  });
}

/** Undefined for an item of another deployment that is no pointer. */
function parsePointer(item: Item): Pointer | undefined {
  const [kind, hash = ''] = (item['pk']?.S ?? '').split('#');
  return kind === 'sid' || kind === 'sub' || kind === 'sub-without-sid' ? { kind, hash } : undefined;
}

function parseItem(item: Item = {}) {
  return {
    mark: { issuedAtEpoch: Number(item['mark']?.N ?? 0) },
    isDue: item['due'] !== undefined,
    userIds: usersOf(item).map(({ userId }) => userId),
  };
}

/** One name that is no user's must not keep the others in. */
function usersOf(item: Item): { userId: UserId; endEpoch: number }[] {
  return Object.entries(item).flatMap(([name, value]) => {
    const userId = name.startsWith(USER) ? toUserId(name.slice(USER.length)) : undefined;
    return userId ? [{ userId, endEpoch: Number(value.N) }] : [];
  });
}
