import process from 'node:process';
import { UsageError } from '../../services/operator/cli/command-line.ts';
import { withTeardown } from '../support/test-stack.ts';
import { DAMAGES, titleOf } from './damage.ts';
import { USUAL } from './pace.ts';
import { drill } from './run.ts';
import { startSystem } from './system.ts';

const USAGE = 'usage: npm run drill [-- part of a name, such as "DynamoDB cut"]';

/**
 * `npm run drill` starts the local system, breaks each of its parts in every way, and prints the promises that did not
 * hold. Words choose the faults whose names hold them.
 */
async function main(args: string[]): Promise<boolean> {
  const words = args.join(' ');
  const chosen = DAMAGES.filter((damage) => titleOf(damage).includes(words));
  // The service loads its clients of AWS at their first calls. This must not count as the time of an answer.
  const damages = new Set([undefined, ...chosen]);
  if (chosen.length === 0) throw new UsageError(USAGE);
  process.env['CDK_VALIDATION'] ??= 'false';
  let isRight = true;
  await withTeardown(async (t) => {
    const system = await startSystem(t, USUAL);
    for (const damage of damages) {
      const result = await drill(system, damage);
      const faults = [...result.faults, ...result.late];
      const didHold = faults.length === 0;
      isRight &&= didHold;
      console.log(
        `${didHold ? 'held' : 'BROKEN'}: ${titleOf(damage)}; the longest answer took ${(result.longestMs / 1_000).toFixed(1)} s`,
      );
      for (const fault of faults) console.log(`  ${fault}`);
    }
  });
  return isRight;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`drill: ${error.message}`);
  process.exitCode = 2;
}
