import process from 'node:process';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import awsLambdaFastify from '@fastify/aws-lambda';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';

/**
 * What the service is made of, without its own code: the same plugins, a log, a secret, and as many routes of each
 * method. No route has a schema, and Fastify's own compilers are left out, as in the service.
 */
const ROUTES = { GET: 30, POST: 39, PATCH: 3, DELETE: 14 };
const { TABLE_NAME: TableName = '', SECRET_ID: SecretId } = process.env;

await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId }));
const db = new DynamoDBClient({});
const none = (): never => {
  throw new Error('no route has a schema');
};
const app = fastify({
  logger: true,
  schemaController: { compilersFactory: { buildValidator: none, buildSerializer: none } },
});
await app.register(helmet);
await app.register(cookie);
await app.register(rateLimit, { global: false });
app.get('/auth/session', async (request, reply) => {
  const pk = String(request.cookies['__Host-session']);
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }));
  return reply.status(Item ? 200 : 401).send('');
});
for (const [method, count] of Object.entries(ROUTES)) {
  for (let route = 0; route < count; route += 1) {
    app.route({ method, url: `/api/route${route}/:name`, handler: async () => '' });
  }
}
const serve = awsLambdaFastify(app);

export async function handler(event: unknown, context: unknown): Promise<unknown> {
  return serve(event, context);
}

await app.ready();
