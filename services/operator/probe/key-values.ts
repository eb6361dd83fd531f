import {
  type CloudFrontKeyValueStoreClient,
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  PutKeyCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';

/** A KeyValueStore, and a client that does not retry. */
export interface KeyValuePlace {
  client: CloudFrontKeyValueStoreClient;
  arn: string;
}

/**
 * Writes 50 times to one key at once, all with the same ETag.
 * @returns how many writes ended in which way: `written`, or an error's name
 */
export async function writeAtOnce(
  { client, arn }: KeyValuePlace,
  key: string,
  value: string,
): Promise<string> {
  const IfMatch = await etagOf({ client, arn });
  const write = () =>
    client.send(new UpdateKeysCommand({ KvsARN: arn, IfMatch, Puts: [{ Key: key, Value: value }] }));
  const ends = await Promise.all(Array.from({ length: 50 }, async () => (await errorOf(write)) ?? 'written'));
  const names = ['written', ...new Set(ends.filter((end) => end !== 'written'))];
  return names.map((name) => `${ends.filter((end) => end === name).length} ${name}`).join(', ');
}

export async function putKey({ client, arn }: KeyValuePlace, key: string, value: string): Promise<void> {
  const IfMatch = await etagOf({ client, arn });
  await client.send(new PutKeyCommand({ KvsARN: arn, IfMatch, Key: key, Value: value }));
}

/**
 * Deletes a key that does not exist, by UpdateKeys.
 * @returns the error's name; undefined if there was no error
 */
export async function deleteMissingKey(
  { client, arn }: KeyValuePlace,
  key: string,
): Promise<string | undefined> {
  const IfMatch = await etagOf({ client, arn });
  return await errorOf(() =>
    client.send(new UpdateKeysCommand({ KvsARN: arn, IfMatch, Deletes: [{ Key: key }] })),
  );
}

/** Deletes a key, if it exists. It tries again if somebody else writes meanwhile. */
export async function deleteKey({ client, arn }: KeyValuePlace, key: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const IfMatch = await etagOf({ client, arn });
    const error = await errorOf(() => client.send(new DeleteKeyCommand({ KvsARN: arn, IfMatch, Key: key })));
    if (error === undefined || error === 'ResourceNotFoundException') return;
    if (tries === 9) throw new Error(`the KeyValueStore keeps ${key}: ${error}`);
  }
}

async function etagOf({ client, arn }: KeyValuePlace): Promise<string | undefined> {
  return (await client.send(new DescribeKeyValueStoreCommand({ KvsARN: arn }))).ETag;
}

async function errorOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : 'an error';
  }
}
