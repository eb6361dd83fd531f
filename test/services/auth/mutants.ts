import type { Mutant } from '../../support/mutants.ts';
import { ADAPTERS } from './mutants/adapters.ts';
import { DOMAIN } from './mutants/domain.ts';
import { HTTP } from './mutants/http.ts';
import { REVOCATIONS } from './mutants/revocations.ts';
import { SESSIONS } from './mutants/sessions.ts';

/** Faults in sessions, sign-in and revocation. */
export const MUTANTS: readonly Mutant[] = [...SESSIONS, ...REVOCATIONS, ...DOMAIN, ...HTTP, ...ADAPTERS];
