import { randomBytes } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { OnceStore } from '../domain/ports.ts';
import { conditional, number, text } from './dynamodb.ts';

/** What may happen once, in the table of the users. */
export function createOnceStore({ db, tableName }: { db: DynamoDBClient; tableName: string }): OnceStore {
  return {
    useOnce(hash, expiresAtEpoch) {
      // The client sends a call again whose answer was lost: that is no second use.
      const by = text(randomBytes(16).toString('base64url'));
      return conditional(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { pk: text(`used#${hash}`), usedBy: by, ttl: number(expiresAtEpoch) },
            ConditionExpression: 'attribute_not_exists(pk) OR usedBy = :by',
            ExpressionAttributeValues: { ':by': by },
          }),
        ),
      );
    },
  };
}
