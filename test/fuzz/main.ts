import process from 'node:process';
import { parseArgs } from 'node:util';
import { readArguments } from '../support/usage.ts';
import { CAMPAIGNS, type Campaign } from './campaigns.ts';
import { digestOf, type FuzzState, readState, writeState } from './state.ts';

const STATE_FILE = '.local/fuzz.json';
/** The attacked code, and the attacks. */
const ATTACKED = [
  'core/*.ts',
  'edge/function/*.ts',
  'edge/local/**/*.ts',
  'test/edge/function/support/{events,isolation*}.ts',
  'test/support/any-character.ts',
  'test/edge/local/support/fuzz/*.ts',
  'test/fuzz/campaigns.ts',
  'services/auth/{domain,records,revocations,sessions,shares}/*.ts',
  'test/services/auth/support/{memory-*,model/*}.ts',
];
const REPORT_MS = 10_000;

const NAMES = CAMPAIGNS.map(({ name }) => `"${name}"`).join(', ');
const USAGE = `npm run fuzz -- --minutes N [--only <one of ${NAMES}>]`;
const { minutes, campaigns } = readArguments(USAGE, () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string' }, only: { type: 'string' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes must be a number above 0');
  const campaigns = CAMPAIGNS.filter(({ name }) => values.only === undefined || name === values.only);
  if (campaigns.length === 0) throw new Error('--only must be one of the names');
  return { minutes, campaigns };
});

const digest = digestOf(ATTACKED);
const kept = readState(STATE_FILE, digest);
const state: FuzzState = kept ?? {
  digest,
  seed: Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31),
  places: {},
};
console.log(
  `seed ${state.seed}, ${kept ? `continues from ${STATE_FILE}` : 'from the beginning: no progress of this code is kept'}`,
);

let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (isStopped = true));
const endMs = performance.now() + minutes * 60_000;
let reportMs = performance.now() + REPORT_MS;
let turn = 0;
while (!isStopped && performance.now() < endMs) {
  const campaign = next();
  const place = placeOf(campaign);
  const count = Math.min(campaign.step, (campaign.total ?? Number.POSITIVE_INFINITY) - place.tried);
  try {
    place.passed += await campaign.run(place.tried, count, state.seed);
  } catch (error) {
    console.error(`FOUND by "${campaign.name}", after ${place.tried} cases, seed ${state.seed}:`);
    console.error(error instanceof Error ? error.message : String(error));
    console.error(`Keep it as a fixture: ${campaign.keepIn}`);
    process.exit(1);
  }
  place.tried += count;
  state.places[campaign.name] = place;
  writeState(STATE_FILE, state);
  if (performance.now() >= reportMs) {
    report(campaign);
    reportMs = performance.now() + REPORT_MS;
  }
  // Signals only arrive between steps.
  await new Promise(setImmediate);
}
for (const campaign of campaigns) report(campaign);
console.log('nothing found');
// The edge of one campaign would keep the process alive.
process.exit(0);

function next(): Campaign {
  const [unfinished] = campaigns.filter(
    ({ total, name }) => total && (state.places[name]?.tried ?? 0) < total,
  );
  if (unfinished) return unfinished;
  const endless = campaigns.filter(({ total }) => total === undefined);
  const campaign = endless[turn++ % endless.length];
  if (!campaign) throw new Error('there is nothing left to try');
  return campaign;
}

function placeOf({ name }: Campaign): { tried: number; passed: number } {
  return state.places[name] ?? { tried: 0, passed: 0 };
}

function report(campaign: Campaign): void {
  const { tried, passed } = placeOf(campaign);
  const of = campaign.total === undefined ? '' : ` of ${campaign.total}`;
  console.log(`${campaign.name}: ${tried}${of} tried, ${passed} passed for somebody`);
}
