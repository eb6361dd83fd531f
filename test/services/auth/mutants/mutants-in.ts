import { type Mutant, mutantsOf } from '../../../support/mutants.ts';

type Changes = Parameters<typeof mutantsOf>[2];

/**
 * @param file its path below `services/`
 * @param killedBy the test's path below `test/services/`, without its ending
 */
export function mutants(file: string, killedBy: string, changes: Changes): Mutant[] {
  return mutantsOf(`services/${file}`, `test/services/${killedBy}.test.ts`, changes);
}
