// Weekly, because of its cost: a minute of both cores on a quiet machine. Last result, 29 November 2026: all 17 seen.

import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

t.setTimeout(900_000);

await killMutants(t, MUTANTS, [
  ...['README.md', 'package.json', 'package-lock.json', 'tsconfig.json'],
  ...['core', 'docs', 'edge', 'infra', 'services', 'test', 'scripts'],
]);
