import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GatewayError } from '../domain/errors.ts';
import type { SessionStore } from '../domain/ports.ts';
import type { Session } from '../domain/session.ts';
import { nextStart } from '../domain/session-start.ts';
import { parseUserId } from '../domain/user-id.ts';

type Item = Record<string, AttributeValue>;

/** Logins of one user that may collide on one start before this gives up. */
const MAX_START_ATTEMPTS = 20;

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
  const key = (kind: 'session' | 'user' | 'ticket' | 'used', id: string) => ({ pk: { S: `${kind}#${id}` } });

  return {
    async allocateStart(userId, nowEpoch) {
      for (let attempt = 0; attempt < MAX_START_ATTEMPTS; attempt++) {
        const { Item: user } = await guarded(
          db.send(
            new GetItemCommand({ TableName: tableName, Key: key('user', userId), ConsistentRead: true }),
          ),
        );
        const previous = user?.['lastStart']?.N;
        const start = nextStart(previous === undefined ? undefined : Number(previous), nowEpoch);
        if (start === undefined) throw new GatewayError('too_many_logins');
        const isOurs = await conditional(
          db.send(
            new UpdateItemCommand({
              TableName: tableName,
              Key: key('user', userId),
              UpdateExpression: 'SET lastStart = :start',
              ConditionExpression: 'attribute_not_exists(lastStart) OR lastStart < :start',
              ExpressionAttributeValues: { ':start': { N: String(start) } },
            }),
          ),
        );
        if (isOurs) return start;
      }
      throw new GatewayError('too_many_logins');
    },

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

/** Whether the condition of a write held. */
async function conditional(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return false;
    throw new GatewayError('store_unavailable', { cause });
  }
}

async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new GatewayError('store_unavailable', { cause });
  }
}
