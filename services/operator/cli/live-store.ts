import { GetKeyCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { createKeyValueStoreClient } from '@cloudfront-cookie-gateway/auth/adapters/edge-store';
import type { KeyValueReader } from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';

/** A KeyValueStore in AWS, of which only what the functions ask for is read. */
export interface LiveStore {
  name: string;
  /** The entries so far. A key that was not read yet is noted, and is not there. */
  reader: KeyValueReader;
  /**
   * Reads the keys that were asked for since the last time.
   * @returns whether there were any, so that the functions must be asked again
   */
  readAsked(): Promise<boolean>;
  /** The entries that were there. */
  entries(): [key: string, value: string][];
  /** What could not be read. */
  fault(): string | undefined;
}

/** The most keys that are read for one request. The functions of this project ask for two at most. */
const MAX_KEYS = 20;

/** @param env has the SDK's own setting of another endpoint. By itself, the client puts the account's id before the host */
export function createLiveStore(arn: string, env: Record<string, string | undefined>): LiveStore {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const endpoint = env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE'];
  const client = createKeyValueStoreClient({ region: 'us-east-1', ...(endpoint ? { endpoint } : {}) });
  const read = new Map<string, string | undefined>();
  const asked = new Set<string>();
  let why: string | undefined;

  async function readKey(key: string): Promise<string | undefined> {
    try {
      return (await client.send(new GetKeyCommand({ KvsARN: arn, Key: key }))).Value;
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) {
        why = error instanceof Error ? error.name : 'it cannot be read';
      }
      return undefined;
    }
  }

  return {
    name,
    reader: {
      get(key) {
        if (!read.has(key)) asked.add(key);
        return read.get(key);
      },
      get size() {
        return read.size;
      },
    },
    async readAsked() {
      const keys = [...asked];
      asked.clear();
      if (read.size + keys.length > MAX_KEYS) {
        why = `its function asks for more than ${MAX_KEYS} keys`;
        return false;
      }
      const values = await Promise.all(keys.map(readKey));
      for (const [index, key] of keys.entries()) read.set(key, values[index]);
      return keys.length > 0;
    },
    entries: () => [...read].flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    fault: () =>
      why === undefined ? undefined : `KeyValueStore ${name}: ${why}; a revocation would not be seen`,
  };
}
