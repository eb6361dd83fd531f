import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

// Some minutes of one core, shared by the workers.
t.setTimeout(1_800_000);

t.ok(MUTANTS.length >= 60, `${MUTANTS.length} mutants`);
await killMutants(t, MUTANTS, [
  'package.json',
  'package-lock.json',
  'README.md',
  'core',
  'edge',
  'infra',
  'services',
  'test',
  'scripts',
]);
