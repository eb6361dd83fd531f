import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

// Some minutes of one core, shared by the workers.
t.setTimeout(900_000);

await killMutants(t, MUTANTS, [
  ...['README.md', 'package.json', 'package-lock.json', 'tsconfig.json'],
  ...['docs', 'edge', 'infra', 'packages', 'services', 'test', 'scripts'],
]);
