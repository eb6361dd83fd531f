import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../support/chromium.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { exampleReport } from './example-report.ts';
import { reportPage } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { isScenarioName, SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { startOwnTarget } from './target.ts';
import { missedBounds } from './thresholds.ts';

const options = { seed: 2, signal: new AbortController().signal };

/** Every scenario that the fast ring leaves out, in the smallest size that still shows its subject. */
const SMALL: Record<Exclude<ScenarioName, 'attack-mix'>, Partial<Scenario>> = {
  steady: { users: 10, arrival: { ratePerSecond: 100 }, seconds: 3 },
  'page-of-100': { users: 2, arrival: { ratePerSecond: 1 }, seconds: 3 },
  'login-storm': { arrival: { ratePerSecond: 5 }, seconds: 3 },
  'renewal-wave': { users: 10, arrival: { burst: 20 } },
  'cold-cache': { users: 5, seconds: 10, maxUnits: 100 },
  'hot-key': { arrival: { concurrency: 4 }, seconds: 2 },
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
    if (name === 'cold-cache') t.strictSame(recorded.caches, { Miss: 100 }, name);
    if (name === 're-upload')
      t.ok((recorded.caches['RefreshHit'] ?? 0) + (recorded.caches['Miss'] ?? 0) > 0, name);
  }
  const memory = await target.own?.serviceMemory();
  t.ok(
    (memory?.residentMegabytes ?? 0) > (memory?.heapMegabytes ?? 0),
    `the service has ${memory?.heapMegabytes} MB`,
  );
});

t.test('a browser shows the report under its own policy', async (t) => {
  const file = join(temporaryDirectory(t), 'report.html');
  writeFileSync(file, reportPage(exampleReport()));
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  const told: string[] = [];
  page.on('console', (message) => told.push(message.text()));
  page.on('request', (request) => told.push(request.url()));
  await page.goto(`file://${file}`);
  t.strictSame(told, [`file://${file}`], 'nothing is fetched, nothing is refused');
  const width = await page.evaluate("getComputedStyle(document.querySelector('polyline.s0')).strokeWidth");
  t.equal(width, '1.8px', 'its style sheet counts');
});
