// Weekly, because of its time: 10,000 moves of some ten milliseconds each on a quiet machine, and as many files to put
// first. `.ci/run` has 300. Last result, November 2026: 4,998 files left, 5,004 made, 2 in both, none lost, and the second run
// ended it; 15 min 22 s on two cores with a load of 15.
import t from 'tap';
import { renameHalfWay } from './support/renamed-folder.ts';

t.setTimeout(3_600_000);

t.test('a folder of 10,000 files, renamed with the browser closed half way: a second run ends it', (t) =>
  renameHalfWay(t, 10_000),
);
