import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

// About a minute and a half of one core, shared by the workers.
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
