import { CloudFront } from '@aws-sdk/client-cloudfront';
import { EDGE_REGION } from '@cloudfront-cookie-gateway/infra/values';
import { type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';

/** Names that CloudFront gives only once in an account. */
export interface CloudFrontNames {
  distributions: { id: string; aliases: string[] }[];
  keyGroups: string[];
  cachePolicies: string[];
  headersPolicies: string[];
  originAccessControls: string[];
  keyValueStores: string[];
  functions: string[];
  publicKeys: string[];
}

type Page<T> = { Items?: T[] | undefined; NextMarker?: string | undefined } | undefined;

/**
 * @returns the lists that could be read, and the failures of the others
 */
export async function listCloudFront(): Promise<{ names: Partial<CloudFrontNames>; failures: Finding[] }> {
  const client = new CloudFront({ ...CALLS, region: EDGE_REGION });
  const custom = { Type: 'custom' } as const;
  const lists: { [Kind in keyof CloudFrontNames]: () => Promise<CloudFrontNames[Kind]> } = {
    distributions: async () => {
      const items = await all(async (at) => (await client.listDistributions(at)).DistributionList);
      return items.map(({ Id = '', Aliases }) => ({ id: Id, aliases: Aliases?.Items ?? [] }));
    },
    keyGroups: async () => {
      const items = await all(async (at) => (await client.listKeyGroups(at)).KeyGroupList);
      return names(items.map(({ KeyGroup }) => KeyGroup?.KeyGroupConfig?.Name));
    },
    cachePolicies: async () => {
      const items = await all(
        async (at) => (await client.listCachePolicies({ ...at, ...custom })).CachePolicyList,
      );
      return names(items.map(({ CachePolicy }) => CachePolicy?.CachePolicyConfig?.Name));
    },
    headersPolicies: async () => {
      const list = 'ResponseHeadersPolicyList';
      const items = await all(
        async (at) => (await client.listResponseHeadersPolicies({ ...at, ...custom }))[list],
      );
      return names(items.map((one) => one.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig?.Name));
    },
    originAccessControls: async () => {
      const list = 'OriginAccessControlList';
      return named(await all(async (at) => (await client.listOriginAccessControls(at))[list]));
    },
    keyValueStores: async () =>
      named(await all(async (at) => (await client.listKeyValueStores(at)).KeyValueStoreList)),
    functions: async () => {
      return named(await all(async (at) => (await client.listFunctions(at)).FunctionList));
    },
    publicKeys: async () => named(await all(async (at) => (await client.listPublicKeys(at)).PublicKeyList)),
  };
  const found: Partial<CloudFrontNames> = {};
  const read = async (kind: keyof CloudFrontNames) => {
    Object.assign(found, { [kind]: await lists[kind]() });
    return [];
  };
  const failures = await Promise.all(
    KINDS.map((kind) => look({ resource: `CloudFront ${kind}` }, 'cloudfront:List*', () => read(kind))),
  );
  return { names: found, failures: failures.flat() };
}

const KINDS = [
  ...(['distributions', 'keyGroups', 'cachePolicies', 'headersPolicies'] as const),
  ...(['originAccessControls', 'keyValueStores', 'functions', 'publicKeys'] as const),
];

function named(items: { Name?: string | undefined }[]): string[] {
  return names(items.map(({ Name }) => Name));
}

function names(list: (string | undefined)[]): string[] {
  return list.flatMap((name) => name ?? []);
}

async function all<T>(list: (at: { Marker: string | undefined }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let marker: string | undefined;
  do {
    const page = await list({ Marker: marker });
    items.push(...(page?.Items ?? []));
    marker = page?.NextMarker;
  } while (marker);
  return items;
}
