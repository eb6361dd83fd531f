import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { createLocalS3 } from '../../../../services/local/s3/server.ts';
import type { KnownCredential } from '../../../../services/local/store/credentials.ts';
import { openKeyValueStore } from '../../../../services/local/stores.ts';

export interface StoresOptions {
  directory: string;
  template: unknown;
  region: string;
  accountId: string;
  credentials: KnownCredential[];
}

export interface OpenStores {
  /** Where the two servers listen, and the name of the KeyValueStore. */
  place: { port: number; kvsPort: number; arn: string };
  /** Starts S3 again at a later time, which applies the lifecycle rule. After that it answers at the present time. */
  reopenAt(timeMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the local S3 and the KeyValueStore on what is in the directory. */
export async function openStores(options: StoresOptions): Promise<OpenStores> {
  let nowMs: number | undefined;
  const now = () => nowMs ?? Date.now();
  const { store, arn } = openKeyValueStore(options.directory, readTemplate(options.template, options), 0);
  const api = createKeyValueStoreApi({ stores: { [arn]: store }, credentials: options.credentials });
  let s3 = createLocalS3({ ...options, now });
  const { port: kvsPort } = await api.listen(0);
  const { port } = await s3.listen(0);
  return {
    place: { port, kvsPort, arn },
    async reopenAt(timeMs) {
      await s3.close();
      nowMs = timeMs;
      s3 = createLocalS3({ ...options, now });
      nowMs = undefined;
      await s3.listen(port);
    },
    async close() {
      await Promise.all([s3.close(), api.close()]);
    },
  };
}
