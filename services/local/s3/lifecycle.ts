import type { Resource } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';

const DAY_MS = 86_400_000;

/** What the bucket's rules no longer keep. Times are milliseconds since 1970. */
export interface Lifecycle {
  /** Whether an upload in parts that began at this time must be aborted by now. */
  isAbandoned(startedAtMs: number): boolean;
  /** Whether a version that was replaced at this time is past its days. */
  isExpired(noncurrentSinceMs: number): boolean;
  /** Whether a delete marker goes with the last version behind it. */
  dropsLoneMarkers: boolean;
}

/** Reads the shape that the CDK writes. */
interface Rule {
  Status: string;
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
  NoncurrentVersionExpiration?: { NoncurrentDays: number };
  ExpiredObjectDeleteMarker?: boolean;
}

/**
 * The bucket's LifecycleConfiguration. A rule acts after a number of days, at the next midnight UTC (Amazon S3 User
 * Guide, "Lifecycle configuration elements"). A property that is not modelled throws by name.
 */
export function createLifecycle(bucket: Resource, now: () => number): Lifecycle {
  const rules = parseRules(bucket.properties['LifecycleConfiguration']);
  const isPast = (days: number | undefined, sinceMs: number) =>
    days !== undefined && now() >= nextMidnight(sinceMs + days * DAY_MS);
  return {
    isAbandoned: (startedAtMs) =>
      rules.some((rule) => isPast(rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation, startedAtMs)),
    isExpired: (noncurrentSinceMs) =>
      rules.some((rule) => isPast(rule.NoncurrentVersionExpiration?.NoncurrentDays, noncurrentSinceMs)),
    dropsLoneMarkers: rules.some((rule) => rule.ExpiredObjectDeleteMarker === true),
  };
}

/** The first midnight UTC after a time. */
export function nextMidnight(ms: number): number {
  return (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
}

function parseRules(configuration: unknown): Rule[] {
  const rules = (configuration as { Rules?: Rule[] } | undefined)?.Rules ?? [];
  for (const rule of rules) {
    const { Status, AbortIncompleteMultipartUpload, NoncurrentVersionExpiration, ...others } = rule;
    const { ExpiredObjectDeleteMarker, ...unknown } = {
      ...others,
      ...elementsBeside(AbortIncompleteMultipartUpload, 'DaysAfterInitiation'),
      ...elementsBeside(NoncurrentVersionExpiration, 'NoncurrentDays'),
    };
    const [name] = Object.keys(unknown);
    if (name !== undefined) throw new Error(`local S3: the lifecycle rule ${name} is not modelled`);
  }
  return rules.filter(({ Status }) => Status === 'Enabled');
}

/** The members of an action that are not this one. */
function elementsBeside(action: object | undefined, name: string): object {
  return Object.fromEntries(Object.entries(action ?? {}).filter(([key]) => key !== name));
}
