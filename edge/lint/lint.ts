import { noOriginAccessControl, noSourceArn, publicBucket } from './buckets.ts';
import { functionLanguage, functionNotPublished, functionSyntax } from './code.ts';
import { corsAnyOrigin } from './cors.ts';
import { certificateRegion, duplicatePathPattern } from './deployment.ts';
import { unsignedSharesOrigin } from './doors.ts';
import type { Finding, Rule } from './finding.ts';
import { functionCrossesPrefix } from './functions.ts';
import { readStack } from './stack.ts';
import { httpAllowed } from './transport.ts';

export const RULES: readonly Rule[] = [
  unsignedSharesOrigin,
  functionCrossesPrefix,
  noOriginAccessControl,
  noSourceArn,
  publicBucket,
  httpAllowed,
  corsAnyOrigin,
  functionSyntax,
  functionLanguage,
  functionNotPublished,
  duplicatePathPattern,
  certificateRegion,
];

export interface LintResult {
  /** The errors come first. */
  findings: Finding[];
  /** The things that lint could not see, by name. */
  unseen: string[];
}

/**
 * Finds settings that make private content public, or with which CloudFront refuses the template.
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
  const each = new Map<string, Finding>();
  for (const { name: rule, page, check } of RULES)
    for (const found of await check(stack)) each.set(JSON.stringify([rule, found]), { rule, ...found, page });
  return {
    findings: [...each.values()].toSorted(
      (a, b) => Number(b.level === 'error') - Number(a.level === 'error'),
    ),
    unseen: [...stack.unseen],
  };
}
