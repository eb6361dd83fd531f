import t from 'tap';
import { mutationsOf } from './mutations.ts';

/** The source after each of its mutations. */
function mutated(source: string): string[] {
  return mutationsOf('a.ts', source).map(
    ({ start, end, replacement }) => source.slice(0, start) + replacement + source.slice(end),
  );
}

for (const [source, ...expected] of [
  ['if (a && b) return;', ';', 'if (!(a && b)) return;', 'if ((b)) return;', 'if ((a)) return;'],
  ['const x = a === b;', 'const x = a !== b;'],
  ['const x = a < 10;', 'const x = a <= 10;', 'const x = a < (10 + 1);'],
  ['const x = a ?? b;', 'const x = (a);'],
  ['seen = a;', 'seen ??= a;'],
  ['seen ??= a;', 'seen = a;'],
  ['class A { constructor() { this.seen = a; } }'],
  ['class A { see() { this.seen = a; } }', 'class A { see() { this.seen ??= a; } }'],
  [
    'const x = !a ? true : b;',
    'const x = !(!a) ? true : b;',
    'const x = (a) ? true : b;',
    'const x = !a ? false : b;',
  ],
  ['await close();', ';'],
  ['p.finally(close);', ';', 'p.then(close);'],
  ['try { a; } finally { b; }', 'try { a; } finally {}'],
  ['const x = list.filter(f).some(g);', 'const x = (list).some(g);', 'const x = list.filter(f).every(g);'],
  ['const x = /^a$/i;', 'const x = /a$/i;', 'const x = /^a/i;'],
  ['f({ a: b, c });', ';', 'f({ ...{}, c });', 'f({ a: b, ...{} });'],
  ['const PAUSE_MS = 400;'],
  ['const x = { pauseMs: 400 };'],
  ['const x = { pauses: 400 };', 'const x = { pauses: (400 + 1) };'],
  ['await wait(1_000);', ';', 'await wait((1_000 * 10));'],
  ['const x = a + 0 + 900;', 'const x = a + (0 + 1) + 900;', 'const x = a + 0 + (900 + 1);'],
  ["type A = { a: true; b: 1 }; import b from 'b';"],
]) {
  t.test(source ?? '', (t) => {
    t.strictSame(mutated(source ?? '').toSorted(), expected.toSorted());
    t.end();
  });
}
