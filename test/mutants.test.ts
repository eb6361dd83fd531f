import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { MUTANTS as EDGE_MUTANTS } from './edge/function/mutants.ts';
import { MUTANTS as LOCAL_CLOUDFRONT_MUTANTS } from './edge/local/mutants.ts';
import { MUTANTS as SERVICE_MUTANTS } from './services/auth/mutants.ts';
import { MUTANTS as MOVER_MUTANTS } from './services/mover/mutants.ts';
import { mutated } from './support/mutants.ts';

const LISTS = [EDGE_MUTANTS, LOCAL_CLOUDFRONT_MUTANTS, SERVICE_MUTANTS, MOVER_MUTANTS];

/**
 * The tests of the mutants run rarely. This test tells at once that a mutant does not fit a changed source any more.
 */
t.test('every mutant fits its source', (t) => {
  for (const mutant of LISTS.flat()) {
    const url = (path: string) => new URL(`../${path}`, import.meta.url);
    t.doesNotThrow(() => mutated(readFileSync(url(mutant.file), 'utf8'), mutant), mutant.breaks);
    t.ok(existsSync(url(mutant.killedBy)), mutant.killedBy);
  }
  t.end();
});
