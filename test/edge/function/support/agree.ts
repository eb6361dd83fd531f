import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Test } from 'tap';
import type { EdgeFunctionName } from '../../../../edge/function/build.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { type Call, createBuilt } from './built.ts';
import { requestCall, responseCall } from './generated-calls.ts';
import { callNjs, callSource } from './runners.ts';

const CALLS_A_PROCESS = 10_000;

/** Checks that the source, the built file in `node:vm` and the built file under njs give the same results. */
export async function agree(t: Test, name: EdgeFunctionName, calls: Call[]): Promise<void> {
  const built = createBuilt(name);
  const directory = temporaryDirectory(t);
  const outcomes = new Map<string, number>();
  for (let from = 0; from < calls.length; from += CALLS_A_PROCESS) {
    const some = calls.slice(from, from + CALLS_A_PROCESS);
    const here: { source: unknown; vm: unknown }[] = [];
    for (const call of some) here.push({ source: await callSource(call), vm: await built(call) });
    const underNjs = await callNjs(name, some, directory);
    const results = underNjs.map((njs, index) => ({ ...here[index], njs }));
    t.equal(results.length, some.length, 'a result for each call');
    const different = results.findIndex(
      ({ source, vm, njs }) => !isDeepStrictEqual(vm, source) || !isDeepStrictEqual(njs, source),
    );
    t.equal(different, -1, 'no result differs', { call: some[different], results: results[different] });
    for (const { source } of results) {
      const outcome = outcomeOf(source);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  t.comment(`${name}: ${calls.length} calls; ${[...outcomes].map((pair) => pair.join(' ')).join(', ')}`);
}

/** A result in one word: the counts show whether the generated calls reach every answer. */
function outcomeOf(result: unknown): string {
  const text = JSON.stringify(result);
  return /\\"code\\":\\"(\w+)/.exec(text)?.[1] ?? /"statusCode":(\d+)/.exec(text)?.[1] ?? 'passed';
}

/** Checks so many generated calls, seven tenths of them requests. */
export async function agreeOnGenerated(t: Test, seed: number, count: number): Promise<void> {
  await agree(t, 'viewer-request', fc.sample(requestCall, { seed, numRuns: count * 0.7 }));
  await agree(t, 'viewer-response', fc.sample(responseCall, { seed, numRuns: count * 0.3 }));
}
