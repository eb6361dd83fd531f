/**
 * The pages of the benchmark, in a process of their own: 100 pictures by listed URLs; by URLs signed at each render
 * with the SDK; streamed through the app, which checks the session for each.
 */
import { createHash, randomUUID } from 'node:crypto';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import fastify from 'fastify';

interface Start {
  listedUrls: string[];
  keyPairId: string;
  privateKey: string;
  tableName: string;
  s3: { endpoint: string; accessKeyId: string; secretAccessKey: string };
  dynamodb: { endpoint: string; accessKeyId: string; secretAccessKey: string };
}

const LIFETIME_MS = 30 * 60 * 1_000;

async function serve(start: Start): Promise<number> {
  const region = 'us-east-1';
  const { endpoint } = start.s3;
  const s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials: start.s3 });
  const db = new DynamoDBClient({ region, endpoint: start.dynamodb.endpoint, credentials: start.dynamodb });
  const app = fastify();
  const counts = { requests: 0 };

  const { keyPairId, privateKey } = start;
  const signed = (url = '') =>
    getSignedUrl({ url, keyPairId, privateKey, dateLessThan: new Date(Date.now() + LIFETIME_MS) });
  const pages: Record<string, (url: string) => string> = {
    cookies: (url) => url,
    signed: (url) => signed(url.split('?')[0]),
    streamed: (url) => `/streamed${new URL(url).pathname}`,
  };
  for (const [way, urlOf] of Object.entries(pages)) {
    app.get(`/${way}`, async (_request, reply) => {
      const images = start.listedUrls.map((url) => `<img src="${urlOf(url).replaceAll('&', '&amp;')}">`);
      return reply
        .type('text/html')
        .header('cache-control', 'no-store')
        .send(`<!doctype html>${images.join('')}`);
    });
  }
  app.get<{ Params: { '*': string } }>('/streamed/*', async (request, reply) => {
    counts.requests++;
    const token = /__Host-session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
    const [id, secret = ''] = token.split('.');
    const pk = { S: `user#${id}` };
    const { Item } = await db.send(
      new GetItemCommand({ TableName: start.tableName, Key: { pk }, ConsistentRead: true }),
    );
    const tokenHash = createHash('sha256').update(secret).digest('base64url');
    if (!Item?.['json']?.S?.includes(tokenHash)) return reply.code(401).send();
    const Key = decodeURIComponent(request.params['*']);
    const known = { Bucket: 'gateway-files', Key, IfNoneMatch: request.headers['if-none-match'] };
    const answer = await s3.send(new GetObjectCommand(known)).catch(isNotModified);
    if (!answer) return reply.code(304).send();
    const { Body, ContentType, ETag } = answer;
    return reply
      .type(ContentType ?? '')
      .headers({ etag: ETag, 'cache-control': 'private, no-cache' })
      .send(Body as Readable);
  });
  process.on('message', (message) => {
    if (message === 'counts') process.send?.(counts);
  });
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

function isNotModified(error: unknown): undefined {
  if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 304) return undefined;
  throw error;
}

process.once('message', async (start: Start) => process.send?.({ port: await serve(start) }));
process.once('disconnect', () => process.exit());
