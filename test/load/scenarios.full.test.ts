import t from 'tap';
import { runScenario } from './run-scenario.ts';
import { isScenarioName, SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { startOwnTarget } from './target.ts';
import { missedBounds } from './thresholds.ts';

const options = { seed: 2, signal: new AbortController().signal };

/** Every scenario that the fast ring leaves out, in the smallest size that still shows its subject. */
const SMALL: Record<Exclude<ScenarioName, 'attack-mix'>, Partial<Scenario>> = {
  steady: { users: 10, arrival: { ratePerSecond: 100 }, seconds: 3 },
  'login-storm': { arrival: { ratePerSecond: 5 }, seconds: 3 },
  'renewal-wave': { users: 10, arrival: { burst: 20 } },
  revocation: { users: 10, beside: { kind: 'sign-outs', people: 5, perSecond: 5 }, seconds: 5 },
  'key-rotation': { users: 10, seconds: 6 },
  // Longer than the edge keeps an object.
  're-upload': { users: 5, seconds: 12 },
};
/** Bounds that a small run does not reach. Times mean nothing on a busy machine. */
const LEFT_OUT = /Ms$|^hitShare$|^signIns$|^renewals$|^signOuts$/;

t.test('every scenario is right, byte by byte', { timeout: 200_000 }, async (t) => {
  const target = await startOwnTarget();
  t.teardown(() => target.close());
  for (const [name, changes] of Object.entries(SMALL)) {
    if (!isScenarioName(name)) throw new Error(`no scenario ${name}`);
    const scenario: Scenario = { ...SCENARIOS[name], warmUpSeconds: 0, ...changes };
    const outcome = await runScenario(target, name, scenario, options);
    const { recorded } = outcome;
    const missed = missedBounds(outcome, name, (metric) => !LEFT_OUT.test(metric));
    t.strictSame([missed, recorded.faultDetails], [[], []], `${name}: ${recorded.requests} requests`);
    const wanted = { 'login-storm': 'signIns', 'renewal-wave': 'renewals', revocation: 'signOuts' };
    const tally = Object.entries(wanted).find(([key]) => key === name)?.[1];
    if (tally) t.ok((recorded.tallies[tally] ?? 0) >= 4, `${name}: ${recorded.tallies[tally]} ${tally}`);
    if (name === 're-upload')
      t.ok((recorded.caches['RefreshHit'] ?? 0) + (recorded.caches['Miss'] ?? 0) > 0, name);
  }
  const memory = await target.own?.serviceMemory();
  t.ok(
    (memory?.residentMegabytes ?? 0) > (memory?.heapMegabytes ?? 0),
    `the service has ${memory?.heapMegabytes} MB`,
  );
});
