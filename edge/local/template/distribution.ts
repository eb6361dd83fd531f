import { type CacheBehavior, type OriginTargets, readCacheBehaviors } from './cache-behavior.ts';
import { type OriginBinding, type OriginSettings, type OriginTarget, readOrigins } from './origins.ts';
import {
  fault,
  known,
  noteWithoutEffect,
  type Part,
  partOf,
  type Reading,
  readFlag,
  readItemParts,
  readItems,
  readingOf,
  readOneOf,
  readOptional,
  readPart,
  readParts,
  readSeconds,
  readText,
  unmodelled,
} from './reading.ts';
import { type ResolvedTemplate, type Resource, readTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';
import { publicKeyConfig } from './trusted-keys.ts';

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

export interface DistributionNames {
  region: string;
  accountId: string;
  /** The bindings by the DomainName or the Id of the origin, or by the name of the bucket. */
  origins: Readonly<Record<string, OriginBinding>>;
  keyPairIds: Readonly<Record<string, string>>;
  /** The logical id, if the template has several distributions. */
  distribution?: string | undefined;
  /** The values of parameters and imports by name, and of attributes as `LogicalId.Attribute`. */
  values?: Readonly<Record<string, string>>;
  /** The names of properties that are not modelled, and that are left out without an error. */
  ignore?: readonly string[] | undefined;
}

const WITHOUT_EFFECT = {
  AnycastIpListId: 'the address is that of this machine',
  Aliases: 'the bindings name the addresses that viewers type',
  CNAMEs: 'the older name of Aliases',
  Comment: 'words for people',
  HttpVersion: 'this server speaks HTTP/1.1; no answer differs by version',
  IPV6Enabled: 'the server listens on every loopback address there is',
  Logging: 'CloudFront writes it to a bucket of its own account; the command prints a line a request',
  PriceClass: 'there is one edge location: this machine',
  ViewerCertificate: 'the bindings have the certificate, if there is one',
};

const TYPE = 'AWS::CloudFront::Distribution';

const MODELLED = [
  'CacheBehaviors',
  'DefaultCacheBehavior',
  'Origins',
  'OriginGroups',
  'CustomErrorResponses',
  'DefaultRootObject',
  'Enabled',
  'Restrictions',
  'WebACLId',
  'Staging',
  'ConnectionMode',
  'ContinuousDeploymentPolicyId',
];

/**
 * Reads one distribution of a synthesized template, with everything that it refers to.
 * @throws one TemplateError that lists every property that is not modelled and every binding that is missing
 */
export function readDistribution(rawTemplate: unknown, names: DistributionNames): Distribution {
  const reading = readWithKeys(rawTemplate, names);
  const { logicalId, ref, properties } = distributionOf(reading.template, names.distribution);
  const path = `${logicalId}: Distribution`;
  const outer = known(partOf(reading, path, properties), ['DistributionConfig'], {
    Tags: 'words for people',
  });
  const config = known(partOf(reading, path, outer.value['DistributionConfig']), MODELLED, WITHOUT_EFFECT);
  checkSwitches(config);
  const origins = readOrigins(config, names.origins);
  const root = readText(config, 'DefaultRootObject', '');
  const distribution: Distribution = {
    id: ref,
    origins: [...origins.values()].filter((origin) => origin !== undefined),
    behaviors: readCacheBehaviors(config, readTargets(config, origins)),
    defaultRootObject: root === '' ? '' : `/${root.replace(/^\//, '')}`,
    errorPages: readErrorPages(config),
    ignored: reading.ignored,
  };
  const faults = reading.faults.map(({ path, message }) => `${path}: ${message}`);
  const helps = reading.faults.flatMap(({ help }) => help ?? []);
  if (faults.length > 0) throw new TemplateError([...new Set(faults)].join('\n'), helps);
  return distribution;
}

/** The template, with the key pair ids of the bindings in place of the names of its public keys. */
function readWithKeys(rawTemplate: unknown, names: DistributionNames): Reading {
  const { region, accountId, values = {} } = names;
  const refs: Record<string, string> = {};
  const place = { region, accountId, values, isLenient: true, refs };
  const reading = readingOf(readTemplate(rawTemplate, place), {
    ignore: names.ignore ?? [],
    takesForeignIds: true,
  });
  for (const key of reading.template.ofType('AWS::CloudFront::PublicKey')) {
    const { name } = publicKeyConfig(reading, key);
    const keyPairId = names.keyPairIds[name];
    if (keyPairId !== undefined) refs[key.logicalId] = keyPairId;
    else reading.faults.push({ path: `bindings.keyPairIds.${name}`, message: 'it is missing' });
  }
  return reading;
}

/** The logical ids of a template's distributions. A caller can choose one. */
export function distributionsOf(
  rawTemplate: unknown,
  names: Pick<DistributionNames, 'region' | 'accountId' | 'values'>,
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

/** Properties that are modelled in one state only. */
function checkSwitches(config: Part): void {
  if (!readFlag(config, 'Enabled')) noteWithoutEffect(config, 'Enabled', 'it is disabled, and served here');
  if (readFlag(config, 'Staging', false))
    noteWithoutEffect(config, 'Staging', 'it gets no share of the requests to the other distribution');
  if (readText(config, 'ConnectionMode', 'direct') !== 'direct') unmodelled(config, 'ConnectionMode');
  if (isGiven(config, 'WebACLId')) noteWithoutEffect(config, 'WebACLId', 'its rules are not run');
  if (isGiven(config, 'ContinuousDeploymentPolicyId'))
    noteWithoutEffect(config, 'ContinuousDeploymentPolicyId', 'no request goes to a staging distribution');
  const restrictions = readOptional(config, 'Restrictions', ['GeoRestriction']);
  const geo = restrictions && readOptional(restrictions, 'GeoRestriction', ['RestrictionType', 'Locations']);
  if (geo && geo.value['RestrictionType'] !== 'none')
    noteWithoutEffect(restrictions, 'GeoRestriction', 'viewers of every country are let in');
}

/** The properties that templates leave empty rather than out. */
function isGiven({ value }: Part, name: string): boolean {
  return (value[name] ?? '') !== '';
}

/** The targets that behaviors may name: each origin, and each group of two. */
function readTargets(config: Part, origins: ReadonlyMap<string, OriginSettings | undefined>): OriginTargets {
  const targets = new Map<string, OriginTarget | undefined>();
  for (const [id, primary] of origins) targets.set(id, primary && { primary });
  const hasGroups = config.value['OriginGroups'] !== undefined;
  const groups = hasGroups ? readItemParts(config, 'OriginGroups', GROUP) : [];
  for (const group of groups) {
    readOneOf(group, 'SelectionCriteria', ['default'], 'default');
    const criteria = readPart(group, 'FailoverCriteria', ['StatusCodes']);
    const statuses = readItems(criteria, 'StatusCodes').map(Number);
    const ids = readItemParts(group, 'Members', ['OriginId']).map((member) => {
      const id = readText(member, 'OriginId');
      if (!origins.has(id)) fault(member, 'OriginId', `${id} is not an origin`);
      return id;
    });
    if (ids.length !== 2) fault(group, 'Members', `CloudFront takes two origins, not ${ids.length}`);
    const [primary, secondary] = ids.map((id) => origins.get(id));
    const target = primary && secondary && { primary, failover: { secondary, statuses } };
    targets.set(readText(group, 'Id'), target);
  }
  return targets;
}

const GROUP = ['Id', 'FailoverCriteria', 'Members', 'SelectionCriteria'];

/** The settings for errors (DG: generating custom error responses). */
export interface ErrorPages {
  /** The shortest time, in seconds, that an error is kept, by status. */
  ttlSeconds: ReadonlyMap<number, number>;
  /** The page that replaces an error, by the error's status. */
  pages: ReadonlyMap<number, { path: string; status: number }>;
}

/** Ten seconds if the distribution does not say otherwise (DG: HTTP status codes, ErrorCachingMinTTL). */
const DEFAULT_ERROR_TTL_SECONDS = 10;
const CACHED_BY_DEFAULT = [404, 414, 500, 501, 502, 503, 504];
/** Statuses that may have a page (DG: generating custom error responses). */
const WITH_PAGES = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

function readErrorPages(config: Part): ErrorPages {
  const ttlSeconds = new Map(CACHED_BY_DEFAULT.map((status) => [status, DEFAULT_ERROR_TTL_SECONDS]));
  const pages = new Map<number, { path: string; status: number }>();
  const modelled = ['ErrorCode', 'ErrorCachingMinTTL', 'ResponseCode', 'ResponsePagePath'];
  for (const response of readParts(config, 'CustomErrorResponses', modelled, [])) {
    const status = Number(readOneOf(response, 'ErrorCode', WITH_PAGES));
    ttlSeconds.set(status, readSeconds(response, 'ErrorCachingMinTTL', DEFAULT_ERROR_TTL_SECONDS));
    const { ResponseCode: code, ResponsePagePath: rawPath } = response.value;
    if ((code === undefined) !== (rawPath === undefined))
      fault(response, 'ResponseCode', 'CloudFront takes it together with ResponsePagePath or not at all');
    if (code === undefined || rawPath === undefined) continue;
    const given = readOneOf(response, 'ResponseCode', [200, ...WITH_PAGES]) ?? status;
    const path = readText(response, 'ResponsePagePath');
    if (!path.startsWith('/')) fault(response, 'ResponsePagePath', `${path} does not begin with a slash`);
    pages.set(status, { path, status: given });
  }
  return { ttlSeconds, pages };
}
