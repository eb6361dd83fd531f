import { CloudFront } from '@aws-sdk/client-cloudfront';
import { EDGE_REGION } from '../../../infra/edge-metrics.ts';
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

/** The most that CloudFront lists at once. */
const MaxItems = 100;

type Page<T> = { Items?: T[] | undefined; NextMarker?: string | undefined } | undefined;

export async function listCloudFront(): Promise<CloudFrontNames> {
  const client = new CloudFront({ ...CALLS, region: EDGE_REGION });
  const [distributions, keyGroups, cachePolicies, headersPolicies, controls, stores, functions, keys] =
    await Promise.all([
      all(async (at) => (await client.listDistributions({ ...at, MaxItems })).DistributionList),
      all(async (at) => (await client.listKeyGroups({ ...at, MaxItems })).KeyGroupList),
      all(
        async (at) => (await client.listCachePolicies({ ...at, Type: 'custom', MaxItems })).CachePolicyList,
      ),
      all(
        async (at) =>
          (await client.listResponseHeadersPolicies({ ...at, Type: 'custom', MaxItems }))
            .ResponseHeadersPolicyList,
      ),
      all(async (at) => (await client.listOriginAccessControls({ ...at, MaxItems })).OriginAccessControlList),
      all(async (at) => (await client.listKeyValueStores({ ...at, MaxItems })).KeyValueStoreList),
      all(async (at) => (await client.listFunctions({ ...at, Stage: 'DEVELOPMENT', MaxItems })).FunctionList),
      all(async (at) => (await client.listPublicKeys({ ...at, MaxItems })).PublicKeyList),
    ]);
  const names = (list: (string | undefined)[]) => list.flatMap((name) => name ?? []);
  return {
    distributions: distributions.map(({ Id = '', Aliases }) => ({ id: Id, aliases: Aliases?.Items ?? [] })),
    keyGroups: names(keyGroups.map(({ KeyGroup }) => KeyGroup?.KeyGroupConfig?.Name)),
    cachePolicies: names(cachePolicies.map(({ CachePolicy }) => CachePolicy?.CachePolicyConfig?.Name)),
    headersPolicies: names(
      headersPolicies.map(({ ResponseHeadersPolicy: one }) => one?.ResponseHeadersPolicyConfig?.Name),
    ),
    originAccessControls: names(controls.map(({ Name }) => Name)),
    keyValueStores: names(stores.map(({ Name }) => Name)),
    functions: names(functions.map(({ Name }) => Name)),
    publicKeys: names(keys.map(({ Name }) => Name)),
  };
}

async function all<T>(list: (at: { Marker: string | undefined }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let marker: string | undefined;
  do {
    const page = await list({ Marker: marker });
    items.push(...(page?.Items ?? []));
    marker = page?.NextMarker || undefined;
  } while (marker !== undefined);
  return items;
}
