import type { Resource } from '../../../edge/local/template/template.ts';

const DAY_MS = 86_400_000;
const KNOWN = ['AbortIncompleteMultipartUpload', 'Status'];

/** Whether an upload in parts must be aborted by now. It began at the given time, in milliseconds since 1970. */
export type IsAbandoned = (startedAtMs: number) => boolean;

/**
 * The bucket's LifecycleConfiguration. A rule ends an upload after a number of days, at the next midnight UTC (Amazon
 * S3 User Guide, "Lifecycle configuration elements"). A property that is not modelled throws by name.
 */
export function createLifecycle(bucket: Resource, now: () => number): IsAbandoned {
  const days = parseRules(bucket.properties['LifecycleConfiguration']).flatMap((rule) => {
    const unknown = Object.keys(rule).find((name) => !KNOWN.includes(name));
    if (unknown !== undefined) throw new Error(`local S3: the lifecycle rule ${unknown} is not modelled`);
    return rule.Status === 'Enabled' ? [rule.AbortIncompleteMultipartUpload.DaysAfterInitiation] : [];
  });
  return (startedAtMs) =>
    days.some((count) => now() >= Math.ceil((startedAtMs + count * DAY_MS) / DAY_MS) * DAY_MS);
}

interface Rule {
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: number };
  Status: string;
}

/** Reads the shape that the CDK writes. */
function parseRules(configuration: unknown): Rule[] {
  return (configuration as { Rules?: Rule[] } | undefined)?.Rules ?? [];
}
