import type { ShapeReader } from './shape.ts';
import { type ResolvedTemplate, referred } from './template.ts';

export type Takes = (name: string) => boolean;
export const ALL: Takes = () => true;
export const NONE: Takes = () => false;

/** The parts of the viewer's request that reach the origin, besides the parts in the cache key. */
export interface OriginRequestPolicy {
  /** @param name in lower case */
  takesHeader: (name: string, method: string) => boolean;
  /** Names of headers that CloudFront writes itself, in lower case. */
  generated: readonly string[];
  takesQueryString: Takes;
  takesCookie: Takes;
  /** S3 does not get the parameters that change its answer (DG: managed origin request policies). */
  isWithoutS3Overrides: boolean;
}

/** Matches listed names. A name may contain `*` and `?`, as in the older settings. */
export function named(names: readonly string[]): Takes {
  const exact = new Set(names);
  const patterns = names
    .filter((name) => /[*?]/.test(name))
    .map((name) =>
      name
        .replace(/[.+^$(){}|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.'),
    )
    .map((pattern) => new RegExp(`^${pattern}$`));
  return (name) => exact.has(name) || patterns.some((pattern) => pattern.test(name));
}

/** `none`, `whitelist`, `allExcept` or `all` query strings or cookies. Both kinds of policies use these words. */
export function readNames(
  shape: ShapeReader,
  raw: unknown,
  at: string,
  what: 'QueryString' | 'Cookie',
): Takes {
  const [behaviorName, listName] = [`${what}Behavior`, `${what}s`];
  const config = shape.object(raw ?? { [behaviorName]: 'none' }, at, [behaviorName, listName]);
  const behaviors = ['none', 'whitelist', 'allExcept', 'all'] as const;
  const behavior = shape.oneOf(config[behaviorName], `${at}.${behaviorName}`, behaviors);
  if (behavior === 'all') return ALL;
  if (behavior !== 'whitelist' && behavior !== 'allExcept') return NONE;
  const listed = named(shape.texts(itemsOr(config[listName]), `${at}.${listName}`));
  return behavior === 'whitelist' ? listed : (name) => !listed(name);
}

/** CloudFormation has a plain list. The API has a list under `Items`. */
function itemsOr(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null && 'Items' in raw ? raw.Items : raw;
}

export function readOriginRequestPolicy(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  path: string,
): OriginRequestPolicy | undefined {
  const resource = referred(shape, template, 'AWS::CloudFront::OriginRequestPolicy', ref, path);
  if (!resource) return undefined;
  const at = `${resource.logicalId}: OriginRequestPolicy`;
  const outer = shape.object(resource.properties, at, ['OriginRequestPolicyConfig']);
  const modelled = ['CookiesConfig', 'HeadersConfig', 'QueryStringsConfig'];
  const words = { Name: 'a name for people', Comment: 'words for people' };
  const config = shape.object(outer['OriginRequestPolicyConfig'], at, modelled, words);
  return {
    ...readHeaders(shape, config['HeadersConfig'], `${at}.HeadersConfig`),
    takesCookie: readNames(shape, config['CookiesConfig'], `${at}.CookiesConfig`, 'Cookie'),
    takesQueryString: readNames(
      shape,
      config['QueryStringsConfig'],
      `${at}.QueryStringsConfig`,
      'QueryString',
    ),
    isWithoutS3Overrides: false,
  };
}

function readHeaders(
  shape: ShapeReader,
  raw: unknown,
  at: string,
): Pick<OriginRequestPolicy, 'takesHeader' | 'generated'> {
  const config = shape.object(raw ?? { HeaderBehavior: 'none' }, at, ['HeaderBehavior', 'Headers']);
  const behaviors = [
    'none',
    'whitelist',
    'allViewer',
    'allViewerAndWhitelistCloudFront',
    'allExcept',
  ] as const;
  const behavior = shape.oneOf(config['HeaderBehavior'], `${at}.HeaderBehavior`, behaviors);
  const names = shape
    .texts(itemsOr(config['Headers'] ?? []), `${at}.Headers`)
    .map((name) => name.toLowerCase());
  const generated = behavior === 'allExcept' ? [] : names.filter(isGenerated);
  if (behavior === 'allViewer' || behavior === 'allViewerAndWhitelistCloudFront') {
    return { takesHeader: ALL, generated };
  }
  if (behavior === 'allExcept') return { takesHeader: (name) => !names.includes(name), generated };
  return { takesHeader: (name) => names.includes(name), generated };
}

export function isGenerated(name: string): boolean {
  return name.startsWith('cloudfront-');
}
