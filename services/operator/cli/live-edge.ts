import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import { listOf, recordAt, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { UsageError } from './command-line.ts';
import { createLiveStore } from './live-store.ts';

/** A deployed distribution as a local one. */
export interface LiveEdge {
  /** Also reads what the functions ask of their KeyValueStores. */
  decide: LocalCloudFront['decide'];
  /** The entries of KeyValueStores that were read. Complete after `decide`, as `unseen` is. */
  entries(): [key: string, value: string][];
  /** The parts that could not be read. */
  unseen(): string[];
}

/** The local CloudFront does not model these. None of them lets a request in. */
const LEFT_OUT = [
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
  asked: { protocol: string; host: string },
  env: Record<string, string | undefined>,
  now: () => number,
): Promise<LiveEdge> {
  // The AWS client is loaded only for this command.
  const { readLive } = await import('./live-template.ts');
  try {
    const { template, hosts, unread } = await readLive(id);
    const names = hosts.map((host) => (isCovered(asked.host, host) ? asked.host : host));
    const [origin = '', ...otherOrigins] = names.map((host) => `${asked.protocol}://${host.toLowerCase()}`);
    const resources = Object.entries(recordAt(template, 'Resources'));
    const ofType = (type: string) => resources.filter(([, one]) => recordAt(one)['Type'] === type);
    const origins = ofType('AWS::CloudFront::Distribution').flatMap(([, one]) =>
      listOf(recordAt(one, 'Properties', 'DistributionConfig')['Origins']),
    );
    const arns = ofType('AWS::CloudFront::Function').flatMap(([, one]) =>
      listOf(recordAt(one, 'Properties', 'FunctionConfig')['KeyValueStoreAssociations']).map((store) =>
        textOf(recordAt(store)['KeyValueStoreARN']),
      ),
    );
    const stores = [...new Set(arns)].map((arn) => createLiveStore(arn, env));
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
        keyValueStores: Object.fromEntries(stores.map(({ name, reader }) => [name, reader])),
      },
    });
    return {
      async decide(request) {
        let decision = await edge.decide(request);
        while ((await Promise.all(stores.map((store) => store.readAsked()))).includes(true)) {
          decision = await edge.decide(request);
        }
        return decision;
      },
      entries: () => stores.flatMap((store) => store.entries()),
      unseen: () => [...unread, ...stores.flatMap(({ fault }) => fault() ?? []), ...edge.ignored],
    };
  } catch (cause) {
    const words = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new UsageError(`${id}: ${words}`, { cause });
  }
}

/** An alias may be `*.example.com`. */
function isCovered(host: string, alias: string): boolean {
  return alias.startsWith('*.') && host.toLowerCase().endsWith(alias.slice(1).toLowerCase());
}
