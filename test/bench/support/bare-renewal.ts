import process from 'node:process';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import fastify from 'fastify';
import { TIME_LIMITS } from '../../../services/auth/domain/time-limits.ts';
import { clientOptions } from '../../../services/auth/surroundings.ts';
import {
  createCookieIssuer,
  createKeySigner,
  parseEpochSeconds,
  parseUserId,
} from '../../../services/cookies/cookies.ts';

/**
 * A route with the one read of a renewal: the user's record, by a client with the service's time limits. With `SIGNS`
 * it also sends the four CloudFront cookies. It checks nobody's identity.
 */
const { TABLE_NAME: TableName = '', SIGNS, ...env } = process.env;
const id = parseUserId(env['USER_ID'] ?? '');
const db = new DynamoDBClient(clientOptions(TIME_LIMITS));
const read = (pk: string) =>
  db.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }));
const issuer = createCookieIssuer({
  appOrigin: env['APP_ORIGIN'] ?? '',
  filesOrigin: env['FILES_ORIGIN'] ?? '',
  signer: createKeySigner({ keyPairId: env['KEY_PAIR_ID'] ?? '', privateKey: env['SIGNING_KEY'] ?? '' }),
  cookieLifetimeSeconds: 900,
});
const app = fastify();
app.post('/auth/refresh', async (_request, reply) => {
  await read(`user#${id}`);
  if (SIGNS) {
    const { cookies } = await issuer.issue({ id, start: parseEpochSeconds(1) });
    const attributes = `Path=/users/${id}/; HttpOnly; Secure; SameSite=Lax`;
    reply.header(
      'set-cookie',
      cookies.map(({ name, value }) => `${name}=${value}; ${attributes}`),
    );
  }
  return { ok: true };
});
await app.listen({ host: '127.0.0.1', port: Number(env['PORT']) });
process.once('disconnect', () => process.exit());
process.send?.('ready');
