import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { TokenStore } from '../domain/ports.ts';
import { conditional, guarded, ifHeld, number, text } from './dynamodb.ts';

/** The provider's tokens in the table of the users, one item a session. `ttl` cleans up; nobody takes it for an expiry. */
export function createTokenStore({ db, tableName }: { db: DynamoDBClient; tableName: string }): TokenStore {
  const key = (sessionId: string) => ({ pk: text(`tokens#${sessionId}`) });

  return {
    async put(sessionId, sealed, expiresAtEpoch) {
      await guarded(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { ...key(sessionId), sealed: text(sealed), ttl: number(expiresAtEpoch) },
          }),
        ),
      );
    },

    turnIntoTicket: (sessionId, ticketHash, expiresAtEpoch) =>
      conditional(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key(sessionId),
            UpdateExpression: 'SET ticket = :hash, #ttl = :ttl',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: { ':hash': text(ticketHash), ':ttl': number(expiresAtEpoch) },
          }),
        ),
      ),

    async take(sessionId, ticketHash, nowEpoch) {
      const taken = await ifHeld(
        db.send(
          new DeleteItemCommand({
            TableName: tableName,
            Key: key(sessionId),
            ConditionExpression: 'ticket = :hash',
            ExpressionAttributeValues: { ':hash': text(ticketHash) },
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      const item = taken?.Attributes ?? {};
      return Number(item['ttl']?.N) > nowEpoch ? item['sealed']?.S : undefined;
    },

    async delete(sessionId) {
      await guarded(db.send(new DeleteItemCommand({ TableName: tableName, Key: key(sessionId) })));
    },
  };
}
