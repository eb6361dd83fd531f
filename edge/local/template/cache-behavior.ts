import type { KeyObject } from 'node:crypto';
import { type AssociatedFunctions, associatedFunctions } from './functions.ts';
import type { OriginTarget } from './origins.ts';
import type { CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy } from './policies.ts';
import { requestPolicies } from './request-policies.ts';
import { responseHeadersPolicy } from './response-headers-policy.ts';
import * as Type from './schema.ts';
import { trustedKeys } from './trusted-keys.ts';

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

const VIEWER_PROTOCOL_POLICIES = ['https-only', 'allow-all', 'redirect-to-https'] as const;

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
/** The three sets that CloudFront accepts (DG: allowed HTTP methods). */
const METHOD_SETS = [METHODS.slice(0, 2), METHODS.slice(0, 3), METHODS].map((set) => set.toSorted().join());
const methods = Type.checked(Type.list(Type.text(), ['GET', 'HEAD']), (given) =>
  METHOD_SETS.includes(given.toSorted().join())
    ? undefined
    : `${given.join(', ')} is not a set of methods that CloudFront takes`,
);

const MEMBERS = {
  AllowedMethods: methods,
  CachedMethods: methods,
  Compress: Type.flag(false),
  FunctionAssociations: associatedFunctions,
  ResponseHeadersPolicyId: responseHeadersPolicy,
  TargetOriginId: Type.anything,
  TrustedKeyGroups: trustedKeys,
  ViewerProtocolPolicy: Type.oneOf(VIEWER_PROTOCOL_POLICIES),
  // The policies are read together.
  CachePolicyId: Type.anything,
  OriginRequestPolicyId: Type.anything,
  ForwardedValues: Type.anything,
  MinTTL: Type.anything,
  DefaultTTL: Type.anything,
  MaxTTL: Type.anything,
  // Templates that people write by hand have these, and leave them empty.
  SmoothStreaming: Type.refused(),
  FieldLevelEncryptionId: Type.refused(),
  TrustedSigners: Type.refused(),
  GrpcConfig: Type.refused(),
  LambdaFunctionAssociations: Type.refused(
    'Lambda@Edge functions are not run here; ignore this property to serve the distribution without them',
  ),
};
/** The targets that behaviors may name. One whose origin has a fault is undefined. */
export type OriginTargets = ReadonlyMap<string, OriginTarget | undefined>;

/** A behavior. Undefined if the origin that it names cannot be used. */
export function cacheBehavior(
  origins: OriginTargets,
  pathPattern: Type.Schema<string>,
): Type.Schema<CacheBehavior | undefined> {
  const schema = Type.object({ ...MEMBERS, PathPattern: pathPattern });
  return (field) => {
    const read = schema(field);
    const behavior = {
      pathPattern: read.PathPattern,
      allowedMethods: read.AllowedMethods,
      keepsOptions: read.CachedMethods.includes('OPTIONS'),
      viewerProtocolPolicy: read.ViewerProtocolPolicy,
      trustedKeys: read.TrustedKeyGroups,
      ...requestPolicies(field, read.Compress),
      isCompressed: read.Compress,
      functions: read.FunctionAssociations,
      responseHeadersPolicy: read.ResponseHeadersPolicyId,
    };
    const target = Type.member(field, 'TargetOriginId');
    const id = String(target.value);
    const origin = origins.get(id);
    if (origin) return { ...behavior, origin };
    // An origin with a fault of its own says there why it is unusable.
    const words =
      target.value === undefined ? 'it is missing' : `${id} is neither an origin nor a group of origins`;
    if (!origins.has(id)) Type.fault(target, words);
    return undefined;
  };
}
