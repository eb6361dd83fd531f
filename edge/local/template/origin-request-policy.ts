import { matchesPattern } from '../viewer/path-pattern.ts';
import { type Part, readOneOf, readOptional, readReferred, readTexts, settingsOf } from './reading.ts';

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
  const patterns = names.filter((name) => /[*?]/.test(name));
  return (name) => exact.has(name) || patterns.some((pattern) => matchesPattern(pattern, name));
}

const NOTHING: OriginRequestPolicy = {
  takesHeader: NONE,
  generated: [],
  takesQueryString: NONE,
  takesCookie: NONE,
  isWithoutS3Overrides: false,
};
const ALL_VIEWER: OriginRequestPolicy = {
  takesHeader: ALL,
  generated: [],
  takesQueryString: ALL,
  takesCookie: ALL,
  isWithoutS3Overrides: true,
};
const only = (...headers: string[]): OriginRequestPolicy => ({ ...NOTHING, takesHeader: named(headers) });
const PREFLIGHT = ['origin', 'access-control-request-headers', 'access-control-request-method'];

/** The headers of June 2022, which `AllViewerAndCloudFrontHeaders-2022-06` adds. */
const GENERATED_2022 = `
  forwarded-proto is-android-viewer is-desktop-viewer is-ios-viewer is-mobile-viewer is-smarttv-viewer is-tablet-viewer
  viewer-address viewer-asn viewer-city viewer-country viewer-country-name viewer-country-region
  viewer-country-region-name viewer-http-version viewer-latitude viewer-longitude viewer-metro-code viewer-postal-code
  viewer-time-zone viewer-tls`
  .trim()
  .split(/\s+/)
  .map((name) => `cloudfront-${name}`);

/** Origin request policies that AWS manages, by id (DG: managed origin request policies). */
export const MANAGED_ORIGIN_REQUEST_POLICIES = new Map<unknown, OriginRequestPolicy>([
  // AllViewer
  ['216adef6-5c7f-47e4-b989-5492eafa07d3', ALL_VIEWER],
  // AllViewerAndCloudFrontHeaders-2022-06
  ['33f36d7e-f396-46d9-90e0-52428a34d9dc', { ...ALL_VIEWER, generated: GENERATED_2022 }],
  // AllViewerExceptHostHeader
  ['b689b0a8-53d0-40ab-baf2-68738e2966ac', { ...ALL_VIEWER, takesHeader: (name) => name !== 'host' }],
  // CORS-CustomOrigin
  ['59781a5b-3903-41f3-afcb-af62929ccde1', only('origin')],
  // CORS-S3Origin
  ['88a5eaf4-2fd4-4709-b370-b4c650ea3fcf', only(...PREFLIGHT)],
  // HostHeaderOnly
  ['bf0718e1-ba1e-49d1-88b1-f726733018ae', only('host')],
  // UserAgentRefererHeaders
  ['acba4595-bd28-49b8-b9fe-13317c0390fa', only('user-agent', 'referer')],
  [
    // Elemental-MediaTailor-PersonalizedManifests
    '775133bc-15f2-49f9-abea-afb2e0bf67d2',
    {
      ...only(...PREFLIGHT, 'user-agent', 'x-forwarded-for'),
      takesQueryString: ALL,
      isWithoutS3Overrides: true,
    },
  ],
]);

/** `none`, `whitelist`, `allExcept` or `all` query strings or cookies. Both kinds of policies use these words. */
export function readNames(policy: Part, what: 'QueryString' | 'Cookie'): Takes {
  const config = readOptional(policy, `${what}sConfig`, [`${what}Behavior`, `${what}s`]);
  const behaviors = ['none', 'whitelist', 'allExcept', 'all'] as const;
  if (!config) return NONE;
  const behavior = readOneOf(config, `${what}Behavior`, behaviors);
  if (behavior === 'all') return ALL;
  if (behavior !== 'whitelist' && behavior !== 'allExcept') return NONE;
  const listed = named(readTexts(config, `${what}s`));
  return behavior === 'whitelist' ? listed : (name) => !listed(name);
}

/** The origin request policy of a behavior: one of AWS, or one of the template. */
export function readOriginRequestPolicy(behavior: Part): OriginRequestPolicy | undefined {
  const id = behavior.value['OriginRequestPolicyId'];
  const managed = MANAGED_ORIGIN_REQUEST_POLICIES.get(id);
  if (managed || id === undefined) return managed;
  const type = 'AWS::CloudFront::OriginRequestPolicy';
  const resource = readReferred(behavior, 'OriginRequestPolicyId', type, 'it adds nothing');
  if (!resource) return undefined;
  const modelled = ['CookiesConfig', 'HeadersConfig', 'QueryStringsConfig'];
  const policy = settingsOf(behavior.reading, resource, modelled);
  return {
    ...readHeaders(policy),
    takesCookie: readNames(policy, 'Cookie'),
    takesQueryString: readNames(policy, 'QueryString'),
    isWithoutS3Overrides: false,
  };
}

const HEADER_BEHAVIORS = ['none', 'whitelist', 'allViewer', 'allViewerAndWhitelistCloudFront', 'allExcept'];

function readHeaders(policy: Part): Pick<OriginRequestPolicy, 'takesHeader' | 'generated'> {
  const config = readOptional(policy, 'HeadersConfig', ['HeaderBehavior', 'Headers']);
  if (!config) return { takesHeader: NONE, generated: [] };
  const behavior = readOneOf(config, 'HeaderBehavior', HEADER_BEHAVIORS);
  const names = readTexts(config, 'Headers', []).map((name) => name.toLowerCase());
  if (behavior === 'allExcept') return { takesHeader: (name) => !names.includes(name), generated: [] };
  const isAll = behavior === 'allViewer' || behavior === 'allViewerAndWhitelistCloudFront';
  return {
    takesHeader: isAll ? ALL : (name) => names.includes(name),
    generated: names.filter(isGenerated),
  };
}

/** Whether CloudFront writes a header itself. @param name in lower case */
export function isGenerated(name: string): boolean {
  return name.startsWith('cloudfront-');
}
