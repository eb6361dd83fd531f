import process from 'node:process';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import awsLambdaFastify from '@fastify/aws-lambda';
import fastify from 'fastify';

/** The smallest function with Fastify and DynamoDB: one route, one read. */
const { TABLE_NAME: TableName = '' } = process.env;
const db = new DynamoDBClient({});
const app = fastify();
app.get('/auth/session', async (request, reply) => {
  const pk = String(request.headers.cookie);
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }));
  return reply.status(Item ? 200 : 401).send({});
});
const serve = awsLambdaFastify(app);

export async function handler(event: unknown, context: unknown): Promise<unknown> {
  return serve(event, context);
}

await app.ready();
