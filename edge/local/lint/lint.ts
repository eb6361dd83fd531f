import { isRecord } from '../template/shape.ts';
import { bucketFindings } from './buckets.ts';
import { cacheFindings } from './caching.ts';
import { corsFindings } from './cors.ts';
import { doorFindings } from './doors.ts';
import type { Finding } from './finding.ts';
import { functionFindings } from './functions.ts';
import { keyFindings } from './keys.ts';
import { logFindings } from './logs.ts';
import { readStack } from './stack.ts';
import { httpFindings } from './transport.ts';

export interface LintOptions {
  /** Values of parameters, imports and attributes that the template leaves open. */
  values?: Readonly<Record<string, string>>;
  /** How long a policy lives at most. */
  policySeconds: number;
}

export interface LintResult {
  /** What matters most comes first. */
  findings: Finding[];
  /** What could not be looked at, by name. */
  unseen: string[];
}

const LEVELS = ['error', 'warning', 'note'];

/**
 * What makes private content public or fragile. A rule that cannot know is silent, and says what it could not see.
 * @throws Error where it is no template, or a condition hangs on a value that is not given
 */
export async function lint(rawTemplate: unknown, options: LintOptions): Promise<LintResult> {
  const stack = readStack(rawTemplate, options.values ?? {});
  if (stack.distributions.some(({ isSigned }) => isSigned)) {
    stack.unseen.add(
      `the signer: which Resource its policies have, how long they live (${options.policySeconds} s at most is assumed), and its hash`,
    );
  }
  const findings = [
    ...(await doorFindings(stack)),
    ...(await functionFindings(stack)),
    ...bucketFindings(stack),
    ...httpFindings(stack),
    ...corsFindings(stack),
    ...cacheFindings(stack, options.policySeconds),
    ...logFindings(stack),
    ...keyFindings(stack, isExportedFrom(rawTemplate)),
  ];
  const each = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return {
    findings: [...each.values()].toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)),
    unseen: [...stack.unseen],
  };
}

/** Whether an output tells of a resource: another stack may use it. */
function isExportedFrom(rawTemplate: unknown): (logicalId: string) => boolean {
  const outputs = JSON.stringify((isRecord(rawTemplate) && rawTemplate['Outputs']) || {});
  return (logicalId) => outputs.includes(`"${logicalId}"`) || outputs.includes(`\${${logicalId}`);
}
