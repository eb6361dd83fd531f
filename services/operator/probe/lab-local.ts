import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createKeyValueStoreClient } from '@cloudfront-cookie-gateway/auth/adapters/edge-store';
import { createKeyValueStoreApi } from '@cloudfront-cookie-gateway/local/key-value-store/server';
import { createLocalS3 } from '@cloudfront-cookie-gateway/local/s3/server';
import { createKeyValueStore, createLocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import type { Assumptions } from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { readTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { type LabKeys, labTemplate, OBJECT } from './lab-template.ts';
import type { LabStand } from './lab-world.ts';

const NAMES = { region: 'us-east-1', accountId: '000000000000' };
const ORIGIN = 'http://lab.localhost';
const STORE_ARN = `arn:aws:cloudfront::${NAMES.accountId}:key-value-store/Store`;

/** The credentials of this process's own stores, on loopback. */
const OPERATOR = { accessKeyId: 'LAB', secretAccessKey: 'lab' };
const CLOUDFRONT = { accessKeyId: 'LABCLOUDFRONT', secretAccessKey: 'lab' };

interface Part {
  listen(port: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

/** Runs the lab's template on the local CloudFront, on free ports of loopback. */
export async function startLocalLab(
  publicPems: LabKeys,
  assumptions: Partial<Assumptions>,
): Promise<{ stand: LabStand; close(): Promise<void> }> {
  const template = labTemplate('lab', publicPems);
  const bucket = readTemplate(template, NAMES).only('AWS::S3::Bucket').ref;
  const store = createKeyValueStore({});
  const directory = mkdtempSync(join(tmpdir(), 'cloudfront-lab-'));
  const started: Part[] = [];
  const close = async () => {
    await Promise.all(started.map((part) => part.close()));
    rmSync(directory, { recursive: true, force: true });
  };
  const start = async (part: Part) => {
    const { port } = await part.listen(0);
    started.push(part);
    return port;
  };
  try {
    const s3Port = await start(bucketOf(template, directory));
    const endpoint = `http://localhost:${s3Port}`;
    const apiPort = await start(
      createKeyValueStoreApi({ stores: { [STORE_ARN]: store }, credentials: [OPERATOR] }),
    );
    const edge = createLocalCloudFront({
      template,
      assumptions,
      bindings: {
        ...NAMES,
        origin: ORIGIN,
        httpCountsAsHttps: true,
        origins: {
          [`${bucket}.s3.${NAMES.region}.amazonaws.com`]: { endpoint, bucket, ...CLOUDFRONT },
        },
        keyPairIds: { 'lab-ec': 'KEC', 'lab-rsa': 'KRSA' },
        keyValueStores: { Store: store.reader },
      },
    });
    const at = { hostname: 'localhost', port: await start(edge) };
    await putObject(endpoint, bucket);
    const client = createKeyValueStoreClient({
      region: NAMES.region,
      credentials: OPERATOR,
      endpoint: `http://localhost:${apiPort}`,
      maxAttempts: 1,
    });
    const keyValues = { client, arn: STORE_ARN };
    return { stand: { origin: ORIGIN, at, keyPairIds: { ec: 'KEC', rsa: 'KRSA' }, keyValues }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The bucket, which lets in the distribution alone, as the template says. */
function bucketOf(template: Record<string, unknown>, directory: string): Part {
  const { ref } = readTemplate(template, NAMES).only('AWS::CloudFront::Distribution');
  const sourceArn = `arn:aws:cloudfront::${NAMES.accountId}:distribution/${ref}`;
  return createLocalS3({
    ...NAMES,
    directory,
    template,
    credentials: [
      { ...OPERATOR, principal: { kind: 'operator' } },
      { ...CLOUDFRONT, principal: { kind: 'service', service: 'cloudfront.amazonaws.com', sourceArn } },
    ],
  });
}

async function putObject(endpoint: string, bucket: string): Promise<void> {
  const s3 = new S3Client({ region: NAMES.region, credentials: OPERATOR, endpoint, forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: OBJECT.key, Body: OBJECT.content }));
  s3.destroy();
}
