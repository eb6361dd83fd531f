// Runs alone, because it judges by times.
import t from 'tap';
import { DAMAGES, titleOf } from './damage.ts';
import { HASTY } from './pace.ts';
import { drill } from './run.ts';
import { startSystem } from './system.ts';

t.setTimeout(900_000);

/** `npm run drill` waits as long as people would. Here all times are a tenth. */
const system = await startSystem(t, HASTY);

for (const damage of DAMAGES) {
  t.test(titleOf(damage), async (t) => {
    t.strictSame((await drill(system, damage)).faults, []);
  });
}
