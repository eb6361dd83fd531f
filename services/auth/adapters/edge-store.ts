import {
  type CloudFrontKeyValueStoreClient,
  ConflictException,
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  ResourceNotFoundException,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { EdgeStore } from '../domain/ports.ts';

/** CloudFront KeyValueStore by its data-plane API; keys are user ids. */
export function createEdgeStore(options: {
  client: CloudFrontKeyValueStoreClient;
  keyValueStoreArn: string;
}): EdgeStore {
  const { client, keyValueStoreArn } = options;
  const store = { KvsARN: keyValueStoreArn };

  async function version(): Promise<string> {
    const { ETag } = await client.send(new DescribeKeyValueStoreCommand(store));
    if (ETag === undefined) throw new Error('the KeyValueStore told no ETag');
    return ETag;
  }

  /** One at a time: whether a key that is to go is there at all is not known after a lost answer. */
  async function remove(keys: string[], firstVersion: string): Promise<boolean> {
    let ifMatch = firstVersion;
    for (const key of keys) {
      try {
        const { ETag } = await client.send(new DeleteKeyCommand({ ...store, Key: key, IfMatch: ifMatch }));
        ifMatch = ETag ?? (await version());
      } catch (error) {
        if (error instanceof ConflictException) return false;
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    }
    return true;
  }

  return {
    version,
    async write(ifMatch, entries) {
      const puts = entries.flatMap(({ userId, entry }) =>
        entry === undefined ? [] : [{ Key: userId, Value: entry }],
      );
      const deletes = entries.filter(({ entry }) => entry === undefined).map(({ userId }) => userId);
      try {
        let current = ifMatch;
        if (puts.length > 0) {
          const { ETag } = await client.send(
            new UpdateKeysCommand({ ...store, IfMatch: ifMatch, Puts: puts }),
          );
          current = ETag ?? (await version());
        }
        return await remove(deletes, current);
      } catch (error) {
        if (error instanceof ConflictException) return false;
        throw error;
      }
    },
  };
}
