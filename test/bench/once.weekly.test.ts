// Weekly, because each of these takes ten to thirty seconds of processor time even with its smallest amounts: browsers that
// draw photos, starts of the local system, callgrind. The cheap ones are in once.full.test.ts.
// Last result (2026-11-29): all print their tables.
import t from 'tap';
import { BENCHMARKS, CHEAP, runsOnce } from './support/once.ts';

t.setTimeout(1_200_000);
for (const name of BENCHMARKS.filter((each) => !CHEAP.includes(each))) {
  t.test(`the benchmark ${name} runs and prints a table`, { timeout: 600_000 }, (t) => runsOnce(t, name));
}
