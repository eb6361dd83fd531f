// Weekly, because of its cost: some minutes of both cores. Last result, November 2026: 10 of 10 seen.

import t from 'tap';
import { killMutants } from '../../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

t.setTimeout(900_000);

await killMutants(t, MUTANTS, [
  ...['README.md', 'package.json', 'package-lock.json', 'tsconfig.json'],
  ...['docs', 'edge', 'infra', 'packages', 'services', 'test', 'scripts'],
]);
