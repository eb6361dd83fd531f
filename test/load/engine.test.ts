import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { createRandom } from '../edge/local/support/fuzz/random.ts';
import { createZipf, uniformOf } from './choices.ts';
import { arrivals, drive, type Plan, type Work } from './engine.ts';
import { createRecorder } from './recorder.ts';

const PLAN: Plan = {
  arrival: { ratePerSecond: 200 },
  warmUpSeconds: 0,
  seconds: 0.5,
  maxUnits: Number.POSITIVE_INFINITY,
  maxFaultShare: 0.2,
};

/** Starts units evenly. */
function work(unit: Work['unit'], recorder = createRecorder()): Work {
  return { unit, recorder, uniform: () => 1 - 1 / Math.E, signal: new AbortController().signal };
}

t.test(
  'a latency counts from the intended start: a stall delays all units that were due in it',
  async (t) => {
    const recorder = createRecorder();
    const unit = async (number: number) => {
      // The sender hangs for 200 ms, in which 40 more units were due.
      if (number === 10) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    };
    t.equal(await drive(PLAN, work(unit, recorder)), 'time');
    const { latencies } = recorder.result();
    const at = (name: string, wanted: number) =>
      latencies[name]?.percentiles.find(([percentile]) => percentile === wanted)?.[1] ?? Number.NaN;
    t.ok(at('unit', 90) > 100, `a tenth of 100 units at least: ${at('unit', 90)} ms`);
    t.ok(at('service', 50) < at('unit', 90) / 2, 'a measurement from the real start would not show this');
    t.ok(at('lateness', 90) > 100);
  },
);

t.test('it ends by the count, exactly, in both kinds of loop', async (t) => {
  for (const arrival of [{ concurrency: 4 }, { burst: 50 }, { ratePerSecond: 10_000 }]) {
    let started = 0;
    const unit = async () => {
      started++;
    };
    const plan = { ...PLAN, arrival, maxUnits: 10 };
    t.equal(await drive(plan, work(unit)), 'count', JSON.stringify(arrival));
    t.equal(started, 10, JSON.stringify(arrival));
  }
});

t.test('it ends by faults, by bytes of another user, by a backlog, by a signal', async (t) => {
  const recorder = createRecorder();
  const faulty = async (number: number) => {
    recorder.request(500, 0, undefined);
    if (number % 4 === 0) recorder.fault('unexpectedStatuses', '500');
  };
  // On a busy machine half a second may be over before the fault.
  const long = { ...PLAN, seconds: 60 };
  const closed = { ...long, arrival: { concurrency: 1 } };
  t.equal(await drive(closed, work(faulty, recorder)), 'faults');
  t.equal(recorder.allRequests(), 100, 'a few faults may be chance');

  const other = createRecorder();
  const leaks = async () => other.fault('crossUserBytes', 'his');
  t.equal(await drive({ ...closed, maxUnits: 1 }, work(leaks, other)), 'cross-user bytes');

  const { promise, resolve } = Promise.withResolvers<void>();
  const hangs = (number: number) => {
    if (number === 9_999) setImmediate(resolve);
    return promise;
  };
  const burst = { ...long, arrival: { burst: 20_000 } };
  t.equal(await drive(burst, work(hangs)), 'backlog');

  t.equal(await drive(closed, { ...work(async () => {}), signal: AbortSignal.abort() }), 'stopped');
});

t.test('a unit that throws is a fault, and the others go on', async (t) => {
  for (const arrival of [{ concurrency: 2 }, { burst: 6 }]) {
    const recorder = createRecorder();
    let ended = 0;
    const unit = async (number: number) => {
      if (number === 1) throw new Error('reset');
      await nextTurn();
      ended++;
    };
    t.equal(
      await drive({ ...PLAN, arrival, maxUnits: 6 }, work(unit, recorder)),
      'count',
      JSON.stringify(arrival),
    );
    t.strictSame([ended, recorder.faults().unexpectedStatuses], [5, 1], JSON.stringify(arrival));
    t.strictSame(
      recorder.result().faultDetails,
      ['unexpectedStatuses: unit 1: Error: reset'],
      JSON.stringify(arrival),
    );
  }
});

t.test('measurements of the warm-up are forgotten, faults are not', async (t) => {
  const recorder = createRecorder();
  const over = new AbortController();
  let left = Number.POSITIVE_INFINITY;
  void recorder.begun.then(() => {
    left = 20;
  });
  const unit = async (number: number) => {
    await nextTurn();
    recorder.request(200, 1, 'Hit from cloudfront');
    if (number === 0) recorder.fault('wrongBytes', 'the first one');
    if (--left === 0) over.abort();
  };
  const plan = { ...PLAN, arrival: { concurrency: 1 }, warmUpSeconds: 0.2, seconds: 60 };
  t.equal(await drive(plan, { ...work(unit, recorder), signal: over.signal }), 'stopped');
  const { requests, allRequests, latencies, faults, statuses, caches } = recorder.result();
  t.ok(allRequests > 20);
  t.strictSame([requests, statuses, caches, latencies['unit']?.count], [20, { 200: 20 }, { Hit: 20 }, 20]);
  t.equal(faults.wrongBytes, 1);
});

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
