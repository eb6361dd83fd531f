import {
  type CloudFrontKeyValueStoreClient,
  ConflictException,
  DescribeKeyValueStoreCommand,
  ResourceNotFoundException,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import type { EdgeStore } from '../domain/ports.ts';
import { NOTHING_REVOKED } from '../domain/revocation-entry.ts';

type Put = { Key: string; Value: string };
type Delete = { Key: string };

/** The CloudFront KeyValueStore, by its data-plane API. The keys are user ids. */
export function createEdgeStore(options: {
  client: CloudFrontKeyValueStoreClient;
  keyValueStoreArn: string;
}): EdgeStore {
  const { client, keyValueStoreArn } = options;
  const store = { KvsARN: keyValueStoreArn };

  async function update(ifMatch: string, puts: Put[], deletes: Delete[]): Promise<string | undefined> {
    const changes = {
      ...(puts.length > 0 ? { Puts: puts } : {}),
      ...(deletes.length > 0 ? { Deletes: deletes } : {}),
    };
    return (await client.send(new UpdateKeysCommand({ ...store, IfMatch: ifMatch, ...changes }))).ETag;
  }

  /**
   * Deletes keys of which some are missing. All of them are put first, so that none is missing any more. The version
   * changes even if all were missing: a process that read the old version can write nothing after this.
   */
  async function updateTwice(ifMatch: string, puts: Put[], deletes: Delete[]): Promise<string | undefined> {
    const emptied = deletes.map(({ Key }) => ({ Key, Value: NOTHING_REVOKED }));
    const version = await update(ifMatch, [...puts, ...emptied], []);
    // No further write is safe without a version. The keys stay due.
    if (version === undefined) throw new Error('the KeyValueStore gave no ETag');
    return update(version, [], deletes);
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
          return { version: await updateTwice(ifMatch, puts, deletes) };
        }
      } catch (error) {
        if (error instanceof ConflictException) return false;
        throw error;
      }
    },
  };
}
