import { Unresolved } from '../local/template/intrinsics.ts';
import { listOf, recordAt, textOf, textsOf } from '../local/template/lenient.ts';
import { isRecord } from '../local/template/shape.ts';
import { type ResolvedTemplate, type Resource, readTemplate } from '../local/template/template.ts';
import { type Origin, originsOf } from './origins.ts';

/** The input of the rules: a template, or the live configuration in the form of a template. */
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
  for (const [property, reason] of unknownIn(properties['DistributionConfig'], 'DistributionConfig', 3))
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
    ...{ logicalId, config, behaviors, host: alias.replace('*', 'a') },
    isSigned: behaviors.some(({ isSigned }) => isSigned),
  };
}

/**
 * The properties that decide who gets which file. An unresolved value elsewhere, such as a certificate, changes no
 * finding.
 */
const DECIDES =
  /^(?:DistributionConfig|Origins|OriginGroups|CacheBehaviors|DefaultCacheBehavior|DomainName|OriginPath|TargetOriginId|PathPattern|TrustedKeyGroups|TrustedSigners|OriginAccessControlId|ViewerProtocolPolicy|Logging)$/;

/** The values that cannot be resolved, down to the properties of one behavior or origin. */
function unknownIn(value: unknown, property: string, depth: number): [property: string, reason: string][] {
  if (value instanceof Unresolved) return [[property, value.reason]];
  if (depth < 0 || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (Array.isArray(value)) return unknownIn(inner, `${property}[${name}]`, depth);
    return DECIDES.test(name) ? unknownIn(inner, `${property}.${name}`, depth - 1) : [];
  });
}

/** The ids of the origins behind one name: the id of one origin, or those of a group. */
function membersOf(config: Record<string, unknown>, targetId: string): string[] {
  const group = listOf(config['OriginGroups']).find((one) => recordAt(one)['Id'] === targetId);
  if (group === undefined) return [targetId];
  return listOf(recordAt(group)['Members']).map((member) => textOf(recordAt(member)['OriginId']));
}
