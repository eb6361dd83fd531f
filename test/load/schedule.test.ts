import t from 'tap';
import { createRandom } from '../edge/local/support/fuzz/random.ts';
import { uniformOf } from './run.ts';
import { arrivals } from './schedule.ts';

const uniform = (seed: number) => {
  const random = createRandom(seed, 0);
  return () => uniformOf(random);
};

t.test('an open loop: in order, within the time, at the rate, with gaps as Poisson has them', (t) => {
  const times = [...arrivals({ ratePerSecond: 100 }, 100_000, uniform(7))];
  t.ok(Math.abs(times.length - 10_000) < 400, `${times.length}: four standard deviations`);
  t.strictSame(
    times,
    times.toSorted((a, b) => a - b),
  );
  t.ok((times.at(-1) ?? 0) < 100_000);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const mean = gaps.reduce((a, b) => a + b) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  t.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.1, 'a standard deviation as large as the mean');
  const first = (seed: number) => arrivals({ ratePerSecond: 100 }, 100_000, uniform(seed)).next().value;
  t.equal(first(7), times[0], 'the seed decides');
  t.not(first(8), times[0]);
  t.end();
});

t.test('a burst: all at once', (t) => {
  t.strictSame([...arrivals({ burst: 3 }, 1_000, uniform(7))], [0, 0, 0]);
  t.end();
});
