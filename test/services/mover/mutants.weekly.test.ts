// Weekly, because each mutant starts a process of its own. Last result, November 2026: all noticed, 141 s on a busy machine.
import t from 'tap';
import { killMutants } from '../../support/mutants.ts';
import { MUTANTS } from './mutants.ts';

t.setTimeout(900_000);

const PATHS = [
  'package.json',
  'package-lock.json',
  'README.md',
  'core',
  'edge',
  'infra',
  'services',
  'test',
  'scripts',
];
await killMutants(t, MUTANTS, PATHS);
