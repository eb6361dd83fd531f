import { markdownTable } from '../support/performance-page.ts';
import { FAULTS, faultsOf, PART_NAMES, PARTS, titleOf } from './damage.ts';
import { type Outcome, QUESTIONS } from './run.ts';

/** The outcomes of each damage, by its title. */
export type Outcomes = Map<string, Outcome[]>;

/** A table for each part, with a line for each question and a column for each fault. */
export function tables(outcomes: Outcomes): string {
  const legend = Object.entries(FAULTS).map(([fault, words]) => `- **${fault}**: ${words}`);
  const cell = (name: string, title: string) => {
    const answer = outcomes.get(title)?.find((outcome) => outcome.name === name)?.answer;
    if (!answer) return '';
    const { status, code, milliseconds } = answer;
    const edge = words(answer.body);
    const time = milliseconds < 100 ? '< 0.1 s' : `${(milliseconds / 1_000).toFixed(1)} s`;
    return [`${status}`, ...(code ? [`\`${code}\``] : edge), time].join(' ');
  };
  const sections = PART_NAMES.map((part) => {
    const faults = faultsOf(part);
    const rows = QUESTIONS.map(({ name }) => [
      name,
      cell(name, titleOf(undefined)),
      ...faults.map((fault) => cell(name, titleOf({ part, fault }))),
    ]);
    return `### ${PARTS[part].title}\n\n${markdownTable([['', 'whole', ...faults], ...rows])}`;
  });
  return [legend.join('\n'), ...sections].join('\n\n');
}

function words(body: unknown): string[] {
  return typeof body === 'object' && body !== null && 'edge' in body ? [String(body.edge)] : [];
}
