import { readFileSync } from 'node:fs';
import { parseTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/parse-template';
import { type LintResult, lint } from './lint.ts';

/**
 * `edge-local lint`
 * @returns the exit status: 0 without a finding, 1 with findings, 2 if the template could not be read
 */
export async function lintCommand(
  file: string,
  { values, json }: { values: Readonly<Record<string, string>>; json: boolean },
  { out, err }: Record<'out' | 'err', (text: string) => void>,
): Promise<number> {
  try {
    const result = await lint(parseTemplate(readFileSync(file, 'utf8')), values);
    out(json ? asJson(result) : asText(result, file));
    return result.findings.length === 0 ? 0 : 1;
  } catch (error) {
    err(`edge-local: ${error instanceof Error ? error.message || error.name : String(error)}`);
    return 2;
  }
}

/** The report for people. */
function asText({ findings, unseen }: LintResult, name: string): string {
  const blocks = findings.map(({ rule, level, resource, property, problem, do: what, page }) =>
    [`${level} ${rule}  ${resource}.${property}`, `  ${problem}`, `  ${what}`, `  ${page}`].join('\n'),
  );
  const count = `${name}: ${findings.length === 1 ? '1 finding' : `${findings.length || 'no'} findings`}`;
  const notSeen =
    unseen.length === 0 ? [] : [['not checked:', ...unseen.map((one) => `  ${one}`)].join('\n')];
  return [...blocks, ...notSeen, count].join('\n\n');
}

/** One JSON object per line. */
function asJson({ findings, unseen }: LintResult): string {
  return [...findings, ...unseen.map((one) => ({ unseen: one }))]
    .map((line) => JSON.stringify(line))
    .join('\n');
}
