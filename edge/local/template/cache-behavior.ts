import type { KeyObject } from 'node:crypto';
import { type CachePolicy, readCachePolicy } from './cache-policy.ts';
import { type EdgeFunctionSource, readFunctions } from './functions.ts';
import type { OriginSettings } from './origin-binding.ts';
import { type ResponseHeadersPolicy, readResponseHeadersPolicy } from './response-headers-policy.ts';
import type { ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';
import { readTrustedKeys } from './trusted-keys.ts';

/** A cache behavior: what the distribution does with the requests whose path its pattern takes. */
export interface CacheBehavior {
  /** `*` for the default one. */
  pathPattern: string;
  origin: OriginSettings;
  allowedMethods: string[];
  viewerProtocolPolicy: 'allow-all' | 'https-only' | 'redirect-to-https';
  /** The keys of the trusted key groups, by key pair id; undefined where the behavior asks for no signature. */
  trustedKeys: ReadonlyMap<string, KeyObject> | undefined;
  cachePolicy: CachePolicy;
  functions: { viewerRequest?: EdgeFunctionSource; viewerResponse?: EdgeFunctionSource };
  responseHeadersPolicy?: ResponseHeadersPolicy;
}

const MODELLED = [
  ...['AllowedMethods', 'CachedMethods', 'CachePolicyId', 'Compress', 'FunctionAssociations'],
  ...['ResponseHeadersPolicyId', 'TargetOriginId', 'TrustedKeyGroups', 'ViewerProtocolPolicy'],
];

/** The behaviors in the order in which they are tried: the listed ones, then the default one. */
export function readCacheBehaviors(
  shape: ShapeReader,
  template: ResolvedTemplate,
  origins: ReadonlyMap<string, OriginSettings>,
  config: Record<string, unknown>,
): CacheBehavior[] {
  const read = (raw: unknown, at: string, pattern?: '*') =>
    readCacheBehavior(shape, template, origins, raw, at, pattern);
  const listAt = 'Distribution.CacheBehaviors';
  const listed = shape.list(config['CacheBehaviors'] ?? [], listAt);
  return [
    ...listed.map((raw, index) => read(raw, `${listAt}[${index}]`)),
    read(config['DefaultCacheBehavior'], 'Distribution.DefaultCacheBehavior', '*'),
  ].filter((behavior) => behavior !== undefined);
}

function readCacheBehavior(
  shape: ShapeReader,
  template: ResolvedTemplate,
  origins: ReadonlyMap<string, OriginSettings>,
  raw: unknown,
  at: string,
  pattern?: '*',
): CacheBehavior | undefined {
  const behavior = shape.object(raw, at, pattern ? MODELLED : [...MODELLED, 'PathPattern']);
  const pathPattern = pattern ?? shape.text(behavior['PathPattern'], `${at}.PathPattern`);
  shape.oneOf(behavior['Compress'] ?? false, `${at}.Compress`, [false]);
  const allowedMethods = behavior['AllowedMethods'] ?? ['GET', 'HEAD'];
  for (const [name, list] of [
    ['AllowedMethods', allowedMethods],
    ['CachedMethods', behavior['CachedMethods'] ?? ['GET', 'HEAD']],
  ] as const) {
    for (const method of shape.texts(list, `${at}.${name}`)) {
      shape.oneOf(method, `${at}.${name}`, ['GET', 'HEAD']);
    }
  }
  const policies = ['allow-all', 'https-only', 'redirect-to-https'] as const;
  const policyId = behavior['ResponseHeadersPolicyId'];
  const responseHeadersPolicy =
    policyId === undefined
      ? undefined
      : readResponseHeadersPolicy(shape, template, policyId, `${at}.ResponseHeadersPolicyId`);
  const targetId = behavior['TargetOriginId'];
  const origin = origins.get(String(targetId));
  const groups = shape.list(behavior['TrustedKeyGroups'] ?? [], `${at}.TrustedKeyGroups`);
  const read = {
    pathPattern,
    allowedMethods: shape.texts(allowedMethods, `${at}.AllowedMethods`),
    viewerProtocolPolicy:
      shape.oneOf(behavior['ViewerProtocolPolicy'], `${at}.ViewerProtocolPolicy`, policies) ?? 'https-only',
    trustedKeys:
      groups.length === 0 ? undefined : readTrustedKeys(shape, template, groups, `${at}.TrustedKeyGroups`),
    cachePolicy: readCachePolicy(shape, template, behavior['CachePolicyId'], `${at}.CachePolicyId`),
    functions: readFunctions(
      shape,
      template,
      behavior['FunctionAssociations'] ?? [],
      `${at}.FunctionAssociations`,
    ),
    ...(responseHeadersPolicy ? { responseHeadersPolicy } : {}),
  };
  if (origin) return { ...read, origin };
  shape.fault(`${at}.TargetOriginId: ${String(targetId)} has no usable origin`);
  return undefined;
}
