import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { GatewayError } from '../domain/errors.ts';
import type { DueUser, UserStore } from '../domain/ports.ts';
import { parseUserId, type UserId } from '../domain/user-id.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { conditional, DUE_INDEX, guarded, isThrottled, number, text } from './dynamodb.ts';
import { formatRecord, parseRecord } from './record-format.ts';

const PREFIX = 'user#';

/** Users' records in one DynamoDB table, each one item with a version, by conditional writes alone. */
export function createUserStore({ db, tableName }: { db: DynamoDBClient; tableName: string }): UserStore {
  async function dueOf(kind: 'untold' | 'expired', nowEpoch: number, limit: number): Promise<DueUser[]> {
    const { Items: items = [] } = await guarded(
      db.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: DUE_INDEX.name,
          KeyConditionExpression: '#due = :kind AND #at <= :now',
          ExpressionAttributeNames: { '#due': DUE_INDEX.partitionKey, '#at': DUE_INDEX.sortKey },
          ExpressionAttributeValues: { ':kind': text(kind), ':now': number(nowEpoch) },
          Limit: limit,
        }),
      ),
    );
    return items.map((item) => ({
      userId: parseUserId((item['pk']?.S ?? '').slice(PREFIX.length)),
      ...(kind === 'untold' ? { untoldSinceEpoch: Number(item[DUE_INDEX.sortKey]?.N) } : {}),
    }));
  }

  return {
    async read(userId) {
      const { Item: item } = await guarded(
        db.send(
          new GetItemCommand({
            TableName: tableName,
            Key: { pk: text(PREFIX + userId) },
            ConsistentRead: true,
          }),
        ),
      );
      return { user: parseRecord(item?.['record']?.S), version: Number(item?.['version']?.N ?? 0) };
    },

    async write(userId, version, user) {
      const writing = conditional(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: {
              pk: text(PREFIX + userId),
              version: number(version + 1),
              record: text(formatRecord(user)),
              ...dueAttributes(user),
            },
            ...(version === 0
              ? { ConditionExpression: 'attribute_not_exists(pk)' }
              : {
                  ConditionExpression: 'version = :read',
                  ExpressionAttributeValues: { ':read': number(version) },
                }),
          }),
        ),
      );
      return writing.catch((error: unknown) => {
        // Too many at once: as for a write that came too late, what helps is to wait and to look again.
        if (error instanceof GatewayError && isThrottled(error.cause)) return false;
        throw error;
      });
    },

    async due(nowEpoch, limit) {
      const untold = await dueOf('untold', Number.MAX_SAFE_INTEGER, limit);
      if (untold.length >= limit) return untold;
      return [...untold, ...(await dueOf('expired', nowEpoch, limit - untold.length))];
    },
  };
}

/** All users who have a record, page by page, in no order. It reads the whole table. @throws GatewayError store_unavailable */
export async function* scanUserIds(table: {
  db: DynamoDBClient;
  tableName: string;
}): AsyncGenerator<UserId[]> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const scan = new ScanCommand({
      TableName: table.tableName,
      ConsistentRead: true,
      ProjectionExpression: 'pk',
      FilterExpression: 'begins_with(pk, :prefix)',
      ExpressionAttributeValues: { ':prefix': text(PREFIX) },
      ...(from ? { ExclusiveStartKey: from } : {}),
    });
    const { Items: items = [], LastEvaluatedKey: last } = await guarded(table.db.send(scan));
    yield items.map((item) => parseUserId((item['pk']?.S ?? '').slice(PREFIX.length)));
    from = last;
  } while (from);
}

function dueAttributes({ told, changes, untoldSinceEpoch, entryExpiresEpoch }: UserRecord) {
  const due = (kind: 'untold' | 'expired', atEpoch: number) => ({
    [DUE_INDEX.partitionKey]: text(kind),
    [DUE_INDEX.sortKey]: number(atEpoch),
  });
  if (told < changes) return due('untold', untoldSinceEpoch ?? 0);
  return entryExpiresEpoch === undefined ? {} : due('expired', entryExpiresEpoch);
}
