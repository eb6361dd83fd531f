import t from 'tap';
import { missing } from '../support/missing.ts';
import { count, USUAL } from './edge-function.ts';
import { isMet } from './support/measure.ts';

const options = { skip: missing('/usr/bin/njs', '/usr/bin/valgrind'), timeout: 120_000 };

t.test(
  'a file of one’s own, and one of a team, cost no more instructions than their goals',
  options,
  async (t) => {
    for (const { name, ours, baselines } of await count(USUAL, 1)) {
      for (const { name: baseline, ratio, goal } of baselines) {
        if (goal) t.ok(isMet(ratio, goal), `${name}: ${ours.median}, ${ratio.toFixed(3)} of ${baseline}`);
      }
    }
  },
);
