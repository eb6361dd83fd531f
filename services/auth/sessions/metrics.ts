import { Counter, type Registry } from 'prom-client';
import type { RecheckOutcome } from './session-deps.ts';

/** What operators see of the questions to the provider about live sessions. */
export function recheckMetric(registry: Registry): (outcome: RecheckOutcome) => void {
  const rechecks = new Counter({
    name: 'provider_rechecks_total',
    help: 'Questions to the identity provider about live sessions, by how they ended; failed ones leave the session alone',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['alive', 'ended', 'failed'] satisfies RecheckOutcome[]) rechecks.inc({ outcome }, 0);
  return (outcome) => rechecks.inc({ outcome });
}
