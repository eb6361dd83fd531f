// Runs alone, because it judges by times.
import t from 'tap';
import { HASTY } from './pace.ts';
import { drill } from './run.ts';
import { PART_NAMES, PARTS, startSystem } from './system.ts';
import { faultNames } from './table.ts';

t.setTimeout(900_000);

/** `npm run drill` waits as long as people would. Here all times are a tenth. */
const system = await startSystem(t, HASTY);

const damages = PART_NAMES.flatMap((part) => faultNames().map((fault) => ({ part, fault })));
for (const damage of [undefined, ...damages]) {
  const title = damage ? `${PARTS[damage.part].title} ${damage.fault}` : 'nothing broken';
  t.test(title, async (t) => {
    const outcomes = await drill(system, damage);
    const faults = outcomes.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
    t.strictSame(faults, []);
  });
}
