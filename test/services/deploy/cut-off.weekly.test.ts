import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseStackValues } from '../../../infra/values.ts';
import { startDeployments, WHOLE } from './support/deployments.ts';

const { aws, file, run, emptyAccount, inventory } = await startDeployments(t);
const MADE_ONCE = WHOLE.filter((step) => step.includes(' ')).toSorted();

/**
 * Weekly, since 61 accounts take 50 s of processor time. Last: after each of 61 calls nothing twice (November 2026); the full ring
 * cuts off after each of the 13 steps.
 */
t.test('cut off after any call to AWS and started again, it goes on and makes nothing twice', async (t) => {
  let cuts = 0;
  for (; ; cuts++) {
    const world = await emptyAccount();
    const first = await run(world, { afterCalls: cuts + 1 });
    if (!aws.isDown) {
      t.strictSame(first.steps, WHOLE, 'until no call was left to be cut off');
      break;
    }
    const second = await run(world);
    t.equal(second.steps.at(-1), 'probe', `after ${cuts + 1} calls`);
    t.strictSame(inventory(), MADE_ONCE, 'what AWS made, in both runs');
    parseStackValues(JSON.parse(readFileSync(file, 'utf8')));
  }
  t.ok(cuts > WHOLE.length, `${cuts} calls`);
});
