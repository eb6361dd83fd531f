import {
  type CloudFrontKeyValueStoreClient,
  ConflictException,
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  ResourceNotFoundException,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { EdgeStore } from '../domain/ports.ts';

/** The CloudFront KeyValueStore, by its data-plane API. The keys are user ids. */
export function createEdgeStore(options: {
  client: CloudFrontKeyValueStoreClient;
  keyValueStoreArn: string;
}): EdgeStore {
  const { client, keyValueStoreArn } = options;
  const store = { KvsARN: keyValueStoreArn };

  async function update(
    ifMatch: string,
    puts: { Key: string; Value: string }[],
    deletes: { Key: string }[],
  ): Promise<string | undefined> {
    const changes = {
      ...(puts.length > 0 ? { Puts: puts } : {}),
      ...(deletes.length > 0 ? { Deletes: deletes } : {}),
    };
    return (await client.send(new UpdateKeysCommand({ ...store, IfMatch: ifMatch, ...changes }))).ETag;
  }

  /**
   * Writes in several calls, since a key that is to be deleted may be missing. Each call names the version that the
   * call before it returned.
   */
  async function updateSingly(
    ifMatch: string,
    puts: { Key: string; Value: string }[],
    deletes: { Key: string }[],
  ): Promise<string | undefined> {
    let version: string | undefined = puts.length > 0 ? await update(ifMatch, puts, []) : ifMatch;
    for (const { Key } of deletes) {
      // No further write is safe without a version. The rest stays due.
      if (version === undefined) throw new Error('the KeyValueStore gave no ETag');
      try {
        version = (await client.send(new DeleteKeyCommand({ ...store, Key, IfMatch: version }))).ETag;
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    }
    return version;
  }

  return {
    async describe() {
      const { ETag, TotalSizeInBytes } = await client.send(new DescribeKeyValueStoreCommand(store));
      if (ETag === undefined) throw new Error('the KeyValueStore gave no ETag');
      return { version: ETag, bytes: TotalSizeInBytes ?? 0 };
    },

    async write(ifMatch, entries) {
      const puts = entries.flatMap(({ userId, entry }) =>
        entry === undefined ? [] : [{ Key: userId, Value: entry }],
      );
      const deletes = entries
        .filter(({ entry }) => entry === undefined)
        .map(({ userId }) => ({ Key: userId }));
      try {
        try {
          return { version: await update(ifMatch, puts, deletes) };
        } catch (error) {
          // One missing key fails the whole call. A key can be missing if an earlier answer was lost.
          if (deletes.length === 0 || !(error instanceof ResourceNotFoundException)) throw error;
          return { version: await updateSingly(ifMatch, puts, deletes) };
        }
      } catch (error) {
        if (error instanceof ConflictException) return false;
        throw error;
      }
    },
  };
}
