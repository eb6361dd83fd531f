import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { UserStore } from '../domain/ports.ts';
import { userDue } from './due.ts';
import { createTable, type TablePlace } from './dynamodb.ts';
import { MOVE, MOVES } from './move-store.ts';
import { USER } from './pointers.ts';
import { formatRecord, parseRecord } from './record-format.ts';
import { UPLOAD } from './upload-store.ts';

const PREFIX = 'user#';

/**
 * Users' records in one DynamoDB table. Each record is one item with a version, and each change is one conditional
 * write.
 */
export function createUserStore(place: TablePlace): UserStore {
  const table = createTable(place);

  return {
    async read(userId) {
      const item = await table.get(PREFIX + userId);
      return { user: parseRecord(item?.['record']?.S), version: Number(item?.['version']?.N ?? 0) };
    },

    write(userId, version, user) {
      const pk = PREFIX + userId;
      return table.putNext(pk, version, { record: formatRecord(user), ...userDue(pk, user) });
    },
  };
}

/**
 * All users who have a record, page by page, in no order. It reads the whole table.
 * @throws GatewayError store_unavailable
 */
export async function* scanUserIds(place: TablePlace): AsyncGenerator<UserId[]> {
  const values = { ':prefix': PREFIX };
  for await (const keys of createTable(place).scan('begins_with(pk, :prefix)', { values }))
    yield keys.flatMap((pk) => userIdOf(pk) ?? []);
}

/**
 * Deletes the whole record, with its floor. Old cookies are accepted again.
 * @throws GatewayError store_unavailable
 */
export async function deleteUser(place: TablePlace, userId: UserId): Promise<void> {
  await createTable(place).delete(PREFIX + userId);
}

/** Undefined for a key that names no user. Nothing reads such an item. */
function userIdOf(pk: string): UserId | undefined {
  return toUserId(pk.slice(PREFIX.length));
}

/**
 * Counts the uploads in parts and the moves of a user, and the pointers that lead to the user, and may delete them. The record and
 * the tokens of live sessions are not counted. It reads the whole table, since nothing else needs an index. An item that
 * stays does not keep the others.
 * @param isDeleting whether the items are deleted
 * @returns how many items there are
 * @throws GatewayError store_unavailable
 */
export async function sweepTraces(place: TablePlace, userId: UserId, isDeleting: boolean): Promise<number> {
  const table = createTable(place);
  const names = { '#user': USER + userId };
  const filter = 'userId = :id OR attribute_exists(#user)';
  let count = 0;
  const failures: unknown[] = [];
  for await (const keys of table.scan(filter, { names, values: { ':id': userId } })) {
    count += keys.length;
    for (const key of isDeleting ? keys : []) {
      // A provider's logout in a pointer counts for other users too.
      const gone = [UPLOAD, MOVE, MOVES].some((kind) => key.startsWith(kind))
        ? table.delete(key)
        : table.update(key, 'REMOVE #user', { condition: 'attribute_exists(pk)', names });
      await gone.catch((error: unknown) => failures.push(error));
    }
  }
  if (failures.length > 0) throw failures[0];
  return count;
}
