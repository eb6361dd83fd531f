import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { UploadStore } from '../domain/file-ports.ts';
import type { UploadRecord } from '../domain/uploads.ts';
import { parseUserId } from '../domain/user-id.ts';
import { guarded } from './dynamodb.ts';

/** Uploads in the table of the sessions, one item each. */
export function createUploadStore({ db, tableName }: { db: DynamoDBClient; tableName: string }): UploadStore {
  const pk = (id: string) => ({ pk: { S: `upload#${id}` } });

  return {
    async create(id, upload) {
      await guarded(
        db.send(
          new PutItemCommand({
            TableName: tableName,
            Item: {
              ...pk(id),
              userId: { S: upload.userId },
              key: { S: upload.key },
              size: { N: String(upload.size) },
              type: { S: upload.type },
              multipartId: { S: upload.multipartId },
              ttl: { N: String(upload.expiresAtEpoch) },
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
    },

    async read(id) {
      const { Item: item } = await guarded(
        db.send(new GetItemCommand({ TableName: tableName, Key: pk(id), ConsistentRead: true })),
      );
      return item && parseUpload(item);
    },

    async update(id, change) {
      const changes = Object.entries(change);
      await guarded(
        db.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: pk(id),
            UpdateExpression: `SET ${changes.map(([name]) => `${name} = :${name}`).join(', ')}`,
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: Object.fromEntries(
              changes.map(([name, value]) => [`:${name}`, { S: value }]),
            ),
          }),
        ),
      );
    },
  };
}

function parseUpload(item: Record<string, AttributeValue>): UploadRecord {
  const etag = item['etag']?.S;
  const outcome = item['outcome']?.S;
  return {
    userId: parseUserId(item['userId']?.S ?? ''),
    key: item['key']?.S ?? '',
    size: Number(item['size']?.N),
    type: item['type']?.S ?? '',
    multipartId: item['multipartId']?.S ?? '',
    expiresAtEpoch: Number(item['ttl']?.N),
    ...(etag === undefined ? {} : { etag }),
    ...(outcome === 'completed' || outcome === 'aborted' ? { outcome } : {}),
  };
}
