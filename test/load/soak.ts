/** `npm run soak -- --minutes N` repeats a gentle mixed load. The memory that the service keeps is judged. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readArguments } from '../support/usage.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { startOwnTarget, type Viewer } from './target.ts';
import { missedBounds } from './thresholds.ts';

/** Small sizes and rates: a soak takes hours, and does not measure speed. */
const FOLDERS = { users: 10, imagesPerUser: 4, warmUpSeconds: 1, seconds: 5 };
const VIEWS = { ...FOLDERS, arrival: { ratePerSecond: 20 } };
const SOAKED: [name: ScenarioName, gentle: Partial<Scenario>][] = [
  ['steady', VIEWS],
  ['re-upload', { ...VIEWS, beside: { kind: 're-uploads', perSecond: 1 } }],
  ['revocation', { ...VIEWS, beside: { kind: 'sign-outs', people: 5, perSecond: 1 } }],
  ['login-storm', { ...FOLDERS, users: 1, imagesPerUser: 1, arrival: { ratePerSecond: 3 } }],
  ['renewal-wave', { ...FOLDERS, imagesPerUser: 1, arrival: { ratePerSecond: 10 } }],
  ['attack-mix', VIEWS],
];
/** No byte may be wrong, and `told` must be true. A busy machine may refuse: `npm run load` and the drill judge that. */
const WRONG = ['crossUserBytes', 'wrongBytes', 'staleBeyondBound', 'openedAfterSignOut'];
const MOST_GROWTH = 1.15;
/** Before the cookies of the viewers end. */
const VIEWERS_MS = 90 * 60_000;

const minutes = readArguments('npm run soak -- --minutes N   (60 without it)', () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
  const minutes = Number(values.minutes);
  if (minutes > 0) return minutes;
  throw new Error('--minutes must be a number above 0');
});

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

const target = await startOwnTarget();
const { own } = target;
if (!own) throw new Error('the local system is its own');
// The same people all the time. New files would use more memory, which would not be a leak.
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
let refused = 0;
let requests = 0;
const beganMs = Date.now();
const endMs = beganMs + minutes * 60_000;
try {
  for (let round = 0; Date.now() < endMs && !stopping.signal.aborted; round++) {
    for (const [name, gentle] of SOAKED) {
      const scenario: Scenario = { ...SCENARIOS[name], ...gentle };
      const outcome = await runScenario(place, name, scenario, { seed: round, signal: stopping.signal });
      const { ending, recorded } = outcome;
      if (ending === 'stopped') break;
      requests += recorded.requests;
      const wrong = missedBounds(outcome, name, (metric) => WRONG.includes(metric));
      refused += recorded.faults.unexpectedStatuses;
      missed += wrong.length;
      for (const verdict of wrong)
        console.log(`round ${round}, ${name}: missed`, verdict, recorded.faultDetails);
    }
    const { heapMegabytes, residentMegabytes } = await own.serviceMemory();
    heaps.push(heapMegabytes);
    const minute = ((Date.now() - beganMs) / 60_000).toFixed(1);
    const memory = `heap ${heapMegabytes.toFixed(2)} MB, resident ${residentMegabytes.toFixed(0)} MB`;
    console.log(`minute ${minute}: ${requests} requests; the service: ${memory}`);
  }
} finally {
  await target.close();
}
const third = Math.floor(heaps.length / 3);
const [warm, last] = [heaps.slice(third, 2 * third), heaps.slice(-third)];
const growth = median(last) / median(warm);
const isGood = missed === 0 && growth <= MOST_GROWTH;
console.log(
  `${isGood ? 'passed' : 'FAILED'}: ${requests} requests, ${missed} bounds missed, ${refused} refused; the service's heap × ${growth.toFixed(3)} from the second third to the last, to be ≤ ${MOST_GROWTH}`,
);
process.exit(isGood ? 0 : 1);

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
}
