import process from 'node:process';
import { UsageError } from '../../services/operator/cli/command-line.ts';
import { machine, markdownTable, writeBetweenMarkers } from '../support/generated-page.ts';
import { withTeardown } from '../support/test-stack.ts';
import { DAMAGES, FAULTS, faultsOf, PART_NAMES, PARTS, titleOf } from './damage.ts';
import { USUAL } from './pace.ts';
import { QUESTIONS } from './questions.ts';
import { drill, type Outcome } from './run.ts';
import { startSystem } from './system.ts';

/** A table for each part, with a line for each question and a column for each fault. @param outcomes by the title of the damage */
function tables(outcomes: Map<string, Outcome[]>): string {
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

const USAGE =
  'usage: npm run drill [-- --write, for test/drill/README.md | -- part of a name, such as "DynamoDB cut"]';

/**
 * `npm run drill` starts the local system, breaks each of its parts in every way, and prints the promises that did not
 * hold. Words choose the faults whose names hold them.
 */
async function main(args: string[]): Promise<boolean> {
  const isWriting = args.includes('--write');
  const words = args.filter((argument) => argument !== '--write').join(' ');
  const chosen = DAMAGES.filter((damage) => titleOf(damage).includes(words));
  // The service loads its clients of AWS at their first calls. This must not count as the time of an answer.
  const damages = new Set([undefined, ...chosen]);
  if (chosen.length === 0 || (isWriting && words !== '')) throw new UsageError(USAGE);
  process.env['CDK_VALIDATION'] ??= 'false';
  const outcomes = new Map<string, Outcome[]>();
  let isRight = true;
  await withTeardown(async (t) => {
    const system = await startSystem(t, USUAL);
    for (const damage of damages) {
      const result = await drill(system, damage);
      outcomes.set(titleOf(damage), result.outcomes);
      const longestMs = Math.max(...result.outcomes.map(({ answer }) => answer.milliseconds));
      const didHold = result.faults.length === 0;
      isRight &&= didHold;
      console.log(
        `${didHold ? 'held' : 'BROKEN'}: ${titleOf(damage)}; the longest answer took ${(longestMs / 1_000).toFixed(1)} s`,
      );
      for (const fault of result.faults) console.log(`  ${fault}`);
    }
  });
  const date = new Date().toISOString().slice(0, 10);
  const text = `${tables(outcomes)}\n\n${date}, ${machine()}.`;
  if (isWriting) writeBetweenMarkers('drill', text, 'test/drill/README.md');
  else if (words === '') console.log(`\n${text}`);
  return isRight;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`drill: ${error.message}`);
  process.exitCode = 2;
}
