import type { CloudFront } from '@aws-sdk/client-cloudfront';
import type { S3 } from '@aws-sdk/client-s3';
import { MANAGED_CACHE_POLICIES } from '@cloudfront-cookie-gateway/local-cloudfront/template/cache-policy';
import { MANAGED_ORIGIN_REQUEST_POLICIES } from '@cloudfront-cookie-gateway/local-cloudfront/template/origin-request-policy';
import { bucketIn } from '@cloudfront-cookie-gateway/local-cloudfront/template/origins';
import { MANAGED_RESPONSE_HEADERS_POLICIES } from '@cloudfront-cookie-gateway/local-cloudfront/template/response-headers-policy';
import {
  isRecord,
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
  /** `unread`, the parts of its buckets that could not be read, and what no API tells. */
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
    // The answers come in any order. Two runs say the same.
    unseen: [...[...parts.unread].toSorted(), ...[...parts.unreadBuckets].toSorted(), ...NEVER_SEEN],
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
export interface Parts {
  resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  /** The parts of the distribution that could not be read, with the missing permission. */
  unread: Set<string>;
  /** The same of its buckets. */
  unreadBuckets: Set<string>;
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

export function partsOf(): Parts {
  const asked = new Set<string>();
  const parts: Parts = {
    resources: {},
    unread: new Set(),
    unreadBuckets: new Set(),
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

/** @throws Error that says what to install */
async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new Error(`${name} is not installed; reading a live distribution needs it: npm install ${name}`, {
      cause,
    });
  }
}

/** The errors for a setting that does not exist. */
const NOTHING = ['NoSuchBucketPolicy', 'NoSuchPublicAccessBlockConfiguration'];
const EVERYBODY = ['AllUsers', 'AuthenticatedUsers'];

/**
 * The buckets of the origins, as far as the credentials allow: policy, access control list, and the settings that block
 * both.
 */
async function bucketResources(parts: Parts, origins: unknown[]): Promise<void> {
  const hosts = origins.map((origin) => textOf(recordAt(origin)['DomainName']));
  const buckets = new Map(
    hosts.filter((host) => bucketIn(host) !== host).map((host) => [bucketIn(host), regionOf(host)]),
  );
  try {
    const { S3 } = await loaded('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
    await Promise.all(
      [...buckets].map(([name, region]) =>
        readBucket(parts, new S3({ region, followRegionRedirects: true, ...CALLS }), name),
      ),
    );
  } catch (error) {
    for (const name of buckets.keys()) {
      parts.unreadBuckets.add(`bucket ${name}: ${error instanceof Error ? error.message : codeOf(error)}`);
      addBucket(parts, name, {});
    }
  }
}

async function readBucket(parts: Parts, s3: S3, name: string): Promise<void> {
  const Bucket = name;
  async function read<T>(what: string, permission: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!NOTHING.includes(codeOf(error)))
        parts.unreadBuckets.add(
          `bucket ${name}: its ${what}: ${codeOf(error)}; grant ${permission} to read it`,
        );
      return undefined;
    }
  }
  const [policy, block, acl] = await Promise.all([
    read('policy', 's3:GetBucketPolicy', async () => (await s3.getBucketPolicy({ Bucket })).Policy),
    read(
      'Block Public Access',
      's3:GetBucketPublicAccessBlock',
      async () => (await s3.getPublicAccessBlock({ Bucket })).PublicAccessBlockConfiguration,
    ),
    read('access control list', 's3:GetBucketAcl', async () => (await s3.getBucketAcl({ Bucket })).Grants),
  ]);
  const isOpen = (acl ?? []).some(({ Grantee }) => EVERYBODY.includes(lastOf(Grantee?.URI ?? '')));
  addBucket(parts, name, {
    ...(block ? { PublicAccessBlockConfiguration: block } : {}),
    ...(isOpen ? { AccessControl: 'PublicRead' } : {}),
  });
  const document: unknown = policy === undefined ? undefined : JSON.parse(policy);
  if (isRecord(document))
    parts.add('AWS::S3::BucketPolicy', `${name}/policy`, { Bucket: name, PolicyDocument: document });
}

/** A function or a log may have the name of the bucket, so the bucket's id is another. */
function addBucket(parts: Parts, name: string, properties: Record<string, unknown>): void {
  parts.add('AWS::S3::Bucket', `${name}/bucket`, { BucketName: name, ...properties });
}

function regionOf(host: string): string {
  return /\.s3(?:-website)?[.-](?:dualstack\.)?([a-z]{2}-[a-z]+-\d)\./.exec(host)?.[1] ?? 'us-east-1';
}
