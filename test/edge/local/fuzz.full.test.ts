import process from 'node:process';
import t from 'tap';
import { fuzzInBoundedMemory } from './support/fuzz/memory.ts';

// The same requests each time, so that a commit has one verdict. `npm run fuzz` tries new ones.
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

t.test(
  `130,000 malformed requests, and memory stays flat (FUZZ_SEED=${seed})`,
  { timeout: 220_000 },
  async (t) => {
    t.equal(await fuzzInBoundedMemory(t, seed, 10_000), 130_000);
  },
);
