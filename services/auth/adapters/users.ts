import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GatewayError } from '../domain/errors.ts';
import type { UserStore } from '../domain/ports.ts';
import { parseUserId } from '../domain/user-id.ts';
import { NEW_USER, type UserRecord } from '../domain/user-record.ts';
import { conditional, guarded } from './dynamodb.ts';

/** Writers of one user's record that may be faster before this gives up. */
const MAX_ATTEMPTS = 50;

/** The sparse index of records that the edge is to be told of; its one partition key and its sort key. */
export const DUE_INDEX = { name: 'due', partitionKey: 'due', sortKey: 'dueAt' };

/** Users' records in the table of the sessions, each one item with a version, by conditional writes alone. */
export function createUserStore({ db, tableName }: { db: DynamoDBClient; tableName: string }): UserStore {
  const pk = (userId: string) => ({ pk: { S: `user#${userId}` } });

  async function readItem(userId: string): Promise<{ user: UserRecord; version: string | undefined }> {
    const { Item: item } = await guarded(
      db.send(new GetItemCommand({ TableName: tableName, Key: pk(userId), ConsistentRead: true })),
    );
    const user = parseRecord(item?.['record']?.S);
    const due = item?.[DUE_INDEX.sortKey]?.N;
    return {
      user: due === undefined ? user : { ...user, edgeDueEpoch: Number(due) },
      version: item?.['version']?.N,
    };
  }

  return {
    read: async (userId) => (await readItem(userId)).user,

    async update(userId, change) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const { user, version } = await readItem(userId);
        const changed = change(user);
        if (!changed) return user;
        const { edgeDueEpoch, ...record } = changed;
        const isOurs = await conditional(
          db.send(
            new PutItemCommand({
              TableName: tableName,
              Item: {
                ...pk(userId),
                version: { N: String(Number(version ?? 0) + 1) },
                record: { S: JSON.stringify(record) },
                ...(edgeDueEpoch === undefined
                  ? {}
                  : {
                      [DUE_INDEX.partitionKey]: { S: 'edge' },
                      [DUE_INDEX.sortKey]: { N: String(edgeDueEpoch) },
                    }),
              },
              ...(version === undefined
                ? { ConditionExpression: 'attribute_not_exists(pk)' }
                : {
                    ConditionExpression: 'version = :read',
                    ExpressionAttributeValues: { ':read': { N: version } },
                  }),
            }),
          ),
        );
        if (isOurs) return changed;
        // Many writers of one record get out of step.
        await setTimeout(Math.random() * 10 * attempt);
      }
      throw new GatewayError('store_unavailable');
    },

    // Both write the same item: whichever comes second sees the other.
    noteSubject: (issuer, subject, userId, issuedAtEpoch) =>
      conditional(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: subjectKey(issuer, subject),
            UpdateExpression: 'SET userId = :user',
            ConditionExpression: 'attribute_not_exists(signedOutAt) OR signedOutAt < :iat',
            ExpressionAttributeValues: { ':user': { S: userId }, ':iat': { N: String(issuedAtEpoch) } },
          }),
        ),
      ),

    async signOutSubject(issuer, subject, issuedAtEpoch) {
      const Key = subjectKey(issuer, subject);
      await conditional(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key,
            UpdateExpression: 'SET signedOutAt = :iat',
            ConditionExpression: 'attribute_not_exists(signedOutAt) OR signedOutAt < :iat',
            ExpressionAttributeValues: { ':iat': { N: String(issuedAtEpoch) } },
          }),
        ),
      );
      const { Item: item } = await guarded(
        db.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true })),
      );
      const userId = item?.['userId']?.S;
      return userId === undefined ? undefined : parseUserId(userId);
    },

    async due(nowEpoch, limit) {
      const { Items: items = [] } = await guarded(
        db.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: DUE_INDEX.name,
            KeyConditionExpression: '#due = :edge AND #at <= :now',
            ExpressionAttributeNames: { '#due': DUE_INDEX.partitionKey, '#at': DUE_INDEX.sortKey },
            ExpressionAttributeValues: { ':edge': { S: 'edge' }, ':now': { N: String(nowEpoch) } },
            Limit: limit,
          }),
        ),
      );
      return items.map((item) => parseUserId((item['pk']?.S ?? '').slice('user#'.length)));
    },
  };
}

function subjectKey(issuer: string, subject: string) {
  const hash = createHash('sha256').update(`${issuer}\0${subject}`).digest('base64url');
  return { pk: { S: `subject#${hash}` } };
}

/** Members that were added since the record was written have their first value. */
function parseRecord(json: string | undefined): UserRecord {
  return json === undefined ? NEW_USER : { ...NEW_USER, ...(JSON.parse(json) as Partial<UserRecord>) };
}
