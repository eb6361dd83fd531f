// Weekly, because of its time: 10,000 moves of some ten milliseconds each on a quiet machine, and as many files to put
// first. `.ci/run` has 300. Not run as a whole yet. Last result, November 2026: of 300, none lost.
import t from 'tap';
import { renameHalfWay } from './support/renamed-folder.ts';

t.setTimeout(3_600_000);

t.test('a folder of 10,000 files, renamed with the browser closed half way: a second run ends it', (t) =>
  renameHalfWay(t, 10_000),
);
