import {
  type AssociatedFunctions,
  associatedFunctions,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import { Unresolved } from '@cloudfront-cookie-gateway/local-cloudfront/template/intrinsics';
import { bucketIn } from '@cloudfront-cookie-gateway/local-cloudfront/template/origins';
import { contextOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/schema';
import {
  isRecord,
  listOf,
  recordAt,
  textOf,
  textsOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import {
  type ResolvedTemplate,
  type Resource,
  readTemplate,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template';

/** The input of the rules. */
export interface Stack {
  template: ResolvedTemplate;
  distributions: Distribution[];
  /** The things that could not be seen, and the reasons. */
  unseen: Set<string>;
}

export interface Distribution {
  logicalId: string;
  config: Record<string, unknown>;
  /** The behaviors in the order in which they are tried. The last one is the default. */
  behaviors: Behavior[];
  isSigned: boolean;
  /** The names that viewers type. */
  host: string;
}

export interface Behavior {
  distribution: string;
  property: string;
  pathPattern: string;
  /** Whether CloudFront asks for a signature. It counts as signed if that cannot be resolved. */
  isSigned: boolean;
  /** One origin, or the origins of a group. */
  origins: Origin[];
  raw: Record<string, unknown>;
}

/** No finding depends on these properties. */
const PLACE = { region: 'us-east-1', accountId: '000000000000' };

/** @throws Error if it is not a template, or a condition depends on a value that is not given */
export function readStack(rawTemplate: unknown, values: Readonly<Record<string, string>>): Stack {
  // A bucket is known by its logical id, whatever its name depends on.
  const buckets = Object.entries(recordAt(rawTemplate, 'Resources')).filter(
    ([, resource]) => recordAt(resource)['Type'] === 'AWS::S3::Bucket',
  );
  const refs = Object.fromEntries(buckets.map(([logicalId]) => [logicalId, logicalId.toLowerCase()]));
  const template = readTemplate(rawTemplate, { ...PLACE, refs, values, isLenient: true });
  const unseen = new Set<string>();
  const all = template.ofType('AWS::CloudFront::Distribution');
  if (all.length === 0) unseen.add('a distribution: there is none in this template');
  const distributions = all.map((one) => distributionOf(one, rawTemplate, template, unseen));
  return { template, unseen, distributions };
}

function distributionOf(
  { logicalId, properties }: Resource,
  rawTemplate: unknown,
  template: ResolvedTemplate,
  unseen: Set<string>,
): Distribution {
  const config = recordAt(properties, 'DistributionConfig');
  const unread = recordAt(rawTemplate, 'Resources', logicalId, 'Properties', 'DistributionConfig');
  const origins = originsOf(config, unread, template);
  for (const [property, reason] of unknownIn(properties['DistributionConfig'], 'DistributionConfig'))
    unseen.add(`${logicalId}.${property}: ${reason}`);
  const read = (raw: unknown, property: string, pattern?: '*'): Behavior => {
    const behavior = recordAt(raw);
    const signers = [behavior['TrustedKeyGroups'], behavior['TrustedSigners']];
    for (const _ of listOf(behavior['LambdaFunctionAssociations']))
      unseen.add(`${logicalId}.${property}.LambdaFunctionAssociations: Lambda@Edge is not run here`);
    return {
      distribution: logicalId,
      property,
      pathPattern: pattern ?? textOf(behavior['PathPattern']),
      isSigned: signers.some((one) => listOf(one).length > 0),
      origins: membersOf(config, textOf(behavior['TargetOriginId'])).flatMap((id) =>
        origins.filter((origin) => origin.id === id),
      ),
      raw: behavior,
    };
  };
  const behaviors = [
    ...listOf(config['CacheBehaviors']).flatMap((raw, index) =>
      isRecord(raw) ? [read(raw, `DistributionConfig.CacheBehaviors[${index}]`)] : [],
    ),
    read(config['DefaultCacheBehavior'], 'DistributionConfig.DefaultCacheBehavior', '*'),
  ];
  const [alias = `${logicalId.toLowerCase()}.cloudfront.net`] = textsOf(config['Aliases']);
  return {
    logicalId,
    config,
    behaviors,
    host: alias.replace('*', 'a'),
    isSigned: behaviors.some(({ isSigned }) => isSigned),
  };
}

/**
 * The properties that decide who gets which file. An unresolved value elsewhere, such as a certificate, changes no
 * finding.
 */
const DECIDES = new Set(
  `DistributionConfig Origins OriginGroups CacheBehaviors DefaultCacheBehavior DomainName OriginPath TargetOriginId
  PathPattern TrustedKeyGroups TrustedSigners OriginAccessControlId ViewerProtocolPolicy`.split(/\s+/),
);

/** The values that cannot be resolved. */
function unknownIn(value: unknown, property: string): [property: string, reason: string][] {
  if (value instanceof Unresolved) return [[property, value.reason]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (Array.isArray(value)) return unknownIn(inner, `${property}[${name}]`);
    return DECIDES.has(name) ? unknownIn(inner, `${property}.${name}`) : [];
  });
}

/** The ids of the origins behind one name: the id of one origin, or those of a group. */
function membersOf(config: Record<string, unknown>, targetId: string): string[] {
  const group = listOf(config['OriginGroups']).find((one) => recordAt(one)['Id'] === targetId);
  if (group === undefined) return [targetId];
  return listOf(recordAt(group)['Members']).map((member) => textOf(recordAt(member)['OriginId']));
}

export interface Origin {
  id: string;
  property: string;
  /** Equal for two origins that lead to the same files, whatever their names. */
  place: string;
  /** A bucket that is asked as S3, a bucket that is asked as a website, or a server. */
  kind: 's3' | 'website' | 'server';
  bucket: string | undefined;
  /** The text before the path of each request. */
  path: string;
  /** Whether requests are signed, by an access control or by the older identity. */
  isSigned: boolean;
  raw: Record<string, unknown>;
}

/** In this form, the bucket is the first segment of the path. */
const PATH_STYLE_HOST = /^s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com$/;
const WEBSITE_HOST = /\.s3-website[.-][a-z0-9-]+\.amazonaws\.com$/;

/** @param unread the same configuration before its intrinsic functions were resolved */
function originsOf(
  config: Record<string, unknown>,
  unread: Record<string, unknown>,
  template: ResolvedTemplate,
): Origin[] {
  const unreadOrigins = listOf(unread['Origins']);
  return listOf(config['Origins']).map((item, index) => {
    const raw = recordAt(item);
    const property = `DistributionConfig.Origins[${index}]`;
    const host = textOf(raw['DomainName']).toLowerCase();
    const isWebsite = WEBSITE_HOST.test(host);
    const rawPath = textOf(raw['OriginPath']).replace(/\/+$/, '');
    const [, first, rest = ''] = (PATH_STYLE_HOST.test(host) && /\/([^/]+)(.*)/.exec(rawPath)) || [];
    const inHost = bucketIn(host);
    const name = first ?? (inHost === host ? undefined : inHost);
    const isBucket = name !== undefined || isRecord(raw['S3OriginConfig']);
    const bucket = name === undefined ? undefined : nameOf(name, template);
    return {
      id: textOf(raw['Id']),
      property,
      raw,
      // If the name cannot be resolved, its expression is compared.
      place: bucket ?? (host || JSON.stringify(recordAt(unreadOrigins[index])['DomainName'] ?? property)),
      kind: isWebsite ? 'website' : isBucket ? 's3' : 'server',
      bucket,
      path: first === undefined ? rawPath : rest,
      isSigned: signs(raw, template),
    };
  });
}

/** A bucket of the template has two names: its own, and its made-up name. */
function nameOf(bucket: string, template: ResolvedTemplate): string {
  const buckets = template.ofType('AWS::S3::Bucket');
  const own =
    buckets.find(({ ref }) => ref === bucket) ??
    buckets.find(({ properties }) => properties['BucketName'] === bucket);
  return own?.ref ?? bucket;
}

function signs(raw: Record<string, unknown>, template: ResolvedTemplate): boolean {
  const id = raw['OriginAccessControlId'];
  const identity = recordAt(raw, 'S3OriginConfig')['OriginAccessIdentity'];
  const control = template.ofType('AWS::CloudFront::OriginAccessControl').find(({ ref }) => ref === id);
  const behavior = recordAt(control?.properties, 'OriginAccessControlConfig')['SigningBehavior'];
  const hasControl = id !== undefined && id !== '' && behavior !== 'never';
  return hasControl || (identity !== undefined && identity !== '');
}

/** The buckets of the template, by the name that origins have for them, with the statements of their policies. */
export interface Bucket {
  logicalId: string;
  properties: Record<string, unknown>;
  statements: { policy: string; property: string; statement: Record<string, unknown> }[];
}

export function bucketsOf(template: ResolvedTemplate): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>();
  for (const { ref, logicalId, properties } of template.ofType('AWS::S3::Bucket'))
    buckets.set(ref, { logicalId, properties, statements: [] });
  for (const { logicalId, properties } of template.ofType('AWS::S3::BucketPolicy')) {
    const name = nameOf(textsOf(properties['Bucket'])[0] ?? logicalId, template);
    const bucket = buckets.get(name) ?? { logicalId: '', properties: {}, statements: [] };
    buckets.set(name, bucket);
    const rawStatements = recordAt(properties, 'PolicyDocument')['Statement'];
    for (const [index, statement] of listOf(rawStatements).entries()) {
      const property = Array.isArray(rawStatements) ? `Statement[${index}]` : 'Statement';
      bucket.statements.push({
        policy: logicalId,
        property: `PolicyDocument.${property}`,
        statement: recordAt(statement),
      });
    }
  }
  return buckets;
}

/** The functions whose code is in the template. */
export function functionsOf({ template, unseen }: Stack, behavior: Behavior): AssociatedFunctions {
  const { raw, distribution, property } = behavior;
  const context = contextOf(template);
  const path = `${property}.FunctionAssociations`;
  const found = associatedFunctions({ context, path, value: listOf(raw['FunctionAssociations']) });
  for (const { path, message } of context.faults) unseen.add(`${distribution}: ${path}: ${message}`);
  for (const source of Object.values(found)) {
    if (source.keyValueStore)
      unseen.add(
        `Function ${source.name}: the entries of its KeyValueStore; the function was tried without entries`,
      );
  }
  return found;
}
