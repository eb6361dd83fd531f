import type { KeyObject } from 'node:crypto';
import { type CachePolicy, readCachePolicy, readForwardedValues } from './cache-policy.ts';
import { type AssociatedFunctions, readFunctions } from './functions.ts';
import { type OriginRequestPolicy, readOriginRequestPolicy } from './origin-request-policy.ts';
import type { OriginTarget } from './origins.ts';
import {
  fault,
  noteWithoutEffect,
  type Part,
  readFlag,
  readList,
  readOneOf,
  readOptional,
  readPart,
  readParts,
  readText,
  readTexts,
  unmodelled,
} from './reading.ts';
import { type ResponseHeadersPolicy, readResponseHeadersPolicy } from './response-headers-policy.ts';
import { readTrustedKeys } from './trusted-keys.ts';

/** A cache behavior: the rules for requests whose path matches its pattern. */
export interface CacheBehavior {
  /** `*` for the default behavior. */
  pathPattern: string;
  origin: OriginTarget;
  allowedMethods: string[];
  /** Whether answers to OPTIONS are kept. Answers to GET and HEAD always are. */
  keepsOptions: boolean;
  viewerProtocolPolicy: (typeof VIEWER_PROTOCOL_POLICIES)[number];
  /** The keys of the trusted key groups, by key pair id. Undefined if the behavior asks for no signature. */
  trustedKeys: ReadonlyMap<string, KeyObject> | undefined;
  cachePolicy: CachePolicy;
  originRequestPolicy?: OriginRequestPolicy | undefined;
  isCompressed: boolean;
  functions: AssociatedFunctions;
  responseHeadersPolicy?: ResponseHeadersPolicy | undefined;
}

const VIEWER_PROTOCOL_POLICIES = ['allow-all', 'https-only', 'redirect-to-https'] as const;

const MODELLED = [
  'AllowedMethods',
  'CachedMethods',
  'CachePolicyId',
  'Compress',
  'FunctionAssociations',
  'LambdaFunctionAssociations',
  'ForwardedValues',
  'MinTTL',
  'DefaultTTL',
  'MaxTTL',
  'OriginRequestPolicyId',
  'ResponseHeadersPolicyId',
  'TargetOriginId',
  'TrustedKeyGroups',
  'ViewerProtocolPolicy',
  // These are accepted if they are empty. Templates that people write by hand have such properties.
  'SmoothStreaming',
  'FieldLevelEncryptionId',
  'TrustedSigners',
  'GrpcConfig',
];

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
/** The three sets that CloudFront takes (DG: allowed HTTP methods). */
const METHOD_SETS = [METHODS.slice(0, 2), METHODS.slice(0, 3), METHODS];

/** The targets that behaviors may name. One whose origin has a fault is undefined. */
export type OriginTargets = ReadonlyMap<string, OriginTarget | undefined>;

/** The behaviors in the order in which they are tried: first the listed ones, then the default one. */
export function readCacheBehaviors(config: Part, origins: OriginTargets): CacheBehavior[] {
  const listed = readParts(config, 'CacheBehaviors', [...MODELLED, 'PathPattern'], []);
  return [
    ...listed.map((behavior) => readCacheBehavior(behavior, readText(behavior, 'PathPattern'), origins)),
    readCacheBehavior(readPart(config, 'DefaultCacheBehavior', MODELLED), '*', origins),
  ].filter((behavior) => behavior !== undefined);
}

function readCacheBehavior(
  behavior: Part,
  pathPattern: string,
  origins: OriginTargets,
): CacheBehavior | undefined {
  checkEmpty(behavior);
  const isCompressed = readFlag(behavior, 'Compress', false);
  const isSigned = readList(behavior, 'TrustedKeyGroups', []).length > 0;
  const read = {
    pathPattern,
    allowedMethods: readMethods(behavior, 'AllowedMethods'),
    keepsOptions: readMethods(behavior, 'CachedMethods').includes('OPTIONS'),
    viewerProtocolPolicy:
      readOneOf(behavior, 'ViewerProtocolPolicy', VIEWER_PROTOCOL_POLICIES) ?? 'https-only',
    trustedKeys: isSigned ? readTrustedKeys(behavior) : undefined,
    ...readRequestPolicies(behavior, isCompressed),
    isCompressed,
    functions: readFunctions(behavior),
    responseHeadersPolicy: readResponseHeadersPolicy(behavior),
  };
  const targetId = behavior.value['TargetOriginId'];
  const origin = origins.get(String(targetId));
  if (origin) return { ...read, origin };
  // An origin with a fault of its own says there why it is unusable.
  const words =
    targetId === undefined ? 'it is missing' : `${targetId} is neither an origin nor a group of origins`;
  if (!origins.has(String(targetId))) fault(behavior, 'TargetOriginId', words);
  return undefined;
}

function readRequestPolicies(
  behavior: Part,
  isCompressed: boolean,
): Pick<CacheBehavior, 'cachePolicy' | 'originRequestPolicy'> {
  const { CachePolicyId: id, ForwardedValues: older } = behavior.value;
  if (id === undefined && older !== undefined) return readForwardedValues(behavior, isCompressed);
  for (const name of ['ForwardedValues', 'MinTTL', 'DefaultTTL', 'MaxTTL']) {
    if (behavior.value[name] !== undefined && behavior.value[name] !== 0)
      noteWithoutEffect(
        behavior,
        name,
        'CloudFront refuses it beside CachePolicyId, and here the policy counts',
      );
  }
  return { cachePolicy: readCachePolicy(behavior), originRequestPolicy: readOriginRequestPolicy(behavior) };
}

function readMethods(behavior: Part, name: string): string[] {
  const methods = readTexts(behavior, name, ['GET', 'HEAD']);
  const isSet = METHOD_SETS.some(
    (set) => set.length === methods.length && set.every((method) => methods.includes(method)),
  );
  if (!isSet) fault(behavior, name, `${methods.join(', ')} is not a set of methods that CloudFront takes`);
  return methods;
}

const LAMBDAS_ARE_NOT_RUN =
  'Lambda@Edge functions are not run here; ignore this property to serve the distribution without them';

/** Properties that are not modelled, but may be there as long as they ask for nothing. */
function checkEmpty(behavior: Part): void {
  const grpc = readOptional(behavior, 'GrpcConfig', ['Enabled']);
  const isUsed: Record<string, boolean> = {
    SmoothStreaming: readFlag(behavior, 'SmoothStreaming', false),
    FieldLevelEncryptionId: (behavior.value['FieldLevelEncryptionId'] ?? '') !== '',
    TrustedSigners: readList(behavior, 'TrustedSigners', []).length > 0,
    GrpcConfig: grpc !== undefined && readFlag(grpc, 'Enabled', false),
  };
  for (const [name, isThere] of Object.entries(isUsed)) if (isThere) unmodelled(behavior, name);
  if (readList(behavior, 'LambdaFunctionAssociations', []).length > 0)
    unmodelled(behavior, 'LambdaFunctionAssociations', LAMBDAS_ARE_NOT_RUN);
}
