// Weekly, because of its cost: a minute of both cores; `.ci/run` sends 3,000 requests. Last result, November 2026: all
// answered from the table, and memory stays flat.

import process from 'node:process';
import t from 'tap';
import { fuzzInBoundedMemory } from './support/fuzz/memory.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

t.setTimeout(900_000);

t.test(
  `130,000 malformed requests, and memory stays flat (FUZZ_SEED=${seed})`,
  { timeout: 900_000 },
  async (t) => {
    t.equal(await fuzzInBoundedMemory(t, seed, 10_000), 130_000);
  },
);
