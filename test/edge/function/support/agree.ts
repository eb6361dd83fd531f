import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';
import type { EdgeFunctionName } from '../../../../edge/function/build.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { type Call, callSource, createBuilt } from './built.ts';
import { callNjs } from './runners.ts';

/** Checks that the source, the built file in `node:vm` and the built file under njs give the same results. */
export async function agree(t: Test, name: EdgeFunctionName, calls: Call[]): Promise<void> {
  const built = createBuilt(name);
  const directory = temporaryDirectory(t);
  const here: { source: unknown; vm: unknown }[] = [];
  for (const call of calls) here.push({ source: await callSource(call), vm: await built(call) });
  const underNjs = await callNjs(name, calls, directory);
  const results = underNjs.map((njs, index) => ({ ...here[index], njs }));
  t.equal(results.length, calls.length, 'a result for each call');
  const different = results.findIndex(
    ({ source, vm, njs }) => !isDeepStrictEqual(vm, source) || !isDeepStrictEqual(njs, source),
  );
  t.equal(different, -1, 'no result differs', { call: calls[different], results: results[different] });
}
