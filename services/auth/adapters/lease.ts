import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { LeaseStore } from '../domain/ports.ts';
import { conditional, guarded, text } from './dynamodb.ts';

/** The lease of the writer to the edge: one item in the table of the users, with a random text and no time. */
export function createLeaseStore({ db, tableName }: { db: DynamoDBClient; tableName: string }): LeaseStore {
  const key = { pk: text('lease#edge') };

  return {
    async read() {
      const { Item: item } = await guarded(
        db.send(new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true })),
      );
      return item?.['holder']?.S;
    },

    async swap(expected, next) {
      const condition =
        expected === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'holder = :expected',
              ExpressionAttributeValues: { ':expected': text(expected) },
            };
      return conditional(
        next === undefined
          ? db.send(new DeleteItemCommand({ TableName: tableName, Key: key, ...condition }))
          : db.send(
              new PutItemCommand({
                TableName: tableName,
                Item: { ...key, holder: text(next) },
                ...condition,
              }),
            ),
      );
    },
  };
}
