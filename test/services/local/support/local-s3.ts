import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createLocalS3, type LocalS3Options } from '../../../../services/local/s3/server.ts';
import type { KnownCredential, Principal } from '../../../../services/local/store/credentials.ts';
import { roleOf } from '../../../../services/local/stores.ts';
import { synthesizeForTest } from '../../../support/cached-build.ts';
import { ecKey, localValues } from '../../../support/local-values.ts';

export const REGION = 'us-east-1';
// The account of the values, which the template names.
export const ACCOUNT_ID = '000000000000';
export const BUCKET = 'gateway-files';

export const TEMPLATE = await synthesizeForTest(localValues([ecKey('K1')]));
const resolved = readTemplate(TEMPLATE, { region: REGION, accountId: ACCOUNT_ID });
const distributionArn = `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/${resolved.only('AWS::CloudFront::Distribution').ref}`;

function known(name: string, principal: Principal): KnownCredential {
  return { accessKeyId: `LOCAL${name}`, secretAccessKey: `secret of ${name}`, principal };
}

export const OPERATOR = known('OPERATOR', { kind: 'operator' });
export const ROLE = known('ROLE', { kind: 'role', logicalIds: [roleOf(resolved, 'Auth')] });
export const SCHEDULE = known('SCHEDULE', { kind: 'role', logicalIds: [roleOf(resolved, 'Reconciler')] });
export const CLOUDFRONT = known('CLOUDFRONT', {
  kind: 'service',
  service: 'cloudfront.amazonaws.com',
  sourceArn: distributionArn,
});
export const OTHER_DISTRIBUTION = known('OTHER', {
  kind: 'service',
  service: 'cloudfront.amazonaws.com',
  sourceArn: `${distributionArn}2`,
});

/** Starts a store. */
export async function startS3(changes: Partial<LocalS3Options> = {}) {
  const directory = changes.directory ?? mkdtempSync(join(tmpdir(), 'gateway-s3-'));
  const store = createLocalS3({
    directory,
    template: TEMPLATE,
    region: REGION,
    accountId: ACCOUNT_ID,
    credentials: [OPERATOR, ROLE, SCHEDULE, CLOUDFRONT, OTHER_DISTRIBUTION],
    ...changes,
  });
  const { port } = await store.listen(0);
  return { store, port, directory };
}

export function s3Client(port: number, { accessKeyId, secretAccessKey } = OPERATOR): S3Client {
  return new S3Client({
    endpoint: `http://localhost:${port}`,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

/** Sends a request as it stands. It is unsigned unless the caller signs it. */
export async function raw(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: Buffer | string = '',
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { host: `localhost:${port}`, ...headers },
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, body: text };
}

export const Bucket = BUCKET;

export async function put(client: S3Client, Key: string, Body: string | Buffer = Key): Promise<string> {
  return (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).ETag ?? '';
}

export async function get(client: S3Client, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}
