import process from 'node:process';
import { UsageError } from '../../services/cli/usage-error.ts';
import { machine, writeBetweenMarkers } from '../support/performance-page.ts';
import { USUAL } from './pace.ts';
import { drill } from './run.ts';
import { PART_NAMES, PARTS, startSystem } from './system.ts';
import { faultNames, keyOf, type Outcomes, tables } from './table.ts';

/**
 * `npm run drill` starts the local system, breaks each of its parts in every way, and prints the promises that did not
 * hold.
 */
async function main(args: string[]): Promise<boolean> {
  const unknown = args.filter((argument) => argument !== '--write');
  if (unknown.length > 0)
    throw new UsageError(`unknown option ${unknown[0]}; the only option is --write, for docs/drill.md`);
  process.env['CDK_VALIDATION'] ??= 'false';
  const ends: (() => Promise<void> | void)[] = [];
  const outcomes: Outcomes = new Map();
  let isRight = true;
  try {
    const system = await startSystem({ teardown: (end) => ends.push(end) }, USUAL);
    const damages = PART_NAMES.flatMap((part) => faultNames().map((fault) => ({ part, fault })));
    for (const damage of [undefined, ...damages]) {
      const outcome = await drill(system, damage);
      outcomes.set(keyOf(damage), outcome);
      const longestMs = Math.max(...outcome.map(({ answer }) => answer.milliseconds));
      const title = damage ? `${PARTS[damage.part].title}, ${damage.fault}` : 'nothing broken';
      const lines = outcome.flatMap(({ name, faults }) => faults.map((fault) => `  ${name}: ${fault}`));
      isRight &&= lines.length === 0;
      console.log(
        `${lines.length === 0 ? 'held' : 'BROKEN'}: ${title}; the longest answer took ${(longestMs / 1_000).toFixed(1)} s`,
      );
      for (const line of lines) console.log(line);
    }
  } finally {
    for (const end of ends.toReversed()) await end();
  }
  const date = new Date().toISOString().slice(0, 10);
  const text = `${tables(outcomes)}\n\n${date}, ${machine()}.`;
  if (args.includes('--write')) writeBetweenMarkers('drill', text, 'docs/drill.md');
  else console.log(`\n${text}`);
  return isRight;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`drill: ${error.message}`);
  process.exitCode = 2;
}
