/** The local S3 and the KeyValueStore in a process of their own, so that a test can kill it. Started by `fork`. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { createLocalS3 } from '../../../../services/local/s3/server.ts';
import type { KnownCredential } from '../../../../services/local/store/credentials.ts';
import { openKeyValueStore } from '../../../../services/local/stores.ts';

export interface StoresOptions {
  directory: string;
  /** The file of the template. */
  template: string;
  region: string;
  accountId: string;
  credentials: KnownCredential[];
}

// Ends with its parent, however the parent ends.
process.once('disconnect', () => process.exit());
process.once('message', async ({ template: file, ...options }: StoresOptions) => {
  const template: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const resolved = readTemplate(template, options);
  let nowMs: number | undefined;
  const now = () => nowMs ?? Date.now();
  const { store, arn } = openKeyValueStore(options.directory, resolved, 0);
  const api = createKeyValueStoreApi({ stores: { [arn]: store }, credentials: options.credentials });
  let s3 = createLocalS3({ ...options, template, now });
  const { port: kvsPort } = await api.listen(0);
  const { port } = await s3.listen(0);
  process.on('message', async (message: unknown) => {
    if (typeof message !== 'number') return;
    // S3 starts again at a later time, which applies the lifecycle rule. After that it answers at the present time.
    await s3.close();
    nowMs = message;
    s3 = createLocalS3({ ...options, template, now });
    nowMs = undefined;
    process.send?.(await s3.listen(port));
  });
  process.send?.({ port, kvsPort, arn });
});
