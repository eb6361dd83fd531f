import {
  CloudFrontKeyValueStoreClient,
  type CloudFrontKeyValueStoreClientConfig,
  ConflictException,
  DescribeKeyValueStoreCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  UpdateKeysCommand,
  ValidationException,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { NOTHING_REVOKED } from '@cloudfront-cookie-gateway/core/entry-format';
import { EdgeRefusal, type EdgeStore, type EdgeStoreState } from './store.ts';
import '@aws-sdk/signature-v4a';

type Put = { Key: string; Value: string };
type Delete = { Key: string };

/** The CloudFront KeyValueStore, by its data-plane API. */
export function createEdgeStore(options: {
  client: CloudFrontKeyValueStoreClient;
  keyValueStoreArn: string;
}): EdgeStore {
  const { client, keyValueStoreArn } = options;
  const store = { KvsARN: keyValueStoreArn };

  async function update(ifMatch: string, puts: Put[], deletes: Delete[]): Promise<EdgeStoreState> {
    const changes = {
      ...(puts.length > 0 ? { Puts: puts } : {}),
      ...(deletes.length > 0 ? { Deletes: deletes } : {}),
    };
    return stateOf(await client.send(new UpdateKeysCommand({ ...store, IfMatch: ifMatch, ...changes })));
  }

  /**
   * Deletes keys of which some are missing. All of them are put first, so that none is missing any more. The version
   * changes even if all were missing: a process that read the old version can write nothing after this. A full store
   * has no room for them, and the caller tries fewer. A key that is there is then removed, and leaves room for the
   * others.
   */
  async function updateTwice(ifMatch: string, puts: Put[], deletes: Delete[]): Promise<EdgeStoreState> {
    const emptied = deletes.map(({ Key }) => ({ Key, Value: NOTHING_REVOKED }));
    const { version } = await update(ifMatch, [...puts, ...emptied], []);
    return update(version, [], deletes);
  }

  return {
    describe: async () => stateOf(await client.send(new DescribeKeyValueStoreCommand(store))),

    async write(ifMatch, entries) {
      const puts = entries.flatMap(({ key, entry }) =>
        entry === undefined ? [] : [{ Key: key, Value: entry }],
      );
      const deletes = entries.filter(({ entry }) => entry === undefined).map(({ key }) => ({ Key: key }));
      try {
        try {
          return await update(ifMatch, puts, deletes);
        } catch (error) {
          // One missing key fails the whole call. A key can be missing if an earlier answer was lost.
          if (deletes.length === 0 || !(error instanceof ResourceNotFoundException)) throw error;
          return await updateTwice(ifMatch, puts, deletes);
        }
      } catch (error) {
        if (error instanceof ConflictException) return false;
        if (error instanceof ServiceQuotaExceededException) throw new EdgeRefusal('full', { cause: error });
        // The words of AWS may quote the entry. The log must not have it.
        if (error instanceof ValidationException) throw new EdgeRefusal('invalid');
        throw error;
      }
    },
  };
}

/** @throws Error for an answer without an ETag, which must not count as a write */
function stateOf(answer: {
  ETag?: string | undefined;
  TotalSizeInBytes?: number | undefined;
}): EdgeStoreState {
  const { ETag: version, TotalSizeInBytes: bytes = 0 } = answer;
  if (!version) throw new Error('the KeyValueStore gave no ETag');
  return { version, bytes };
}

// The service takes Signature Version 4A only. The client finds its signer through this import.

/**
 * A client of the CloudFront KeyValueStore data plane.
 * @param options.endpoint another server of that API; by itself the client puts the account id in front of the host
 * @param options.credentials if they are left out, the SDK uses its own chain
 */
export function createKeyValueStoreClient(
  options: { endpoint?: string } & Pick<
    CloudFrontKeyValueStoreClientConfig,
    'region' | 'credentials' | 'maxAttempts' | 'requestHandler'
  >,
): CloudFrontKeyValueStoreClient {
  const { endpoint, ...rest } = options;
  if (endpoint === undefined) return new CloudFrontKeyValueStoreClient(rest);
  const signing = {
    name: 'sigv4a',
    signingName: 'cloudfront-keyvaluestore',
    properties: {},
    signingRegion: '*',
    signingRegionSet: ['*'],
  };
  const url = new URL(endpoint);
  return new CloudFrontKeyValueStoreClient({
    ...rest,
    endpointProvider: () => ({ url, properties: { authSchemes: [signing] } }),
  });
}
