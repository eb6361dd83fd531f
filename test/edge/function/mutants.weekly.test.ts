// Weekly, because of its cost: a minute and a half of one core. Last result, November 2026: all 120 seen, 114 s on a
// busy machine.

import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

t.setTimeout(600_000);

t.ok(MUTANTS.length >= 30, `${MUTANTS.length} mutants`);
await killMutants(t, MUTANTS, [
  'package.json',
  'core',
  'edge',
  'test/core',
  'test/edge/function',
  'test/support/any-character.ts',
]);
