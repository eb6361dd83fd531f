import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Faults. A fault of the first kind ends the run. */
export type FaultKind =
  | 'crossUserBytes'
  | 'wrongBytes'
  | 'staleBeyondBound'
  | 'unexpectedStatuses'
  | 'networkErrors';

/** The requests that ended in one second. */
export interface Second {
  requests: number;
  faults: number;
  /** Answers with a cache result, and those of them that were hits. */
  cacheable: number;
  hits: number;
}

export interface Latency {
  count: number;
  maxMs: number;
  /** Pairs of percentile and milliseconds, up to 99.99. */
  percentiles: [percentile: number, ms: number][];
}

/** What is counted since the warm-up. */
interface Counts extends Pick<Recorded, 'bytes' | 'seconds' | 'statuses' | 'caches' | 'tallies'> {
  beganMs: number;
}

export interface Recorded {
  /** Requests since the warm-up. */
  requests: number;
  measuredSeconds: number;
  bytes: number;
  seconds: Second[];
  statuses: Record<string, number>;
  caches: Record<string, number>;
  /** Other counts, such as attacks. */
  tallies: Record<string, number>;
  /** Named measurements: `unit` from the intended start, `service` from the real start, `lateness` between the two. */
  latencies: Record<string, Latency>;
  /** The faults, and the number of requests they come from, warm-up included. */
  faults: Record<FaultKind, number>;
  allRequests: number;
  /** The first faults, in words. */
  faultDetails: string[];
}

export type Recorder = ReturnType<typeof createRecorder>;

const MAX_DETAILS = 20;
const PERCENTILES = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99];

/** Counts the events of a run. @param now milliseconds */
export function createRecorder(now: () => number = () => performance.now()) {
  const faults: Record<FaultKind, number> = {
    crossUserBytes: 0,
    wrongBytes: 0,
    staleBeyondBound: 0,
    unexpectedStatuses: 0,
    networkErrors: 0,
  };
  const faultDetails: string[] = [];
  let allRequests = 0;
  const newCounts = (): Counts => ({
    beganMs: now(),
    bytes: 0,
    seconds: [],
    statuses: {},
    caches: {},
    tallies: {},
  });
  let counts = newCounts();
  let histograms = new Map<string, RecordableHistogram>();
  const begun = Promise.withResolvers<void>();

  function second(): Second {
    const index = Math.floor((now() - counts.beganMs) / 1_000);
    const none = () => ({ requests: 0, faults: 0, cacheable: 0, hits: 0 });
    while (counts.seconds.length <= index) counts.seconds.push(none());
    return counts.seconds[index] ?? none();
  }

  return {
    /** Ends the warm-up: forgets all counts except faults. */
    begin() {
      counts = newCounts();
      histograms = new Map();
      begun.resolve();
    },
    /** @param cache the value of `x-cache` */
    request(status: number, bodyBytes: number, cache: string | undefined) {
      allRequests++;
      counts.bytes += bodyBytes;
      const current = second();
      current.requests++;
      counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
      const state = cache?.split(' ')[0];
      if (state === undefined || !['Hit', 'RefreshHit', 'Miss'].includes(state)) return;
      counts.caches[state] = (counts.caches[state] ?? 0) + 1;
      current.cacheable++;
      if (state === 'Hit') current.hits++;
    },
    fault(kind: FaultKind, detail: string) {
      faults[kind]++;
      second().faults++;
      if (faultDetails.length < MAX_DETAILS || kind === 'crossUserBytes')
        faultDetails.push(`${kind}: ${detail}`);
    },
    tally(name: string) {
      counts.tallies[name] = (counts.tallies[name] ?? 0) + 1;
    },
    /** An HDR histogram with three figures, in microseconds. */
    time(name: string, ms: number) {
      const histogram = histograms.get(name) ?? createHistogram();
      histograms.set(name, histogram);
      histogram.record(Math.max(1, Math.round(ms * 1_000)));
    },
    begun: begun.promise,
    faults: (): Readonly<Record<FaultKind, number>> => faults,
    allRequests: () => allRequests,
    /** Call this as soon as the run is over. */
    result(): Recorded {
      const { beganMs, ...counted } = counts;
      const latencies = [...histograms].map(([name, histogram]) => [name, latencyOf(histogram)] as const);
      return {
        ...{ ...counted, faults, allRequests, faultDetails },
        requests: counted.seconds.reduce((sum, { requests }) => sum + requests, 0),
        measuredSeconds: (now() - beganMs) / 1_000,
        latencies: Object.fromEntries(latencies),
      };
    },
  };
}

function latencyOf(histogram: RecordableHistogram): Latency {
  const ms = (microseconds: number) => Math.round(microseconds) / 1_000;
  return {
    count: histogram.count,
    maxMs: ms(histogram.max),
    percentiles: PERCENTILES.map((percentile) => [
      percentile,
      // Node accepts no percentile of 0.
      ms(percentile === 0 ? histogram.min : histogram.percentile(percentile)),
    ]),
  };
}
