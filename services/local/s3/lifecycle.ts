import type { Resource } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';

const DAY_MS = 86_400_000;

/** What the bucket's rules no longer keep. `Infinity` if no rule says so. */
export interface Lifecycle {
  /** An upload in parts is aborted so many days after it began. */
  uploadDays: number;
  /** A version is removed so many days after it was replaced. */
  noncurrentDays: number;
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

const MODELLED = [
  ...['Status', 'AbortIncompleteMultipartUpload', 'DaysAfterInitiation'],
  ...['NoncurrentVersionExpiration', 'NoncurrentDays', 'ExpiredObjectDeleteMarker'],
];

/** The bucket's LifecycleConfiguration. A property that is not modelled throws by name. */
export function parseLifecycle({ properties }: Resource): Lifecycle {
  const all = (properties['LifecycleConfiguration'] as { Rules?: Rule[] } | undefined)?.Rules ?? [];
  const rules = all.filter(({ Status }) => Status === 'Enabled');
  JSON.stringify(all, (name, value) => {
    if (name === '' || /^\d+$/.test(name) || MODELLED.includes(name)) return value;
    throw new Error(`local S3: the lifecycle rule ${name} is not modelled`);
  });
  const least = (days: (rule: Rule) => number | undefined) =>
    Math.min(...rules.map((rule) => days(rule) ?? Number.POSITIVE_INFINITY));
  return {
    uploadDays: least((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation),
    noncurrentDays: least((rule) => rule.NoncurrentVersionExpiration?.NoncurrentDays),
    dropsLoneMarkers: rules.some((rule) => rule.ExpiredObjectDeleteMarker === true),
  };
}

/**
 * What is older than this has had its days, up to the next midnight UTC (Amazon S3 User Guide, "Lifecycle configuration
 * elements").
 */
export function endOfDays(days: number, nowMs: number): number {
  return nextMidnight(nowMs) - DAY_MS - days * DAY_MS;
}

/** The first midnight UTC after a time. */
export function nextMidnight(ms: number): number {
  return (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
}
