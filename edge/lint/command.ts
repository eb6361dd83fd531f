import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/parse-template';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { type Finding, RULES } from './finding.ts';
import { type LintResult, lint } from './lint.ts';

export const LINT_USAGE =
  'edge-local lint --template <file> [--value <name>=<value>] | --distribution <id> [--json | --sarif] [--seconds <n>]';

/** A day. lint cannot see how long a policy lives, so the rules that depend on it assume this as the longest life. */
const POLICY_SECONDS = 86_400;

/**
 * `edge-local lint`
 * @returns the exit status: 0 without a finding, 1 with findings, 2 if the input could not be read
 */
export async function lintCommand(
  args: string[],
  { out, err }: Record<'out' | 'err', (text: string) => void>,
): Promise<number> {
  try {
    const { template: file, distribution = '', values, policySeconds, form } = parseOptions(args);
    const source = file === undefined ? undefined : { file, text: readFileSync(file, 'utf8') };
    const read = source
      ? { template: parseTemplate(source.text), unseen: [] }
      : await (await import('./live/live-template.ts')).readLive(distribution);
    const { findings, unseen } = await lint(read.template, { values, policySeconds });
    const result = { findings, unseen: [...read.unseen, ...unseen] };
    const name = file ?? distribution;
    out(form === 'json' ? asJson(result) : form === 'sarif' ? asSarif(result, source) : asText(result, name));
    return findings.length === 0 ? 0 : 1;
  } catch (error) {
    err(`edge-local: ${error instanceof Error ? error.message || error.name : String(error)}`);
    return 2;
  }
}

function parseOptions(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values: given } = parseArgs({
    args,
    options: {
      template: text,
      distribution: text,
      seconds: text,
      json: flag,
      sarif: flag,
      value: { type: 'string', multiple: true, default: [] as string[] },
    },
  });
  const { template, distribution, json, sarif } = given;
  const policySeconds = Number(given.seconds ?? POLICY_SECONDS);
  const pairs = given.value.map((pair) => /^([^=]+)=(.*)/s.exec(pair));
  const isUsable =
    (template === undefined) !== (distribution === undefined) && !(json && sarif) && policySeconds > 0;
  if (!isUsable || pairs.includes(null)) throw new Error(`usage: ${LINT_USAGE}`);
  return {
    template,
    distribution,
    policySeconds,
    values: Object.fromEntries(
      pairs.map((pair) => {
        const [, name = '', value = ''] = pair ?? [];
        return [name, value];
      }),
    ),
    form: json ? 'json' : sarif ? 'sarif' : 'text',
  };
}

/** The report for people. */
function asText({ findings, unseen }: LintResult, name: string): string {
  const blocks = findings.map(({ rule, level, resource, property, problem, do: what }) =>
    [`${level} ${rule}  ${resource}.${property}`, `  ${problem}`, `  ${what}`, `  ${RULES[rule].page}`].join(
      '\n',
    ),
  );
  const count = `${name}: ${findings.length === 1 ? '1 finding' : `${findings.length || 'no'} findings`}`;
  const notSeen =
    unseen.length === 0 ? [] : [['not checked:', ...unseen.map((one) => `  ${one}`)].join('\n')];
  return [...blocks, ...notSeen, count].join('\n\n');
}

/** One JSON object per line. */
function asJson({ findings, unseen }: LintResult): string {
  const lines = findings.map((finding) => ({ ...finding, page: RULES[finding.rule].page }));
  return [...lines, ...unseen.map((one) => ({ unseen: one }))].map((line) => JSON.stringify(line)).join('\n');
}

/** SARIF 2.1.0, for code scanning. @param source the file that the findings are in, if it is a file */
function asSarif(
  { findings, unseen }: LintResult,
  source: { file: string; text: string } | undefined,
): string {
  const ids = [...new Set(findings.map(({ rule }) => rule))];
  const lineOf = linesOf(source?.text ?? '');
  const results = findings.map((finding) => {
    const { rule, level, resource, property, problem } = finding;
    const logical = { fullyQualifiedName: `${resource}.${property}`, kind: 'resource' };
    const physical = source && {
      artifactLocation: { uri: encodeURI(source.file.replaceAll('\\', '/')) },
      region: { startLine: lineOf(finding) },
    };
    return {
      ruleId: rule,
      ruleIndex: ids.indexOf(rule),
      level,
      message: { text: `${problem} ${finding.do}` },
      locations: [{ ...(physical ? { physicalLocation: physical } : {}), logicalLocations: [logical] }],
    };
  });
  const rules = ids.map((id) => ({
    id,
    shortDescription: { text: RULES[id].title },
    helpUri: RULES[id].page,
    help: { text: `${RULES[id].title}. ${RULES[id].page}` },
  }));
  const notes = unseen.map((one) => ({ level: 'note', message: { text: `not checked: ${one}` } }));
  const invocation = { executionSuccessful: true, toolExecutionNotifications: notes };
  const tool = { driver: { name: 'edge-local lint', rules } };
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool, invocations: [invocation], results }],
    },
    null,
    1,
  );
}

/** The line of a property, or of the nearest property above it. JSON is YAML, too. */
function linesOf(text: string): (finding: Finding) => number {
  const lineCounter = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter, logLevel: 'silent' });
  return ({ resource, property }) => {
    for (const keys = ['Resources', resource, 'Properties', ...property.split(/[.[\]]+/)]; ; keys.pop()) {
      const node = document.getIn(keys, true);
      if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
    }
  };
}
