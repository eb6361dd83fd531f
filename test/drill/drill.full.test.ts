import t from 'tap';
import { DAMAGES, type Damage, titleOf } from './damage.ts';
import { HASTY, UNHURRIED } from './pace.ts';
import { drill } from './run.ts';
import { startSystem } from './system.ts';

t.setTimeout(900_000);

/** A slow part is a matter of the service's own time limits: at a fifth of them, a busy machine would break the promise. */
const isOfTimes = (damage: Damage | undefined) => damage?.fault === 'slow';

// `npm run drill` waits as long as people would. Here all other times are a fifth.
for (const [pace, damages] of [
  [HASTY, DAMAGES.filter((damage) => !isOfTimes(damage))],
  [UNHURRIED, [undefined, ...DAMAGES.filter(isOfTimes)]],
] as const) {
  const system = await startSystem(t, pace);
  for (const damage of damages) {
    await t.test(titleOf(damage), async (t) => {
      const { faults, late } = await drill(system, damage);
      t.strictSame(faults, []);
      // Other tests delay an answer now and then. What waits for a broken part is late each time.
      if (late.length > 0) {
        const again = await drill(system, damage);
        t.strictSame([...again.faults, ...again.late], [], `at first: ${late}`);
      }
    });
  }
}
