import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Assumptions } from '../../../../edge/local/assumptions.ts';
import {
  createKeyValueStore,
  createLocalCloudFront,
} from '../../../../edge/local/create-local-cloudfront.ts';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createKeyValueStoreClient } from '../../../auth/adapters/edge-store.ts';
import { createKeyValueStoreApi } from '../../../local/key-value-store/server.ts';
import { createLocalS3 } from '../../../local/s3/server.ts';
import type { LabStand } from './stand.ts';
import { type LabKeys, labTemplate, OBJECT } from './template.ts';

const NAMES = { region: 'us-east-1', accountId: '000000000000' };
const ORIGIN = 'http://lab.localhost';
/** The credentials of this process's own stores, on loopback. */
const CREDENTIALS = { accessKeyId: 'LAB', secretAccessKey: 'lab' };

/** Runs the lab's template on the local CloudFront, on free ports of loopback. */
export async function startLocalLab(
  publicPems: LabKeys,
  assumptions: Partial<Assumptions>,
): Promise<{ stand: LabStand; close(): Promise<void> }> {
  const template = labTemplate('lab', publicPems);
  const resolved = readTemplate(template, NAMES);
  const bucket = resolved.only('AWS::S3::Bucket').ref;
  const distribution = resolved.only('AWS::CloudFront::Distribution').ref;
  const arn = `arn:aws:cloudfront::${NAMES.accountId}:key-value-store/Store`;
  const store = createKeyValueStore({});
  const directory = mkdtempSync(join(tmpdir(), 'cloudfront-lab-'));
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(started.map((part) => part.close()));
    rmSync(directory, { recursive: true, force: true });
  };
  const start = async (part: { listen(port: number): Promise<{ port: number }>; close(): Promise<void> }) => {
    const { port } = await part.listen(0);
    started.push(part);
    return port;
  };
  try {
    const cloudfront = { accessKeyId: 'LABCLOUDFRONT', secretAccessKey: 'lab' };
    const sourceArn = `arn:aws:cloudfront::${NAMES.accountId}:distribution/${distribution}`;
    const s3Port = await start(
      createLocalS3({
        ...{ ...NAMES, directory, template },
        credentials: [
          { ...CREDENTIALS, principal: { kind: 'operator' } },
          {
            ...cloudfront,
            principal: { kind: 'service', service: 'cloudfront.amazonaws.com', sourceArn },
          },
        ],
      }),
    );
    const endpoint = `http://localhost:${s3Port}`;
    const apiPort = await start(
      createKeyValueStoreApi({ stores: { [arn]: store }, credentials: [CREDENTIALS] }),
    );
    const edgePort = await start(
      createLocalCloudFront({
        ...{ template, assumptions },
        bindings: {
          ...{ ...NAMES, origin: ORIGIN, httpCountsAsHttps: true },
          origins: {
            [`${bucket}.s3.${NAMES.region}.amazonaws.com`]: { endpoint, bucket, ...cloudfront },
          },
          keyPairIds: { 'lab-ec': 'KEC', 'lab-rsa': 'KRSA' },
          keyValueStores: { Store: store.reader },
        },
      }),
    );
    const client = { region: NAMES.region, credentials: CREDENTIALS, endpoint };
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: OBJECT.key, Body: OBJECT.content }));
    s3.destroy();
    const keyValues = createKeyValueStoreClient({
      ...{ ...client, endpoint: `http://localhost:${apiPort}`, maxAttempts: 1 },
    });
    const stand = {
      origin: ORIGIN,
      at: { hostname: 'localhost', port: edgePort },
      keyPairIds: { ec: 'KEC', rsa: 'KRSA' },
      keyValues: { client: keyValues, arn },
    };
    return { stand, close };
  } catch (error) {
    await close();
    throw error;
  }
}
