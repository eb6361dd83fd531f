import { markdownTable } from '../support/performance-page.ts';
import { FAULTS, type Fault } from './faults.ts';
import { type Outcome, QUESTIONS } from './run.ts';
import { PART_NAMES, PARTS, type Part } from './system.ts';

export type Outcomes = Map<string, Outcome[]>;

export function keyOf(damage: { part: Part; fault: Fault } | undefined): string {
  return damage === undefined ? 'whole' : `${damage.part} ${damage.fault}`;
}

export function faultNames(): Fault[] {
  const isFault = (name: string): name is Fault => Object.hasOwn(FAULTS, name);
  return Object.keys(FAULTS).filter(isFault);
}

/** A table for each part, with a line for each question and a column for each fault. */
export function tables(outcomes: Outcomes): string {
  const legend = faultNames().map((fault) => `- **${fault}**: ${FAULTS[fault]}`);
  const cell = (name: string, key: string) => {
    const answer = outcomes.get(key)?.find((outcome) => outcome.name === name)?.answer;
    if (!answer) return '';
    const { status, code, milliseconds } = answer;
    const edge = words(answer.body);
    const time = milliseconds < 100 ? '< 0.1 s' : `${(milliseconds / 1_000).toFixed(1)} s`;
    return [`${status}`, ...(code ? [`\`${code}\``] : edge), time].join(' ');
  };
  const sections = PART_NAMES.map((part) => {
    const rows = QUESTIONS.map(({ name }) => [
      name,
      cell(name, 'whole'),
      ...faultNames().map((fault) => cell(name, keyOf({ part, fault }))),
    ]);
    return `### ${PARTS[part].title}\n\n${markdownTable([['', 'whole', ...faultNames()], ...rows])}`;
  });
  return [legend.join('\n'), ...sections].join('\n\n');
}

function words(body: unknown): string[] {
  return typeof body === 'object' && body !== null && 'edge' in body ? [String(body.edge)] : [];
}
