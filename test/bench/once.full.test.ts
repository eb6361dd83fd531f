import t from 'tap';
import { CHEAP, runsOnce } from './support/once.ts';

t.setTimeout(600_000);
for (const name of CHEAP) {
  t.test(`the benchmark ${name} runs and prints a table`, { buffered: true, timeout: 240_000 }, (t) =>
    runsOnce(t, name),
  );
}
