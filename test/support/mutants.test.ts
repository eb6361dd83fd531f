import t from 'tap';
import { mutated } from './mutants.ts';

t.test('it reports a text that occurs twice or never, and a mutant that does not load', (t) => {
  const mutant = { file: 'a.ts', killedBy: 'a.test.ts', breaks: 'adds', text: '1', replacement: '2' };
  t.equal(mutated('let a = 1;', mutant), 'let a = 2;');
  for (const source of ['let a = 0;', 'let a = 1 + 1;']) {
    t.throws(
      () => mutated(source, mutant),
      /^a\.ts: the text of "adds" occurs [02] times; make it occur once$/,
      source,
    );
  }
  t.throws(() => mutated('let a = 1;', { ...mutant, replacement: ')' }), /Transform failed/);
  t.end();
});
