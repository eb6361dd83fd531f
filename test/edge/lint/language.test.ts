import t from 'tap';
import { type Runtime, refusedFeatures } from '../../../edge/lint/language.ts';
import { CODE } from './cases/language.ts';

const found = (code: string, runtime: Runtime) =>
  refusedFeatures(code, runtime).map(({ words, line }) => `${line} ${words.replace(/ \(.*/, '')}`);

t.test('each feature at its first line, and what only looks like one', async (t) => {
  for (const [code, features, inRuntime1 = features] of CODE) {
    t.strictSame(found(code, 'cloudfront-js-2.0'), features, code);
    t.strictSame(found(code, 'cloudfront-js-1.0'), inRuntime1, `in runtime 1.0: ${code}`);
  }
});
