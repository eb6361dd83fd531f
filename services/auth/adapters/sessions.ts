import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SessionStore } from '../domain/ports.ts';
import type { Session } from '../domain/session.ts';
import { parseUserId } from '../domain/user-id.ts';
import { conditional, guarded } from './dynamodb.ts';

type Item = Record<string, AttributeValue>;

/**
 * Sessions in one DynamoDB table with the key `pk`, by single-item conditional writes alone. `ttl` lets DynamoDB
 * clean up, days late at times: nobody takes it for an expiry.
 */
export function createSessionStore({
  db,
  tableName,
}: {
  db: DynamoDBClient;
  tableName: string;
}): SessionStore {
  const key = (kind: 'session' | 'ticket' | 'used' | 'provider', id: string) => ({
    pk: { S: `${kind}#${id}` },
  });

  return {
    async create(tokenHash, session) {
      await guarded(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { ...key('session', tokenHash), ...toItem(session) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
    },

    async read(tokenHash) {
      const { Item: item } = await guarded(
        db.send(
          new GetItemCommand({ TableName: tableName, Key: key('session', tokenHash), ConsistentRead: true }),
        ),
      );
      return item && parseSession(item);
    },

    extendIdle: (tokenHash, idleExpiresAtEpoch) =>
      conditional(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key('session', tokenHash),
            UpdateExpression: 'SET idleExpiresAt = :idle',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':idle': { N: String(idleExpiresAtEpoch) } },
          }),
        ),
      ),

    restart: (tokenHash, from, to) =>
      conditional(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key('session', tokenHash),
            UpdateExpression: 'SET #start = :to',
            ConditionExpression: '#start = :from',
            ExpressionAttributeNames: { '#start': 'start' },
            ExpressionAttributeValues: { ':from': { N: String(from) }, ':to': { N: String(to) } },
          }),
        ),
      ),

    joinProviderSession: (providerSession, tokenHash, expiresAtEpoch) =>
      conditional(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key('provider', providerSession),
            UpdateExpression: 'ADD sessions :session SET #ttl = :ttl',
            ConditionExpression: 'attribute_not_exists(ended)',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: {
              ':session': { SS: [tokenHash] },
              ':ttl': { N: String(expiresAtEpoch) },
            },
          }),
        ),
      ),

    async endProviderSession(providerSession, expiresAtEpoch) {
      const { Attributes: item } = await guarded(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: key('provider', providerSession),
            UpdateExpression: 'SET ended = :yes, #ttl = :ttl',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: { ':yes': { BOOL: true }, ':ttl': { N: String(expiresAtEpoch) } },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      );
      return item?.['sessions']?.SS ?? [];
    },

    async delete(tokenHash) {
      const { Attributes: item } = await guarded(
        db.send(
          new DeleteItemCommand({
            TableName: tableName,
            Key: key('session', tokenHash),
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      return item && parseSession(item);
    },

    useOnce: (hash, expiresAtEpoch) =>
      conditional(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { ...key('used', hash), ttl: { N: String(expiresAtEpoch) } },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      ),

    async putTicket(ticketHash, value, expiresAtEpoch) {
      await guarded(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { ...key('ticket', ticketHash), value: { S: value }, ttl: { N: String(expiresAtEpoch) } },
          }),
        ),
      );
    },

    async takeTicket(ticketHash, nowEpoch) {
      const { Attributes: item } = await guarded(
        db.send(
          new DeleteItemCommand({
            TableName: tableName,
            Key: key('ticket', ticketHash),
            ReturnValues: 'ALL_OLD',
          }),
        ),
      );
      return item && Number(item['ttl']?.N) > nowEpoch ? item['value']?.S : undefined;
    },
  };
}

function toItem(session: Session): Item {
  return {
    userId: { S: session.userId },
    start: { N: String(session.start) },
    expiresAt: { N: String(session.expiresAtEpoch) },
    idleExpiresAt: { N: String(session.idleExpiresAtEpoch) },
    idToken: { S: session.idToken },
    ttl: { N: String(session.expiresAtEpoch) },
    ...(session.name === undefined ? {} : { name: { S: session.name } }),
    ...(session.email === undefined ? {} : { email: { S: session.email } }),
  };
}

function parseSession(item: Item): Session {
  const name = item['name']?.S;
  const email = item['email']?.S;
  return {
    userId: parseUserId(item['userId']?.S ?? ''),
    start: Number(item['start']?.N),
    expiresAtEpoch: Number(item['expiresAt']?.N),
    idleExpiresAtEpoch: Number(item['idleExpiresAt']?.N),
    idToken: item['idToken']?.S ?? '',
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
  };
}
