/** `npm run soak -- --minutes N`: one scenario after the other, over and over, judged by what stays in memory. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { startOwnTarget, type Viewer } from './target.ts';
import { judge, metricsOf, readThresholds } from './thresholds.ts';

const MIXED: ScenarioName[] = [
  'steady',
  're-upload',
  'revocation',
  'login-storm',
  'page-of-100',
  'attack-mix',
];
const SECONDS = 10;
/** Caches fill first. */
const WARM_SHARE = 1 / 3;
const MOST_GROWTH = 1.15;
/** Before the cookies of the viewers end. */
const VIEWERS_MS = 90 * 60_000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('usage: npm run soak -- --minutes N');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

const target = await startOwnTarget();
const { own } = target;
if (!own) throw new Error('the local system is its own');
// The same people all the time: new files would be more to remember, and no leak.
let viewers = new Map<number, Promise<Viewer[]>>();
let viewersUntilMs = 0;
const place = {
  ...target,
  viewers: (count: number) => {
    if (Date.now() > viewersUntilMs) {
      viewers = new Map();
      viewersUntilMs = Date.now() + VIEWERS_MS;
    }
    const known = viewers.get(count) ?? target.viewers(count);
    viewers.set(count, known);
    return known;
  },
};
const heaps: number[] = [];
let missed = 0;
let requests = 0;
const endMs = Date.now() + minutes * 60_000;
try {
  for (let round = 0; Date.now() < endMs && !stopping.signal.aborted; round++) {
    for (const name of MIXED) {
      const scenario: Scenario = { ...SCENARIOS[name], seconds: SECONDS };
      const { ending, recorded } = await runScenario(place, name, scenario, {
        seed: round,
        signal: stopping.signal,
      });
      requests += recorded.requests;
      // How fast and how much is not what is asked here: nothing may be wrong.
      const wrong = judge(metricsOf(recorded, ending), readThresholds(name)).filter(
        ({ isMet, bound }) => !isMet && 'atMost' in bound && bound.atMost === 0,
      );
      missed += wrong.length;
      for (const verdict of wrong) console.log(`round ${round}, ${name}: missed`, verdict);
    }
    const heapBytes = await own.heapBytes();
    heaps.push(heapBytes);
    console.log(`round ${round}: ${requests} requests, heap ${(heapBytes / 1_048_576).toFixed(1)} MB`);
  }
} finally {
  await target.close();
}
const warm = heaps.slice(Math.floor(heaps.length * WARM_SHARE));
const growth = (warm.at(-1) ?? Number.NaN) / (warm[0] ?? Number.NaN);
const isGood = missed === 0 && growth <= MOST_GROWTH;
console.log(
  `${isGood ? 'passed' : 'FAILED'}: heap × ${growth.toFixed(3)} since it was warm, ${missed} bounds missed`,
);
process.exit(isGood ? 0 : 1);
