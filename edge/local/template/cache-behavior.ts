import type { KeyObject } from 'node:crypto';
import { type CachePolicy, readCachePolicy, readForwardedValues } from './cache-policy.ts';
import { type EdgeFunctionSource, readFunctions } from './functions.ts';
import {
  MANAGED_CACHE_POLICIES,
  MANAGED_ORIGIN_REQUEST_POLICIES,
  MANAGED_RESPONSE_HEADERS_POLICIES,
} from './managed-policies.ts';
import { type OriginRequestPolicy, readOriginRequestPolicy } from './origin-request-policy.ts';
import type { OriginTarget } from './origins.ts';
import { type ResponseHeadersPolicy, readResponseHeadersPolicy } from './response-headers-policy.ts';
import type { ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';
import { readTrustedKeys } from './trusted-keys.ts';

/** A cache behavior: the rules for requests whose path matches its pattern. */
export interface CacheBehavior {
  /** `*` for the default behavior. */
  pathPattern: string;
  origin: OriginTarget;
  allowedMethods: string[];
  /** Whether answers to OPTIONS are kept. Answers to GET and HEAD always are. */
  keepsOptions: boolean;
  viewerProtocolPolicy: 'allow-all' | 'https-only' | 'redirect-to-https';
  /** The keys of the trusted key groups, by key pair id. Undefined if the behavior asks for no signature. */
  trustedKeys: ReadonlyMap<string, KeyObject> | undefined;
  cachePolicy: CachePolicy;
  originRequestPolicy?: OriginRequestPolicy;
  isCompressed: boolean;
  functions: { viewerRequest?: EdgeFunctionSource; viewerResponse?: EdgeFunctionSource };
  responseHeadersPolicy?: ResponseHeadersPolicy;
}

const MODELLED = [
  ...['AllowedMethods', 'CachedMethods', 'CachePolicyId', 'Compress', 'FunctionAssociations'],
  ...['ForwardedValues', 'MinTTL', 'DefaultTTL', 'MaxTTL', 'OriginRequestPolicyId'],
  ...['ResponseHeadersPolicyId', 'TargetOriginId', 'TrustedKeyGroups', 'ViewerProtocolPolicy'],
  // These are accepted if they are empty. Templates that people write by hand have such properties.
  ...[
    'SmoothStreaming',
    'FieldLevelEncryptionId',
    'TrustedSigners',
    'LambdaFunctionAssociations',
    'GrpcConfig',
  ],
];

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
/** The three sets that CloudFront takes (DG: allowed HTTP methods). */
const METHOD_SETS = [METHODS.slice(0, 2), METHODS.slice(0, 3), METHODS];

type Read = (raw: unknown, at: string, pattern?: '*') => CacheBehavior | undefined;

/** The behaviors in the order in which they are tried: first the listed ones, then the default one. */
export function readCacheBehaviors(
  shape: ShapeReader,
  template: ResolvedTemplate,
  origins: ReadonlyMap<string, OriginTarget | 'unusable'>,
  config: Record<string, unknown>,
): CacheBehavior[] {
  const read: Read = (raw, at, pattern) => readCacheBehavior(shape, template, origins, raw, at, pattern);
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
  origins: ReadonlyMap<string, OriginTarget | 'unusable'>,
  raw: unknown,
  at: string,
  pattern?: '*',
): CacheBehavior | undefined {
  const behavior = shape.object(raw, at, pattern ? MODELLED : [...MODELLED, 'PathPattern']);
  const pathPattern = pattern ?? shape.text(behavior['PathPattern'], `${at}.PathPattern`);
  checkEmpty(shape, behavior, at);
  const policies = ['allow-all', 'https-only', 'redirect-to-https'] as const;
  const policyId = behavior['ResponseHeadersPolicyId'];
  const policyAt = `${at}.ResponseHeadersPolicyId`;
  const responseHeadersPolicy =
    policyId === undefined
      ? undefined
      : (MANAGED_RESPONSE_HEADERS_POLICIES.get(policyId) ??
        readResponseHeadersPolicy(shape, template, policyId, policyAt));
  const targetId = behavior['TargetOriginId'];
  const origin = origins.get(String(targetId));
  const groups = shape.list(behavior['TrustedKeyGroups'] ?? [], `${at}.TrustedKeyGroups`);
  const isCompressed = shape.flag(behavior['Compress'] ?? false, `${at}.Compress`);
  const read = {
    pathPattern,
    ...readMethods(shape, behavior, at),
    viewerProtocolPolicy:
      shape.oneOf(behavior['ViewerProtocolPolicy'], `${at}.ViewerProtocolPolicy`, policies) ?? 'https-only',
    trustedKeys:
      groups.length === 0 ? undefined : readTrustedKeys(shape, template, groups, `${at}.TrustedKeyGroups`),
    ...readRequestPolicies(shape, template, behavior, isCompressed, at),
    isCompressed,
    functions: readFunctions(
      shape,
      template,
      behavior['FunctionAssociations'] ?? [],
      `${at}.FunctionAssociations`,
    ),
    ...(responseHeadersPolicy ? { responseHeadersPolicy } : {}),
  };
  if (origin !== undefined && origin !== 'unusable') return { ...read, origin };
  // The origin has a fault of its own, which says why it is unusable.
  if (origin === undefined) {
    const words =
      targetId === undefined
        ? 'it is missing'
        : `${String(targetId)} is neither an origin nor a group of origins`;
    shape.fault(`${at}.TargetOriginId: ${words}`);
  }
  return undefined;
}

function readRequestPolicies(
  shape: ShapeReader,
  template: ResolvedTemplate,
  behavior: Record<string, unknown>,
  isCompressed: boolean,
  at: string,
): { cachePolicy: CachePolicy; originRequestPolicy?: OriginRequestPolicy } {
  if (behavior['CachePolicyId'] === undefined && behavior['ForwardedValues'] !== undefined) {
    return readForwardedValues(shape, behavior, isCompressed, at);
  }
  for (const name of ['ForwardedValues', 'MinTTL', 'DefaultTTL', 'MaxTTL']) {
    if (behavior[name] !== undefined && behavior[name] !== 0)
      shape.fault(`${at}.${name}: CloudFront does not take it together with CachePolicyId`);
  }
  const id = behavior['CachePolicyId'];
  const cachePolicy =
    MANAGED_CACHE_POLICIES.get(id) ?? readCachePolicy(shape, template, id, `${at}.CachePolicyId`);
  const requestId = behavior['OriginRequestPolicyId'];
  if (requestId === undefined) return { cachePolicy };
  const originRequestPolicy =
    MANAGED_ORIGIN_REQUEST_POLICIES.get(requestId) ??
    readOriginRequestPolicy(shape, template, requestId, `${at}.OriginRequestPolicyId`);
  return originRequestPolicy ? { cachePolicy, originRequestPolicy } : { cachePolicy };
}

function readMethods(
  shape: ShapeReader,
  behavior: Record<string, unknown>,
  at: string,
): Pick<CacheBehavior, 'allowedMethods' | 'keepsOptions'> {
  const read = (name: string) => {
    const methods = shape.texts(behavior[name] ?? ['GET', 'HEAD'], `${at}.${name}`);
    const set = METHOD_SETS.find(
      (one) => one.length === methods.length && one.every((method) => methods.includes(method)),
    );
    if (!set)
      shape.fault(`${at}.${name}: ${methods.join(', ')} is not a set of methods that CloudFront takes`);
    return methods;
  };
  return { allowedMethods: read('AllowedMethods'), keepsOptions: read('CachedMethods').includes('OPTIONS') };
}

/** Properties that are not modelled, but may be there as long as they ask for nothing. */
function checkEmpty(shape: ShapeReader, behavior: Record<string, unknown>, at: string): void {
  shape.oneOf(behavior['SmoothStreaming'] ?? false, `${at}.SmoothStreaming`, [false]);
  shape.oneOf(behavior['FieldLevelEncryptionId'] ?? '', `${at}.FieldLevelEncryptionId`, ['']);
  for (const name of ['TrustedSigners', 'LambdaFunctionAssociations']) {
    if (shape.list(behavior[name] ?? [], `${at}.${name}`).length > 0) shape.unmodelled(`${at}.${name}`);
  }
  const grpc = shape.object(behavior['GrpcConfig'] ?? {}, `${at}.GrpcConfig`, ['Enabled']);
  shape.oneOf(grpc['Enabled'] ?? false, `${at}.GrpcConfig.Enabled`, [false]);
}
