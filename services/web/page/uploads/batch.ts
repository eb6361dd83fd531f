import type { Failure } from '../words/words.ts';

/** The name to store a file under, and the rules for a taken name. */
export interface Wanted {
  name: string;
  mayReplace?: boolean;
  /** The name of the file that this file is stored beside. */
  beside?: string;
  /** The name of a file that is deleted once this file is stored. */
  instead?: string;
}

/** An upload, until it is done or given up. */
export interface Upload {
  readonly file: File;
  readonly wanted: Wanted;
  state: 'waiting' | 'sending' | 'asking' | 'failed';
  mayReplace: boolean;
  sentBytes: number;
  failure: Failure | undefined;
  cancelling: AbortController;
}

/** Uploads that failed for the same reason. */
export interface FailureGroup {
  failure: Failure;
  uploads: Upload[];
}

/**
 * All uploads since the last time when there was nothing to do: the open and the failed ones, and the sum of the
 * finished ones.
 */
export function createBatch() {
  const uploads = new Set<Upload>();
  let done = 0;
  let doneBytes = 0;
  let lastDone = '';

  const withState = (isWanted: (state: Upload['state']) => boolean) =>
    [...uploads].filter(({ state }) => isWanted(state));

  return {
    add(file: File, wanted: Wanted): Upload {
      const upload: Upload = {
        file,
        wanted,
        state: 'waiting',
        mayReplace: wanted.mayReplace ?? false,
        sentBytes: 0,
        failure: undefined,
        cancelling: new AbortController(),
      };
      uploads.add(upload);
      return upload;
    },
    finish(upload: Upload, name: string): void {
      if (!uploads.delete(upload)) return;
      done++;
      doneBytes += upload.file.size;
      lastDone = name;
    },
    drop: (upload: Upload) => uploads.delete(upload),
    /** Uploads that have not failed. The ones under way come first. */
    unfinished: () => [
      ...withState((state) => state === 'sending'),
      ...withState((state) => state === 'asking'),
      ...withState((state) => state === 'waiting'),
    ],
    failures(): FailureGroup[] {
      const groups = new Map<string, FailureGroup>();
      for (const upload of uploads) {
        if (upload.state !== 'failed' || !upload.failure) continue;
        const group = groups.get(upload.failure.words);
        if (group) group.uploads.push(upload);
        else groups.set(upload.failure.words, { failure: upload.failure, uploads: [upload] });
      }
      return [...groups.values()];
    },
    progress() {
      let sentBytes = doneBytes;
      let bytes = doneBytes;
      let count = done;
      for (const { state, file, sentBytes: sent } of uploads) {
        if (state === 'failed') continue;
        bytes += file.size;
        sentBytes += sent;
        count++;
      }
      return { done, count, sentBytes, bytes, lastDone };
    },
    /** Counts from zero again. Failed uploads stay. */
    restart(): void {
      done = 0;
      doneBytes = 0;
      lastDone = '';
    },
    clear(): void {
      uploads.clear();
    },
  };
}

export type Batch = ReturnType<typeof createBatch>;

/** Runs jobs, `maxAtOnce` of them at once, in the order in which they came. */
export function createQueue(maxAtOnce: number): (job: () => Promise<void>) => void {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  function runNext(): void {
    const job = running < maxAtOnce ? waiting.shift() : undefined;
    if (!job) return;
    running++;
    void job().finally(() => {
      running--;
      runNext();
    });
  }

  return (job) => {
    waiting.push(job);
    runNext();
  };
}

/** The speed is measured over these last seconds. */
const WINDOW_MS = 5_000;

/** The speed of the bytes, and the time for the rest. */
export function createMeter(now: () => number) {
  let samples: { atMs: number; bytes: number }[] = [];

  return {
    /** @param bytes the number of bytes sent in all */
    note(bytes: number): void {
      const atMs = now();
      const last = samples.at(-1);
      // Bytes of cancelled uploads do not count any more.
      if (last && bytes < last.bytes) samples = [];
      samples.push({ atMs, bytes });
      while ((samples[0]?.atMs ?? atMs) < atMs - WINDOW_MS) samples.shift();
    },
    /** Bytes per second. Undefined until it is known. */
    speed(): number | undefined {
      const [first] = samples;
      const last = samples.at(-1);
      if (!first || !last || last.atMs - first.atMs < 500) return undefined;
      return ((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs);
    },
    reset(): void {
      samples = [];
    },
  };
}
