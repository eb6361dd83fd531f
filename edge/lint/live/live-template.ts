import type { CloudFront } from '@aws-sdk/client-cloudfront';
import { listOf, recordAt, textOf, textsOf } from '../../local/template/lenient.ts';
import {
  MANAGED_CACHE_POLICIES,
  MANAGED_ORIGIN_REQUEST_POLICIES,
  MANAGED_RESPONSE_HEADERS_POLICIES,
} from '../../local/template/managed-policies.ts';
import { CALLS, loaded, type Parts, partsOf } from './calls.ts';
import { templateConfigOf, withoutQuantities, withPlainLists } from './distribution-config.ts';
import { bucketResources } from './s3.ts';

export interface LiveConfiguration {
  /** A CloudFormation template. Each resource has its id or name in the account. */
  template: unknown;
  /** The names that viewers type. */
  hosts: string[];
  /** The parts of the distribution that could not be read, with the missing permission. */
  unread: string[];
  /** These parts, the same of its buckets, and the things that no API tells. */
  unseen: string[];
}

/** The facts that no API tells, or that no API tells for one distribution alone. */
const NEVER_SEEN = [
  'standard logging v2: its deliveries belong to CloudWatch Logs',
  'keys of the account that no key group of this distribution has',
  'other distributions, which may have the same origins',
];

/**
 * Reads the deployed distribution with the credentials of this shell. It changes nothing.
 * @throws Error if the distribution itself cannot be read
 */
export async function readLive(id: string): Promise<LiveConfiguration> {
  const { CloudFront } = await loaded(
    '@aws-sdk/client-cloudfront',
    () => import('@aws-sdk/client-cloudfront'),
  );
  // CloudFront's API has one region.
  const client = new CloudFront({ region: 'us-east-1', ...CALLS });
  const { Distribution: found } = await client.getDistribution({ Id: id });
  const config = templateConfigOf(found?.DistributionConfig);
  const parts = partsOf();
  const behaviors = [...listOf(config['CacheBehaviors']), config['DefaultCacheBehavior']].map((one) =>
    recordAt(one),
  );
  await Promise.all([
    ...behaviors.map((behavior) => readBehavior(client, parts, behavior)),
    ...listOf(config['Origins']).map((origin) => readControl(client, parts, recordAt(origin))),
    bucketResources(parts, listOf(config['Origins'])),
  ]);
  parts.add('AWS::CloudFront::Distribution', id, { DistributionConfig: config });
  return {
    // JSON has no undefined members, and neither has a template.
    template: JSON.parse(JSON.stringify({ Resources: parts.resources })),
    hosts: [...textsOf(config['Aliases']), found?.DomainName ?? ''],
    unread: [...parts.unread],
    unseen: [...parts.unread, ...parts.unreadBuckets, ...NEVER_SEEN],
  };
}

async function readBehavior(
  client: CloudFront,
  parts: Parts,
  behavior: Record<string, unknown>,
): Promise<void> {
  const [cache, request, headers] = ['CachePolicyId', 'OriginRequestPolicyId', 'ResponseHeadersPolicyId'].map(
    (name) => textOf(behavior[name]),
  );
  await Promise.all([
    MANAGED_CACHE_POLICIES.has(cache) ||
      parts.read('AWS::CloudFront::CachePolicy', cache, 'cloudfront:GetCachePolicy', async (Id) => ({
        CachePolicyConfig: withPlainLists(
          (await client.getCachePolicy({ Id })).CachePolicy?.CachePolicyConfig,
        ),
      })),
    MANAGED_ORIGIN_REQUEST_POLICIES.has(request) ||
      parts.read(
        'AWS::CloudFront::OriginRequestPolicy',
        request,
        'cloudfront:GetOriginRequestPolicy',
        async (Id) => {
          const { OriginRequestPolicy: policy } = await client.getOriginRequestPolicy({ Id });
          return { OriginRequestPolicyConfig: withPlainLists(policy?.OriginRequestPolicyConfig) };
        },
      ),
    MANAGED_RESPONSE_HEADERS_POLICIES.has(headers) ||
      parts.read(
        'AWS::CloudFront::ResponseHeadersPolicy',
        headers,
        'cloudfront:GetResponseHeadersPolicy',
        async (Id) => {
          const { ResponseHeadersPolicy: policy } = await client.getResponseHeadersPolicy({ Id });
          return { ResponseHeadersPolicyConfig: withoutQuantities(policy?.ResponseHeadersPolicyConfig) };
        },
      ),
    ...textsOf(behavior['TrustedKeyGroups']).map((group) => readKeyGroup(client, parts, group)),
    ...listOf(behavior['FunctionAssociations']).map((one) =>
      readFunction(client, parts, textOf(recordAt(one)['FunctionARN'])),
    ),
    parts.read(
      'AWS::CloudFront::RealtimeLogConfig',
      lastOf(textOf(behavior['RealtimeLogConfigArn'])),
      'cloudfront:GetRealtimeLogConfig',
      async (Name) => ({
        Name,
        Fields: (await client.getRealtimeLogConfig({ Name })).RealtimeLogConfig?.Fields,
      }),
    ),
  ]);
}

async function readKeyGroup(client: CloudFront, parts: Parts, group: string): Promise<void> {
  let keys: string[] = [];
  await parts.read('AWS::CloudFront::KeyGroup', group, 'cloudfront:GetKeyGroup', async (Id) => {
    const config = (await client.getKeyGroup({ Id })).KeyGroup?.KeyGroupConfig;
    keys = config?.Items ?? [];
    return { KeyGroupConfig: { Name: config?.Name, Items: keys } };
  });
  await Promise.all(
    keys.map((key) =>
      parts.read('AWS::CloudFront::PublicKey', key, 'cloudfront:GetPublicKey', async (Id) => {
        const config = (await client.getPublicKey({ Id })).PublicKey?.PublicKeyConfig;
        // Readers know a key by its name. The name here is the id, which viewers send.
        return { PublicKeyConfig: { Name: Id, EncodedKey: config?.EncodedKey } };
      }),
    ),
  );
}

async function readFunction(client: CloudFront, parts: Parts, arn: string): Promise<void> {
  const permissions = 'cloudfront:GetFunction and cloudfront:DescribeFunction';
  await parts.read('AWS::CloudFront::Function', lastOf(arn), permissions, async (Name) => {
    const [{ FunctionCode: code }, { FunctionSummary: summary }] = await Promise.all([
      client.getFunction({ Name, Stage: 'LIVE' }),
      client.describeFunction({ Name, Stage: 'LIVE' }),
    ]);
    const { Runtime, KeyValueStoreAssociations: stores } = summary?.FunctionConfig ?? {};
    for (const { KeyValueStoreARN: store = '' } of stores?.Items ?? [])
      parts.add('AWS::CloudFront::KeyValueStore', lastOf(store), {});
    return {
      ...{ Name, AutoPublish: true, FunctionCode: Buffer.from(code ?? []).toString() },
      FunctionConfig: { Runtime, KeyValueStoreAssociations: stores?.Items ?? [] },
    };
  });
}

async function readControl(client: CloudFront, parts: Parts, origin: Record<string, unknown>): Promise<void> {
  const id = textOf(origin['OriginAccessControlId']);
  await parts.read(
    'AWS::CloudFront::OriginAccessControl',
    id,
    'cloudfront:GetOriginAccessControl',
    async (Id) => {
      const { OriginAccessControl: control } = await client.getOriginAccessControl({ Id });
      return { OriginAccessControlConfig: control?.OriginAccessControlConfig };
    },
  );
}

function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
