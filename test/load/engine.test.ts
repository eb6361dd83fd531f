import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { drive, type Plan, type Work } from './engine.ts';
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
