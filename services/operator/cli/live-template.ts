import { CloudFront } from '@aws-sdk/client-cloudfront';
import { MANAGED_POLICIES } from '@cloudfront-cookie-gateway/local-cloudfront/template/managed-policies';
import {
  listOf,
  recordAt,
  textOf,
  textsOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { templateConfigOf, withoutQuantities, withPlainLists } from './distribution-config.ts';

export interface LiveConfiguration {
  /** A CloudFormation template. Each resource has its id or name in the account. */
  template: unknown;
  /** The names that viewers type. */
  hosts: string[];
  /** The parts of the distribution that could not be read, with the missing permission. */
  unread: string[];
}

/**
 * Reads the deployed distribution with the credentials of this shell. It changes nothing.
 * @throws Error if the distribution itself cannot be read
 */
export async function readLive(id: string): Promise<LiveConfiguration> {
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
  ]);
  parts.add('AWS::CloudFront::Distribution', id, { DistributionConfig: config });
  return {
    // JSON has no undefined members, and neither has a template.
    template: JSON.parse(JSON.stringify({ Resources: parts.resources })),
    hosts: [...textsOf(config['Aliases']), found?.DomainName ?? ''],
    // The answers come in any order. Two runs say the same.
    unread: [...parts.unread].toSorted(),
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
    MANAGED_POLICIES['AWS::CloudFront::CachePolicy'].has(cache) ||
      parts.read('AWS::CloudFront::CachePolicy', cache, 'cloudfront:GetCachePolicy', async (Id) => ({
        CachePolicyConfig: withPlainLists(
          (await client.getCachePolicy({ Id })).CachePolicy?.CachePolicyConfig,
        ),
      })),
    MANAGED_POLICIES['AWS::CloudFront::OriginRequestPolicy'].has(request) ||
      parts.read(
        'AWS::CloudFront::OriginRequestPolicy',
        request,
        'cloudfront:GetOriginRequestPolicy',
        async (Id) => {
          const { OriginRequestPolicy: policy } = await client.getOriginRequestPolicy({ Id });
          return { OriginRequestPolicyConfig: withPlainLists(policy?.OriginRequestPolicyConfig) };
        },
      ),
    MANAGED_POLICIES['AWS::CloudFront::ResponseHeadersPolicy'].has(headers) ||
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
      Name,
      AutoPublish: true,
      FunctionCode: Buffer.from(code ?? []).toString(),
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

/** Options of every client: each call ends. The SDK tries calls again by itself. */
const CALLS = {
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
};

/** The resources of a template, collected while they are read. */
interface Parts {
  resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  /** The parts of the distribution that could not be read, with the missing permission. */
  unread: Set<string>;
  add(type: string, logicalId: string, properties: Record<string, unknown>): void;
  /**
   * Reads a resource once. If this is not allowed, it reports the missing permission. Without an id there is no call.
   */
  read(
    type: string,
    id: string | undefined,
    permission: string,
    ask: (id: string) => Promise<Record<string, unknown>>,
  ): Promise<void>;
}

function partsOf(): Parts {
  const asked = new Set<string>();
  const parts: Parts = {
    resources: {},
    unread: new Set(),
    add(type, logicalId, properties) {
      parts.resources[logicalId] = { Type: type, Properties: properties };
    },
    async read(type, id, permission, ask) {
      if (!id || asked.has(`${type} ${id}`)) return;
      asked.add(`${type} ${id}`);
      try {
        parts.add(type, id, await ask(id));
      } catch (error) {
        parts.unread.add(
          `${type.replace(/^.*::/, '')} ${id}: ${codeOf(error)}; grant ${permission} to read it`,
        );
      }
    },
  };
  return parts;
}

/** The name of an AWS error. Its message is not shown: it may contain a signed address. */
function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : 'it cannot be read';
}
