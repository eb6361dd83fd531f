import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { type Finding, RULES } from './finding.ts';
import type { LintResult } from './lint.ts';

/** The report for people. */
export function asText({ findings, unseen }: LintResult, name: string): string {
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
export function asJson({ findings, unseen }: LintResult): string {
  const lines = findings.map((finding) => ({ ...finding, page: RULES[finding.rule].page }));
  return [...lines, ...unseen.map((one) => ({ unseen: one }))].map((line) => JSON.stringify(line)).join('\n');
}

/** SARIF 2.1.0, for code scanning. @param source the file that the findings are in, if it is a file */
export function asSarif(
  { findings, unseen }: LintResult,
  source: { file: string; text: string } | undefined,
): string {
  const ids = [...new Set(findings.map(({ rule }) => rule))];
  const lineOf = source ? linesOf(source.text) : undefined;
  const results = findings.map((finding) => {
    const { rule, level, resource, property, problem } = finding;
    const logical = { fullyQualifiedName: `${resource}.${property}`, kind: 'resource' };
    const physical = source && {
      artifactLocation: { uri: encodeURI(source.file.replaceAll('\\', '/')) },
      region: { startLine: lineOf?.(finding) ?? 1 },
    };
    return {
      ...{ ruleId: rule, ruleIndex: ids.indexOf(rule), level },
      message: { text: `${problem} ${finding.do}` },
      locations: [{ ...(physical ? { physicalLocation: physical } : {}), logicalLocations: [logical] }],
    };
  });
  const rules = ids.map((id) => ({
    ...{ id, shortDescription: { text: RULES[id].title }, helpUri: RULES[id].page },
    help: { text: `${RULES[id].title}. ${RULES[id].page}` },
  }));
  const notes = unseen.map((one) => ({ level: 'note', message: { text: `not checked: ${one}` } }));
  const invocation = { executionSuccessful: true, toolExecutionNotifications: notes };
  const tool = { driver: { name: 'edge-local lint', rules } };
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      ...{ version: '2.1.0', runs: [{ tool, invocations: [invocation], results }] },
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
    const way = [
      'Resources',
      resource,
      'Properties',
      ...property.split(/[.[\]]+/).filter((name) => name !== ''),
    ];
    const keys = way.map((name) => (/^\d+$/.test(name) ? Number(name) : name));
    for (; keys.length > 0; keys.pop()) {
      const node = document.getIn(keys, true);
      if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
    }
    return 1;
  };
}
