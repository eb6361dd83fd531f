import t from 'tap';
import { createZipf } from './zipf.ts';

t.test('ranks are picked in proportion to 1 / rank', (t) => {
  const zipf = createZipf(100, 1);
  const harmonic = Array.from({ length: 100 }, (_, index) => 1 / (index + 1)).reduce((a, b) => a + b);
  const counts = new Array<number>(100).fill(0);
  const all = 100_000;
  // Every hundred-thousandth once, in place of random numbers.
  for (let index = 0; index < all; index++) {
    const rank = zipf((index + 0.5) / all);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  for (const rank of [0, 1, 9, 49, 99]) {
    const wanted = all / (rank + 1) / harmonic;
    t.ok(Math.abs((counts[rank] ?? 0) - wanted) <= 1, `rank ${rank}: ${counts[rank]}, not ${wanted}`);
  }
  t.end();
});

t.test('the ends, one rank, and an exponent of 0', (t) => {
  t.equal(createZipf(10, 1)(0), 0);
  t.equal(createZipf(10, 1)(1 - 2 ** -32), 9);
  t.equal(createZipf(1, 1)(0.5), 0);
  t.equal(createZipf(4, 0)(0.74), 2, 'all alike');
  t.end();
});
