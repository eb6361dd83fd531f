import { createHash, randomBytes } from 'node:crypto';
import process from 'node:process';
import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fastifyCookie from '@fastify/cookie';
import fastify from 'fastify';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { TIME_LIMITS } from '../../../services/auth/domain/time-limits.ts';
import { clientOptions } from '../../../services/auth/surroundings.ts';
import {
  createCookieIssuer,
  createKeySigner,
  parseEpochSeconds,
  parseUserId,
} from '../../../services/cookies/cookies.ts';

/**
 * The two routes of a sign-in with the libraries of the service: the same five calls to DynamoDB, the same two requests to
 * the provider, one signature verified and one made. It seals nothing, and keeps no promise about replays or logouts.
 */
const { TABLE_NAME: TableName = '', ...env } = process.env;
const origin = `http://localhost:${env['PORT']}`;
const [issuer, clientId, secret] = [
  env['OIDC_ISSUER'] ?? '',
  env['OIDC_CLIENT_ID'] ?? '',
  env['OIDC_CLIENT_SECRET'],
];
const config = await client.discovery(new URL(issuer), clientId, secret, client.ClientSecretBasic(secret), {
  execute: [client.allowInsecureRequests],
});
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));
const db = new DynamoDBClient(clientOptions(TIME_LIMITS));
const cookieIssuer = createCookieIssuer({
  appOrigin: origin,
  filesOrigin: env['FILES_ORIGIN'] ?? '',
  signer: createKeySigner({ keyPairId: env['KEY_PAIR_ID'] ?? '', privateKey: env['SIGNING_KEY'] ?? '' }),
  cookieLifetimeSeconds: 900,
});
/** On a busy machine the client sends a write again whose answer was late. The service's own stores know that case. */
const put = async (pk: string, record: string) => {
  const item = { TableName, Item: { pk: { S: pk }, record: { S: record } } };
  try {
    await db.send(new PutItemCommand({ ...item, ConditionExpression: 'attribute_not_exists(pk)' }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};
const app = fastify();
await app.register(fastifyCookie);

app.get('/auth/login', async (_request, reply) => {
  const [state, nonce, verifier] = [
    client.randomState(),
    client.randomNonce(),
    client.randomPKCECodeVerifier(),
  ];
  const to = client.buildAuthorizationUrl(config, {
    ...{ redirect_uri: `${origin}/auth/callback`, scope: 'openid profile email', state, nonce },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
  });
  reply.setCookie('login', JSON.stringify({ state, nonce, verifier }), { httpOnly: true, path: '/auth' });
  return reply.redirect(to.href, 302);
});

app.get('/auth/callback', async (request, reply) => {
  const { state, nonce, verifier } = JSON.parse(request.cookies['login'] ?? '');
  await put(`once#${state}`, '');
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, origin), {
    ...{ pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
  });
  const { payload } = await jwtVerify(tokens.id_token ?? '', keys, { issuer, audience: clientId });
  const userInfo = await client.fetchUserInfo(config, tokens.access_token, payload.sub ?? '');
  const id = createHash('sha256').update(`${payload.sub}`).digest('hex').slice(0, 26);
  const session = randomBytes(32).toString('base64url');
  await db.send(new GetItemCommand({ TableName, Key: { pk: { S: `bare#${id}` } }, ConsistentRead: true }));
  await Promise.all([
    db.send(
      new UpdateItemCommand({
        ...{ TableName, Key: { pk: { S: `sub#${id}` } }, UpdateExpression: 'ADD people :people' },
        ...{ ExpressionAttributeValues: { ':people': { SS: [id] } }, ReturnValues: 'ALL_NEW' },
      }),
    ),
    put(`tokens#${session}`, tokens.id_token ?? ''),
  ]);
  await put(`bare#${id}`, JSON.stringify({ session, name: userInfo.name, email: userInfo.email }));
  const { cookies } = await cookieIssuer.issue({ id: parseUserId(id), start: parseEpochSeconds(1) });
  for (const { name, value } of cookies) {
    reply.setCookie(name, value, { httpOnly: true, secure: true, sameSite: 'lax', path: `/users/${id}/` });
  }
  reply.setCookie('session', session, { httpOnly: true, secure: true, path: '/' });
  return reply.redirect('/', 302);
});

await app.listen({ host: '127.0.0.1', port: Number(env['PORT']) });
process.once('disconnect', () => process.exit());
process.send?.('ready');
