import { bucketFindings } from './buckets.ts';
import { corsFindings } from './cors.ts';
import { deploymentFindings } from './deployment.ts';
import { doorFindings } from './doors.ts';
import type { Finding } from './finding.ts';
import { functionFindings } from './functions.ts';
import { readStack } from './stack.ts';
import { httpFindings } from './transport.ts';

export interface LintResult {
  /** The errors come first. */
  findings: Finding[];
  /** The things that lint could not see, by name. */
  unseen: string[];
}

/**
 * Finds settings that make private content public, or with which CloudFront refuses the template. A rule without enough
 * facts gives no finding. It says what it could not see.
 * @param values the values of parameters, imports and attributes that the template leaves open
 * @throws Error if the text is not a template, or a condition depends on a value that is not given
 */
export async function lint(
  rawTemplate: unknown,
  values: Readonly<Record<string, string>> = {},
): Promise<LintResult> {
  const stack = readStack(rawTemplate, values);
  if (stack.distributions.some(({ isSigned }) => isSigned))
    stack.unseen.add('the signer: which files its policies open, and for how long');
  const findings = [
    ...(await doorFindings(stack)),
    ...(await functionFindings(stack)),
    ...bucketFindings(stack),
    ...httpFindings(stack),
    ...corsFindings(stack),
    ...deploymentFindings(stack),
  ];
  const each = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return {
    findings: [...each.values()].toSorted(
      (a, b) => Number(b.level === 'error') - Number(a.level === 'error'),
    ),
    unseen: [...stack.unseen],
  };
}
