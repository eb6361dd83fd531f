/** The local stores in a process of their own, so that a test can kill it. Started by `fork`, with a channel. */
import process from 'node:process';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { createLocalDynamoDb } from '../../../../services/local/dynamodb.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { createLocalS3, type LocalS3Options } from '../../../../services/local/s3/server.ts';
import { createReserve } from '../../../../services/local/store/reserve.ts';
import { openKeyValueStore } from '../../../../services/local/stores.ts';

// Ends with its parent, however the parent ends.
process.once('disconnect', () => process.exit());
process.once('message', async (options: LocalS3Options) => {
  const { directory, credentials } = options;
  const { arn, store } = openKeyValueStore(
    directory,
    readTemplate(options.template, options),
    createReserve(`${directory}/reserve`),
  );
  const [s3, kvs, dynamodb] = await Promise.all([
    createLocalS3(options).listen(0),
    createKeyValueStoreApi({ stores: { [arn]: store }, credentials }).listen(0),
    createLocalDynamoDb({ ...options, directory: `${directory}/dynamodb` }).listen(0),
  ]);
  process.send?.({ arn, s3: s3.port, kvs: kvs.port, dynamodb: dynamodb.port });
});
