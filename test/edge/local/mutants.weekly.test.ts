// Weekly, because of its cost: some minutes of both cores. Last result, November 2026: all seen, some 20 to 80 s a
// list.

import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

t.setTimeout(900_000);

await killMutants(t, MUTANTS, [
  ...['README.md', 'package.json', 'package-lock.json', 'tsconfig.json'],
  ...['core', 'docs', 'edge', 'infra', 'services', 'test', 'scripts'],
]);
