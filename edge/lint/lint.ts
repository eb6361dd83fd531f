import { recordAt } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { bucketFindings } from './buckets.ts';
import { cacheFindings } from './caching.ts';
import { corsFindings } from './cors.ts';
import { deploymentFindings } from './deployment.ts';
import { doorFindings } from './doors.ts';
import type { Finding } from './finding.ts';
import { functionFindings } from './functions.ts';
import { httpFindings, keyFindings, logFindings } from './settings.ts';
import { readStack } from './stack.ts';

export interface LintOptions {
  /** The values of parameters, imports and attributes that the template leaves open. */
  values?: Readonly<Record<string, string>>;
  /** The longest life of a policy. */
  policySeconds: number;
}

export interface LintResult {
  /** The most important findings come first. */
  findings: Finding[];
  /** The things that lint could not see, by name. */
  unseen: string[];
}

const LEVELS = ['error', 'warning', 'note'];

/**
 * Finds settings that make private content public, or its protection weak. A rule without enough facts gives no
 * finding. It says what it could not see.
 * @throws Error if the text is not a template, or a condition depends on a value that is not given
 */
export async function lint(rawTemplate: unknown, options: LintOptions): Promise<LintResult> {
  const stack = readStack(rawTemplate, options.values ?? {});
  if (stack.distributions.some(({ isSigned }) => isSigned)) {
    stack.unseen.add(
      `the signer: the Resource and the life of its policies (lint assumes ${options.policySeconds} s at most), and its hash`,
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
    ...deploymentFindings(stack),
    ...keyFindings(stack, isExportedFrom(rawTemplate)),
  ];
  const each = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return {
    findings: [...each.values()].toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level)),
    unseen: [...stack.unseen],
  };
}

/** Whether an output names a resource: another stack may then use the resource. */
function isExportedFrom(rawTemplate: unknown): (logicalId: string) => boolean {
  const outputs = JSON.stringify(recordAt(rawTemplate, 'Outputs'));
  return (logicalId) => outputs.includes(`"${logicalId}"`) || outputs.includes(`\${${logicalId}`);
}
