import type { UserId } from '../../../core/user-id.ts';
import { createTable, type TablePlace } from './dynamodb.ts';
import { USER } from './pointers.ts';
import { UPLOAD } from './upload-store.ts';

/**
 * Counts the uploads in parts of a user, and the pointers that lead to the user, and may delete them. The record and
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
      const gone = key.startsWith(UPLOAD)
        ? table.delete(key)
        : table.update(key, 'REMOVE #user', { condition: 'attribute_exists(pk)', names });
      await gone.catch((error: unknown) => failures.push(error));
    }
  }
  if (failures.length > 0) throw failures[0];
  return count;
}
