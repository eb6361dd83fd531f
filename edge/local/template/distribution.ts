import { type CacheBehavior, readCacheBehaviors } from './cache-behavior.ts';
import { type OriginBinding, type OriginSettings, type OriginTarget, readOrigins } from './origins.ts';
import { createShapeReader, type Ignored, type ShapeReader } from './shape.ts';
import { type ResolvedTemplate, type Resource, readTemplate } from './template.ts';
import { publicKeyConfig } from './trusted-keys.ts';

/** The modelled part of the distribution: everything that a request needs to know of the template. */
export interface Distribution {
  id: string;
  /** The behaviors in the order in which they are tried. The last one is the default, which takes every path. */
  behaviors: CacheBehavior[];
  origins: ReadonlyMap<string, OriginSettings>;
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
  Logging: 'CloudFront writes it to a bucket of its own account; the command has a log',
  PriceClass: 'there is one edge location: this machine',
  ViewerCertificate: 'the bindings have the certificate, if there is one',
};

const TYPE = 'AWS::CloudFront::Distribution';

/**
 * Reads one distribution of a synthesized template, with everything that it refers to.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function readDistribution(rawTemplate: unknown, names: DistributionNames): Distribution {
  const faults: string[] = [];
  const ignored: Ignored = { names: names.ignore ?? [], found: [] };
  const shape = createShapeReader(faults, ignored);
  const place = { region: names.region, accountId: names.accountId, isLenient: true };
  const values = names.values ? { values: names.values } : {};
  const refs: Record<string, string> = {};
  for (const key of readTemplate(rawTemplate, { ...place, ...values }).ofType('AWS::CloudFront::PublicKey')) {
    const keyPairId = names.keyPairIds[publicKeyConfig(shape, key).name];
    if (keyPairId !== undefined) refs[key.logicalId] = keyPairId;
    else shape.fault(`bindings.keyPairIds has no ${publicKeyConfig(shape, key).name}`);
  }
  const template = readTemplate(rawTemplate, { ...place, ...values, refs });
  const resource = distributionOf(template, names.distribution);
  const at = 'Distribution';
  const outer = shape.object(resource.properties, at, ['DistributionConfig'], { Tags: 'words for people' });
  const modelled = [
    ...['CacheBehaviors', 'DefaultCacheBehavior', 'Origins', 'OriginGroups', 'CustomErrorResponses'],
    ...['DefaultRootObject', 'Enabled', 'Restrictions', 'WebACLId', 'Staging', 'ConnectionMode'],
    'ContinuousDeploymentPolicyId',
  ];
  const config = shape.object(outer['DistributionConfig'], at, modelled, WITHOUT_EFFECT);
  shape.oneOf(config['Enabled'], `${at}.Enabled`, [true]);
  shape.oneOf(config['Staging'] ?? false, `${at}.Staging`, [false]);
  shape.oneOf(config['ConnectionMode'] ?? 'direct', `${at}.ConnectionMode`, ['direct']);
  for (const name of ['WebACLId', 'ContinuousDeploymentPolicyId']) {
    if ((config[name] ?? '') !== '') shape.unmodelled(`${at}.${name}`);
  }
  checkRestrictions(shape, config['Restrictions'] ?? {}, `${at}.Restrictions`);
  const origins = readOrigins(shape, template, names.origins, config['Origins']);
  const targets = readTargets(shape, origins, config, `${at}.OriginGroups`);
  const root = shape.text(config['DefaultRootObject'] ?? '', `${at}.DefaultRootObject`);
  // Paths begin with the kind of resource. People also need to know which resource it is.
  const named = (fault: string) => fault.replace(/^Distribution\b/, `${resource.logicalId}: $&`);
  const distribution: Distribution = {
    id: resource.ref,
    origins,
    behaviors: readCacheBehaviors(shape, template, targets, config),
    defaultRootObject: root === '' ? '' : `/${root.replace(/^\//, '')}`,
    errorPages: readErrorPages(shape, config['CustomErrorResponses'] ?? []),
    ignored: ignored.found,
  };
  if (faults.length > 0) throw new Error([...new Set(faults.map(named))].join('\n'));
  return distribution;
}

/** The logical ids of a template's distributions. A caller can choose one. */
export function distributionsOf(
  rawTemplate: unknown,
  names: { region: string; accountId: string },
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

function checkRestrictions(shape: ShapeReader, raw: unknown, at: string): void {
  const { GeoRestriction: geo } = shape.object(raw, at, ['GeoRestriction']);
  if (geo === undefined) return;
  const restriction = shape.object(geo, `${at}.GeoRestriction`, ['RestrictionType', 'Locations']);
  if (restriction['RestrictionType'] !== 'none') shape.unmodelled(`${at}.GeoRestriction`);
}

/**
 * The targets that behaviors may name: each origin, and each group of two. An origin with a fault counts as unusable.
 */
function readTargets(
  shape: ShapeReader,
  origins: ReadonlyMap<string, OriginSettings>,
  config: Record<string, unknown>,
  at: string,
): ReadonlyMap<string, OriginTarget | 'unusable'> {
  const targets = new Map<string, OriginTarget | 'unusable'>();
  for (const raw of shape.list(config['Origins'] ?? [], 'Distribution.Origins')) {
    const id = String(Object.entries(raw ?? {}).find(([name]) => name === 'Id')?.[1]);
    const primary = origins.get(id);
    targets.set(id, primary ? { primary } : 'unusable');
  }
  const groups = config['OriginGroups'] === undefined ? [] : shape.items(config['OriginGroups'], at);
  for (const [index, raw] of groups.entries()) {
    const path = `${at}[${index}]`;
    const group = shape.object(raw, path, ['Id', 'FailoverCriteria', 'Members', 'SelectionCriteria']);
    shape.oneOf(group['SelectionCriteria'] ?? 'default', `${path}.SelectionCriteria`, ['default']);
    const criteria = shape.object(group['FailoverCriteria'], `${path}.FailoverCriteria`, ['StatusCodes']);
    const statuses = shape.items(criteria['StatusCodes'], `${path}.FailoverCriteria.StatusCodes`).map(Number);
    const members = shape.items(group['Members'], `${path}.Members`).map((member, place) => {
      const memberAt = `${path}.Members[${place}]`;
      const id = shape.text(shape.object(member, memberAt, ['OriginId'])['OriginId'], `${memberAt}.OriginId`);
      if (!targets.has(id)) shape.fault(`${memberAt}: ${id} is not an origin`);
      return origins.get(id);
    });
    if (members.length !== 2)
      shape.fault(`${path}.Members: CloudFront takes two origins, not ${members.length}`);
    const [primary, secondary] = members;
    const target = primary && secondary ? { primary, failover: { secondary, statuses } } : 'unusable';
    targets.set(shape.text(group['Id'], `${path}.Id`), target);
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

/** Ten seconds if the distribution does not say otherwise (DG: HTTP status codes, ErrorCachingMinTTL). */
const DEFAULT_ERROR_TTL_SECONDS = 10;
const CACHED_BY_DEFAULT = [404, 414, 500, 501, 502, 503, 504];
/** Statuses that may have a page (DG: generating custom error responses). */
const WITH_PAGES = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

export function readErrorPages(shape: ShapeReader, rawResponses: unknown): ErrorPages {
  const ttlSeconds = new Map(CACHED_BY_DEFAULT.map((status) => [status, DEFAULT_ERROR_TTL_SECONDS]));
  const pages = new Map<number, { path: string; status: number }>();
  const listAt = 'Distribution.CustomErrorResponses';
  for (const [index, raw] of shape.list(rawResponses, listAt).entries()) {
    const at = `${listAt}[${index}]`;
    const modelled = ['ErrorCode', 'ErrorCachingMinTTL', 'ResponseCode', 'ResponsePagePath'];
    const response = shape.object(raw, at, modelled);
    const status = shape.oneOf(response['ErrorCode'], `${at}.ErrorCode`, WITH_PAGES) ?? 0;
    const ttl = shape.seconds(
      response['ErrorCachingMinTTL'],
      `${at}.ErrorCachingMinTTL`,
      DEFAULT_ERROR_TTL_SECONDS,
    );
    ttlSeconds.set(status, ttl);
    const { ResponseCode: code, ResponsePagePath: path } = response;
    if ((code === undefined) !== (path === undefined)) {
      shape.fault(`${at}: CloudFront takes ResponseCode and ResponsePagePath together or not at all`);
    }
    if (path === undefined || code === undefined) continue;
    const given = shape.oneOf(code, `${at}.ResponseCode`, [200, ...WITH_PAGES]) ?? status;
    const page = shape.text(path, `${at}.ResponsePagePath`);
    if (!page.startsWith('/')) shape.fault(`${at}.ResponsePagePath: ${page} does not begin with a slash`);
    pages.set(status, { path: page, status: given });
  }
  return { ttlSeconds, pages };
}
