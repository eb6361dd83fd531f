import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/parse-template';
import { type LintResult, lint } from './lint.ts';

export const LINT_USAGE = 'edge-local lint --template <file> [--value <name>=<value>] [--json]';

/**
 * `edge-local lint`
 * @returns the exit status: 0 without a finding, 1 with findings, 2 if the template could not be read
 */
export async function lintCommand(
  args: string[],
  { out, err }: Record<'out' | 'err', (text: string) => void>,
): Promise<number> {
  try {
    const { template: file, values, json } = parseOptions(args);
    const result = await lint(parseTemplate(readFileSync(file, 'utf8')), values);
    out(json ? asJson(result) : asText(result, file));
    return result.findings.length === 0 ? 0 : 1;
  } catch (error) {
    err(`edge-local: ${error instanceof Error ? error.message || error.name : String(error)}`);
    return 2;
  }
}

function parseOptions(args: string[]) {
  const { values: given } = parseArgs({
    args,
    options: {
      template: { type: 'string' },
      json: { type: 'boolean', default: false },
      value: { type: 'string', multiple: true, default: [] as string[] },
    },
  });
  const { template, json } = given;
  const values: Record<string, string> = {};
  for (const pair of given.value) {
    const [, name, value = ''] = /^([^=]+)=(.*)/s.exec(pair) ?? [];
    if (name === undefined) throw new Error(`usage: ${LINT_USAGE}`);
    values[name] = value;
  }
  if (template === undefined) throw new Error(`usage: ${LINT_USAGE}`);
  return { template, json, values };
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
