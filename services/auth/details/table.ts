import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { folderKey, objectKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { answerOf, createTable, expressions, parseAttributes, type TablePlace } from '../table/dynamodb.ts';
import { type DetailsRow, type NamedFile, NO_DETAILS } from './rules.ts';

/** The keys of the table. An owner is the folder in the bucket, without the slash at its end. */
export const DETAILS_KEYS = { partition: 'owner', sort: 'name' };

/** How many rows are deleted at once. */
const ROWS_AT_ONCE = 25;

export type DetailsStore = ReturnType<typeof createDetailsStore>;

/**
 * The second table: what is known of files beside what S3 lists. The key of a row is that of its file in the bucket. All
 * methods throw GatewayError store_unavailable.
 */
export function createDetailsStore({ db, tableName }: Omit<TablePlace, 'keyOf'>) {
  const table = createTable({ db, tableName, keyOf });
  const place = ({ owner, name }: NamedFile) => objectKey(owner, name);

  async function read(file: NamedFile): Promise<{ row: DetailsRow; version: number }> {
    const { item, version } = await table.read<DetailsRow>(place(file));
    return { row: item ?? NO_DETAILS, version };
  }
  const write = (file: NamedFile, version: number, row: DetailsRow) =>
    table.write(place(file), version, row, { ttl: row.goesAtEpoch });
  const query = (
    owner: Owner,
    condition: string,
    more: Record<string, string>,
    how: Partial<QueryCommandInput>,
  ) => {
    const KeyConditionExpression = `#owner = :owner${condition}`;
    const terms = expressions(KeyConditionExpression, { ':owner': folderKey(owner).slice(0, -1), ...more });
    return answerOf(
      db.send(new QueryCommand({ TableName: tableName, KeyConditionExpression, ...terms, ...how })),
    );
  };

  return {
    /** @returns version 0 if there is no row */
    read,
    /** @returns as `Table.write` */
    write,
    /**
     * The rows of a range of names, both included, in the order of UTF-8 bytes: DynamoDB sorts names as S3 does. One
     * query.
     * @param isFresh whether every row that was written before is among them
     */
    async between(
      owner: Owner,
      first: string,
      last: string,
      isFresh = false,
    ): Promise<Map<string, DetailsRow>> {
      const range = { ':first': first, ':last': last };
      const rows = new Map<string, DetailsRow>();
      let from: QueryCommandInput['ExclusiveStartKey'];
      // One page is a megabyte, which is some thousand rows.
      do {
        const how = { ExclusiveStartKey: from, ConsistentRead: isFresh };
        const page = await query(owner, ' AND #name BETWEEN :first AND :last', range, how);
        for (const found of page?.Items ?? []) rows.set(found['name']?.S ?? '', parseAttributes(found));
        from = page?.LastEvaluatedKey;
      } while (from);
      return rows;
    },
    /** The row goes at this time, unless it is written before. */
    async expire(file: NamedFile, goesAtEpoch: number): Promise<void> {
      const { row, version } = await read(file);
      if (version > 0) await write(file, version, { ...row, goesAtEpoch });
    },
    /** @param isExpiring deletes only a row that is to go */
    async delete(file: NamedFile, isExpiring = false): Promise<void> {
      const { row, version } = isExpiring ? await read(file) : {};
      if (!isExpiring || row?.goesAtEpoch !== undefined) await table.remove(place(file), version);
    },
    /**
     * Deletes some rows of an owner.
     * @returns whether there may be more
     */
    async deleteSome(owner: Owner): Promise<boolean> {
      const page = await query(owner, '', {}, { Limit: ROWS_AT_ONCE });
      const names = (page?.Items ?? []).flatMap(({ name }) => name?.S ?? []);
      await Promise.all(names.map((name) => table.remove(folderKey(owner) + name)));
      return names.length > 0;
    },
  };
}

/** An owner's folder is two segments. */
function keyOf(key: string): Record<string, string> {
  const end = key.indexOf('/', key.indexOf('/') + 1);
  return { [DETAILS_KEYS.partition]: key.slice(0, end), [DETAILS_KEYS.sort]: key.slice(end + 1) };
}
