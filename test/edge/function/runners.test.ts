import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createBuilt } from './support/built.ts';
import { requestCall, responseCall } from './support/generated-calls.ts';
import { callSource } from './support/runners.ts';

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

t.test(`source and built file agree on 2,000 generated events (FC_SEED=${seed})`, async (t) => {
  for (const [name, call] of [
    ['viewer-request', requestCall],
    ['viewer-response', responseCall],
  ] as const) {
    const built = createBuilt(name);
    const agree = fc.asyncProperty(call, async (given) => {
      deepStrictEqual(await built(given), await callSource(given));
    });
    await fc.assert(agree, { seed, numRuns: 1_000 });
    t.pass(name);
  }
});
