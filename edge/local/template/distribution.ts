import { associatedFunctions } from './functions.ts';
import {
  type OriginBinding,
  type OriginEntry,
  type OriginSettings,
  type OriginTarget,
  originWith,
} from './origins.ts';
import { requestPolicies } from './request-policies.ts';
import { responseHeadersPolicy } from './response-headers-policy.ts';
import * as Type from './schema.ts';
import { type ResolvedTemplate, type Resource, readTemplate, type TemplateNames } from './template.ts';
import { TemplateError } from './template-error.ts';
import { publicKeyConfig, trustedKeys } from './trusted-keys.ts';

/** The modelled part of the distribution: everything that a request needs to know of the template. */
export interface Distribution {
  id: string;
  /** The behaviors in the order in which they are tried. The last one is the default, which takes every path. */
  behaviors: CacheBehavior[];
  origins: readonly OriginSettings[];
  /** The object with a slash in front. Empty if there is none. */
  defaultRootObject: string;
  errorPages: ErrorPages;
  /** The paths of the properties that the caller left out. */
  ignored: readonly string[];
}

export interface DistributionNames extends Pick<TemplateNames, 'region' | 'accountId' | 'values'> {
  /** The bindings by the DomainName or the Id of the origin, or by the name of the bucket. */
  origins: Readonly<Record<string, OriginBinding>>;
  keyPairIds: Readonly<Record<string, string>>;
  /** The logical id, if the template has several distributions. */
  distribution?: string | undefined;
  /** The names of properties that are not modelled, and that are left out without an error. */
  ignore?: readonly string[] | undefined;
}

const TYPE = 'AWS::CloudFront::Distribution';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];
/** The three sets that CloudFront accepts (DG: allowed HTTP methods). */
const METHOD_SETS = [METHODS.slice(0, 2), METHODS.slice(0, 3), METHODS].map((set) => set.toSorted().join());
const methods = Type.checked(Type.list(Type.text(), ['GET', 'HEAD']), (given) =>
  METHOD_SETS.includes(given.toSorted().join())
    ? undefined
    : `${given.join(', ')} is not a set of methods that CloudFront takes`,
);

function behaviorWith(pathPattern: Type.Schema<string>) {
  const schema = Type.object({
    PathPattern: pathPattern,
    TargetOriginId: (field) => ({ field, id: Type.text()(field) }),
    AllowedMethods: methods,
    CachedMethods: Type.withoutEffect('answers to GET and HEAD are kept, and no other'),
    Compress: Type.flag(false),
    FunctionAssociations: associatedFunctions,
    ResponseHeadersPolicyId: responseHeadersPolicy,
    TrustedKeyGroups: trustedKeys,
    ViewerProtocolPolicy: Type.oneOf(['https-only', 'allow-all', 'redirect-to-https']),
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
  });
  return (field: Type.Field) => {
    const read = schema(field);
    return {
      /** `*` for the default behavior. */
      pathPattern: read.PathPattern,
      target: read.TargetOriginId,
      allowedMethods: read.AllowedMethods,
      viewerProtocolPolicy: read.ViewerProtocolPolicy,
      /** The keys of the trusted key groups, by key pair id. Undefined if the behavior asks for no signature. */
      trustedKeys: read.TrustedKeyGroups,
      ...requestPolicies(field, read.Compress),
      isCompressed: read.Compress,
      functions: read.FunctionAssociations,
      responseHeadersPolicy: read.ResponseHeadersPolicyId,
    };
  };
}

type ReadBehavior = ReturnType<ReturnType<typeof behaviorWith>>;

/** A cache behavior: the rules for requests whose path matches its pattern. */
export interface CacheBehavior extends Omit<ReadBehavior, 'target'> {
  origin: OriginTarget;
}

/** Ten seconds if the distribution does not say otherwise (DG: HTTP status codes, ErrorCachingMinTTL). */
const DEFAULT_ERROR_TTL_SECONDS = 10;
const CACHED_BY_DEFAULT = [404, 414, 500, 501, 502, 503, 504];
/** Statuses that may have a page (DG: generating custom error responses). */
const WITH_PAGES = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504] as const;

const ERROR_RESPONSE = Type.object({
  ErrorCode: Type.oneOf(WITH_PAGES),
  ErrorCachingMinTTL: Type.seconds(DEFAULT_ERROR_TTL_SECONDS),
  ResponseCode: Type.optional(Type.oneOf([200, ...WITH_PAGES])),
  ResponsePagePath: Type.optional(
    Type.checked(Type.text(), (path) =>
      path.startsWith('/') ? undefined : `${path} does not begin with a slash`,
    ),
  ),
});

const GROUPS = Type.items(
  Type.object({
    Id: Type.text(),
    SelectionCriteria: Type.oneOf(['default'], 'default'),
    FailoverCriteria: Type.object({ StatusCodes: Type.items(Type.map(Type.anything, Number)) }),
    Members: Type.checked(Type.items(Type.object({ OriginId: Type.text() })), ({ length }) =>
      length === 2 ? undefined : `CloudFront takes two origins, not ${length}`,
    ),
  }),
  { Items: [] },
);

const GEO_RESTRICTION: Type.Schema<void> = (field) => {
  const { RestrictionType: type } = Type.object({ RestrictionType: Type.anything, Locations: Type.anything })(
    field,
  );
  if (type !== 'none') Type.note(field, 'viewers of every country are let in');
};

const CONFIG = {
  OriginGroups: GROUPS,
  DefaultCacheBehavior: behaviorWith(Type.map(Type.refused(), () => '*')),
  CacheBehaviors: Type.list(behaviorWith(Type.text()), []),
  DefaultRootObject: Type.map(Type.text(''), (root) => (root === '' ? '' : `/${root.replace(/^\//, '')}`)),
  CustomErrorResponses: Type.list(
    Type.checked(ERROR_RESPONSE, ({ ErrorCode: error, ResponseCode: status, ResponsePagePath: path }) =>
      (status === undefined) === (path === undefined)
        ? undefined
        : `CloudFront takes ResponseCode of ${error} together with ResponsePagePath or not at all`,
    ),
    [],
  ),
  Enabled: (field: Type.Field) => {
    if (!Type.flag()(field)) Type.note(field, 'it is disabled, and served here');
  },
  Staging: Type.noted('it gets no share of the requests to the other distribution'),
  ContinuousDeploymentPolicyId: Type.noted('no request goes to a staging distribution'),
  WebACLId: Type.noted('its rules are not run'),
  Restrictions: Type.object({ GeoRestriction: Type.optional(GEO_RESTRICTION) }, {}),
  ConnectionMode: (field: Type.Field) => {
    if (field.value !== 'direct') Type.refused()(field);
  },
  AnycastIpListId: Type.withoutEffect('the address is that of this machine'),
  Aliases: Type.withoutEffect('the bindings name the addresses that viewers type'),
  CNAMEs: Type.withoutEffect('the older name of Aliases'),
  Comment: Type.withoutEffect('words for people'),
  HttpVersion: Type.withoutEffect('this server speaks HTTP/1.1; no answer differs by version'),
  IPV6Enabled: Type.withoutEffect('the server listens on every loopback address there is'),
  Logging: Type.withoutEffect('CloudFront writes it to a bucket; the command prints a line a request'),
  PriceClass: Type.withoutEffect('there is one edge location: this machine'),
  ViewerCertificate: Type.withoutEffect('the bindings have the certificate, if there is one'),
};

/**
 * Reads one distribution of a synthesized template, with everything that it refers to.
 * @throws one TemplateError that lists every property that is not modelled and every binding that is missing
 */
export function readDistribution(rawTemplate: unknown, names: DistributionNames): Distribution {
  const context = readWithKeys(rawTemplate, names);
  const resource = distributionOf(context.template, names.distribution);
  const schema = Type.object({ Origins: Type.list(originWith(names.origins)), ...CONFIG });
  const config = Type.configOf(schema)(resource, context);
  const origins = new Map(config.Origins);
  const targets = targetsOf(Type.propertiesOf(resource, context), origins, config.OriginGroups);
  const behaviors = [...config.CacheBehaviors, config.DefaultCacheBehavior];
  const distribution: Distribution = {
    id: resource.ref,
    origins: [...origins.values()].filter((origin) => origin !== undefined),
    behaviors: behaviors.flatMap(({ target: { field, id }, ...behavior }) => {
      const origin = targets.get(id);
      // An origin with a fault of its own says there why it is unusable.
      if (!targets.has(id) && id !== '')
        Type.fault(field, `${id} is neither an origin nor a group of origins`);
      return origin ? { ...behavior, origin } : [];
    }),
    defaultRootObject: config.DefaultRootObject,
    errorPages: errorPagesOf(config.CustomErrorResponses),
    ignored: context.ignored,
  };
  const faults = context.faults.map(({ path, message }) => `${path}: ${message}`);
  const helps = context.faults.flatMap(({ help }) => help ?? []);
  if (faults.length > 0) throw new TemplateError([...new Set(faults)].join('\n'), helps);
  return distribution;
}

/** The template, with the key pair ids of the bindings in place of the names of its public keys. */
function readWithKeys(rawTemplate: unknown, names: DistributionNames): Type.Context {
  const { region, accountId, values = {}, ignore = [] } = names;
  const refs: Record<string, string> = {};
  const template = readTemplate(rawTemplate, { region, accountId, values, isLenient: true, refs });
  const context = Type.contextOf(template, { ignore, takesForeignIds: true });
  for (const key of template.ofType('AWS::CloudFront::PublicKey')) {
    const { Name: name } = publicKeyConfig(key, context);
    const keyPairId = names.keyPairIds[name];
    if (keyPairId !== undefined) refs[key.logicalId] = keyPairId;
    else context.faults.push({ path: `bindings.keyPairIds.${name}`, message: 'it is missing' });
  }
  return context;
}

/** The logical ids of a template's distributions. A caller can choose one. */
export function distributionsOf(
  rawTemplate: unknown,
  names: Pick<TemplateNames, 'region' | 'accountId' | 'values'>,
): string[] {
  return readTemplate(rawTemplate, { ...names, isLenient: true })
    .ofType(TYPE)
    .map(({ logicalId }) => logicalId);
}

function distributionOf(template: ResolvedTemplate, logicalId: string | undefined): Resource {
  if (logicalId === undefined) return template.only(TYPE);
  const all = template.ofType(TYPE);
  const found = all.find((one) => one.logicalId === logicalId);
  if (found) return found;
  const others = all.map((one) => one.logicalId).join(', ');
  throw new Error(`template: there is no distribution ${logicalId}; the template has ${others}`);
}

/** The targets that behaviors may name: each origin, and each group of two. One whose origin has a fault is undefined. */
function targetsOf(
  field: Type.Field,
  origins: ReadonlyMap<string, OriginEntry[1]>,
  groups: ReturnType<typeof GROUPS>,
): ReadonlyMap<string, OriginTarget | undefined> {
  const targets = new Map<string, OriginTarget | undefined>();
  for (const [id, primary] of origins) targets.set(id, primary && { primary });
  for (const { Id: id, Members: members, FailoverCriteria: criteria } of groups) {
    for (const { OriginId: member } of members)
      if (!origins.has(member)) Type.fault(field, `the group ${id} names ${member}, which is not an origin`);
    const [primary, secondary] = members.map((one) => origins.get(one.OriginId));
    const failover = secondary && { secondary, statuses: criteria.StatusCodes };
    targets.set(id, primary && failover && { primary, failover });
  }
  return targets;
}

/** The settings for errors (DG: generating custom error responses). */
export interface ErrorPages {
  /** The shortest time, in seconds, that an error is kept, by status. */
  ttlSeconds: ReadonlyMap<number, number>;
  /** The page that replaces an error, by the error's status. */
  pages: ReadonlyMap<number, { path: string; status: number }>;
}

function errorPagesOf(responses: readonly ReturnType<typeof ERROR_RESPONSE>[]): ErrorPages {
  const ttlSeconds = new Map(CACHED_BY_DEFAULT.map((status) => [status, DEFAULT_ERROR_TTL_SECONDS]));
  const pages = new Map<number, { path: string; status: number }>();
  for (const { ErrorCode: error, ErrorCachingMinTTL: ttl, ...page } of responses) {
    ttlSeconds.set(error, ttl);
    const { ResponseCode: status, ResponsePagePath: path } = page;
    if (status !== undefined && path !== undefined) pages.set(error, { path, status });
  }
  return { ttlSeconds, pages };
}
