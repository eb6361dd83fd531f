import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseStackValues } from '../../../../infra/values.ts';
import { startDeployments, WHOLE } from './support/deployments.ts';

const { aws, file, run, emptyAccount, inventory } = await startDeployments(t);
const MADE_ONCE = WHOLE.filter((step) => step.includes(' ')).toSorted();

/**
 * Weekly, because 61 accounts take 50 s of processor time. Last result: after each of 61 calls, nothing was made twice
 * (November 2026). The full ring cuts off after each of the 13 steps.
 */
t.test('cut off after any call to AWS and started again, it continues and makes nothing twice', async (t) => {
  let cuts = 0;
  for (; ; cuts++) {
    const world = await emptyAccount();
    const first = await run(world, { afterCalls: cuts + 1 });
    if (!aws.isDown) {
      t.strictSame(first.steps, WHOLE, 'until a run had no call left to cut off');
      break;
    }
    const second = await run(world);
    t.equal(second.steps.at(-1), 'probe', `after ${cuts + 1} calls`);
    t.strictSame(inventory(), MADE_ONCE, 'the resources that both runs made');
    parseStackValues(JSON.parse(readFileSync(file, 'utf8')));
  }
  t.ok(cuts > WHOLE.length, `${cuts} calls`);
});
