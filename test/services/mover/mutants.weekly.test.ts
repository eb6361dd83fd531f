// Weekly, because each mutant starts a process of its own: some minutes of both cores.
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
