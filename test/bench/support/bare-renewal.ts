import process from 'node:process';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import fastify from 'fastify';

/** A route that does nothing but the one read of a renewal: of the user's record. */
const { TABLE_NAME: TableName = '', USER_KEY: userKey = '' } = process.env;
const db = new DynamoDBClient({});
const read = (pk: string) =>
  db.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }));
const app = fastify();
app.post('/auth/refresh', async () => {
  await read(userKey);
  return { ok: true };
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
process.once('disconnect', () => process.exit());
process.send?.('ready');
