import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyValueStoreClient } from '@cloudfront-cookie-gateway/auth/edge/key-value-store';
import { createKeyValueStoreApi } from '@cloudfront-cookie-gateway/local/key-value-store/server';
import { createKeyValueStore, createLocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import type { Assumptions } from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { type LabKeys, labTemplate, OBJECT } from './lab-template.ts';
import type { LabStand } from './lab-world.ts';

const NAMES = { region: 'us-east-1', accountId: '000000000000' };
const ORIGIN = 'http://lab.localhost';
const STORE_ARN = `arn:aws:cloudfront::${NAMES.accountId}:key-value-store/Store`;

/** The credentials of this process's own store, on loopback. */
const OPERATOR = { accessKeyId: 'LAB', secretAccessKey: 'lab' };

/** Runs the lab's template on the local CloudFront, on free ports of loopback. A folder is its bucket. */
export async function startLocalLab(
  publicPems: LabKeys,
  assumptions: Partial<Assumptions>,
): Promise<{ stand: LabStand; close(): Promise<void> }> {
  const store = createKeyValueStore({});
  const folder = mkdtempSync(join(tmpdir(), 'cloudfront-lab-'));
  writeFileSync(join(folder, OBJECT.key), OBJECT.content);
  const api = createKeyValueStoreApi({ stores: { [STORE_ARN]: store }, credentials: [OPERATOR] });
  const edge = createLocalCloudFront({
    template: labTemplate('lab', publicPems),
    assumptions,
    bindings: {
      ...NAMES,
      origin: ORIGIN,
      httpCountsAsHttps: true,
      origins: { bucket: { folder } },
      keyPairIds: { 'lab-ec': 'KEC', 'lab-rsa': 'KRSA' },
      keyValueStores: { Store: store.reader },
    },
  });
  const close = async () => {
    await Promise.all([api.close(), edge.close()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [{ port: apiPort }, { port }] = await Promise.all([api.listen(0), edge.listen(0)]);
    const client = createKeyValueStoreClient({
      region: NAMES.region,
      credentials: OPERATOR,
      endpoint: `http://localhost:${apiPort}`,
      maxAttempts: 1,
    });
    const stand: LabStand = {
      origin: ORIGIN,
      at: { hostname: 'localhost', port },
      keyPairIds: { ec: 'KEC', rsa: 'KRSA' },
      keyValues: { client, arn: STORE_ARN },
    };
    return { stand, close };
  } catch (error) {
    await close();
    throw error;
  }
}
