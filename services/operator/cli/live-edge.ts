import { GetKeyCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { createKeyValueStoreClient } from '@cloudfront-cookie-gateway/auth/adapters/edge-store';
import { readPath } from '@cloudfront-cookie-gateway/core/canonical-path';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import { listOf, recordAt, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { UsageError } from './command-line.ts';

/** A deployed distribution as a local one, and the parts of it that could not be read. */
export interface LiveEdge {
  edge: LocalCloudFront;
  unseen: string[];
}

/** The local CloudFront does not model these. None of them lets a request in. */
const LEFT_OUT = [
  'WebACLId',
  'GeoRestriction',
  'LambdaFunctionAssociations',
  'RealtimeLogConfigArn',
  'ServerTimingHeadersConfig',
  'ResponseCompletionTimeout',
  'OwnerAccountId',
];

/**
 * Reads the live configuration of a distribution, with the credentials of this shell.
 * @param asked the address that somebody opened
 * @throws UsageError if the configuration cannot be read, or holds something that is not modelled
 */
export async function liveEdge(
  id: string,
  asked: { protocol: string; host: string; path: string },
  env: Record<string, string | undefined>,
  now: () => number,
): Promise<LiveEdge> {
  // The AWS client is loaded only for this command.
  const { readLive } = await import('@cloudfront-cookie-gateway/lint/live/live-template');
  try {
    const { template, hosts, unread } = await readLive(id);
    const names = hosts.map((host) => (isCovered(asked.host, host) ? asked.host : host));
    const [origin = '', ...otherOrigins] = names.map((host) => `${asked.protocol}://${host.toLowerCase()}`);
    const resources = Object.entries(recordAt(template, 'Resources'));
    const ofType = (type: string) => resources.filter(([, one]) => recordAt(one)['Type'] === type);
    const origins = ofType('AWS::CloudFront::Distribution').flatMap(([, one]) =>
      listOf(recordAt(one, 'Properties', 'DistributionConfig')['Origins']),
    );
    const stores = ofType('AWS::CloudFront::Function').flatMap(([, one]) =>
      listOf(recordAt(one, 'Properties', 'FunctionConfig')['KeyValueStoreAssociations']).map((store) =>
        textOf(recordAt(store)['KeyValueStoreARN']),
      ),
    );
    const found = await Promise.all([...new Set(stores)].map((arn) => readEntry(arn, asked.path, env)));
    const edge = createLocalCloudFront({
      template,
      ignore: LEFT_OUT,
      bindings: {
        origin,
        otherOrigins,
        region: 'us-east-1',
        accountId: '000000000000',
        httpCountsAsHttps: false,
        now,
        // Nothing is ever sent to these addresses.
        origins: Object.fromEntries(
          origins.map((one) => [textOf(recordAt(one)['Id']), { url: 'http://localhost' }]),
        ),
        keyPairIds: Object.fromEntries(ofType('AWS::CloudFront::PublicKey').map(([key]) => [key, key])),
        keyValueStores: Object.fromEntries(found.map(({ name, entries }) => [name, entries])),
      },
    });
    const ofStores = found.flatMap(({ fault }) => fault ?? []);
    return { edge, unseen: [...unread, ...ofStores, ...edge.ignored] };
  } catch (cause) {
    const words = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new UsageError(`${id}: ${words}`, { cause });
  }
}

/** An alias may be `*.example.com`. */
function isCovered(host: string, alias: string): boolean {
  return alias.startsWith('*.') && host.toLowerCase().endsWith(alias.slice(1).toLowerCase());
}

/**
 * Reads the KeyValueStore's entry of the user whose folder was asked for. For a user's folder, the function of this
 * project reads no other key. The keys for a team's folder are known only from a cookie.
 */
async function readEntry(arn: string, path: string, env: Record<string, string | undefined>) {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const owner = readPath(path);
  const entries = new Map<string, string>();
  if (owner === undefined) return { name, entries };
  const notSeen = (why: string) => `KeyValueStore ${name}: ${why}; a revocation would not be seen`;
  if (owner.isTeam) return { name, entries, fault: notSeen("a team's entries are not read") };
  const userId = owner.ownerId;
  // The SDK's own setting. By itself, the client puts the account's id in front of the host.
  const endpoint = env['AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE'];
  const client = createKeyValueStoreClient({ region: 'us-east-1', ...(endpoint ? { endpoint } : {}) });
  try {
    entries.set(userId, (await client.send(new GetKeyCommand({ KvsARN: arn, Key: userId }))).Value ?? '');
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) {
      const words = error instanceof Error ? error.name : 'it cannot be read';
      return { name, entries, fault: notSeen(words) };
    }
  }
  return { name, entries };
}
