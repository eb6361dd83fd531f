// Weekly, because of its cost: 47 CPU seconds; `.ci/run` has 130,000 by one seed. Last result, November 2026: passed.

import process from 'node:process';
import t from 'tap';
import { fuzzInBoundedMemory } from './support/fuzz/memory.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

t.test(
  `208,000 malformed requests, and memory stays flat (FUZZ_SEED=${seed})`,
  { timeout: 220_000 },
  async (t) => {
    t.equal(await fuzzInBoundedMemory(t, seed, 16_000), 208_000);
  },
);
