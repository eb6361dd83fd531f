import type { Owner } from '../files/library.ts';
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
  /** Whose file it becomes. It stays so whoever's files the page shows meanwhile. */
  readonly owner: Owner;
  readonly wanted: Wanted;
  state: 'waiting' | 'sending' | 'asking' | 'failed';
  sentBytes: number;
  failure: Failure | undefined;
  cancelling: AbortController;
}

/** Uploads to one place that failed for the same reason. */
export interface FailureGroup {
  failure: Failure;
  owner: Owner;
  uploads: Upload[];
}

/** What an upload is before it is sent, the first time or again. */
const unsent = () =>
  ({ state: 'waiting', sentBytes: 0, failure: undefined, cancelling: new AbortController() }) as const;

const NONE = { done: 0, doneBytes: 0, lastDone: '' };

/**
 * All uploads since the last time when there was nothing to do: the open and the failed ones, and the sum of the
 * finished ones.
 * @param onChange called after each change of an upload
 */
export function createBatch(onChange: () => void) {
  const uploads = new Set<Upload>();
  let finished = NONE;

  const withState = (wanted: Upload['state']) => [...uploads].filter(({ state }) => state === wanted);

  function update(upload: Upload, changes: Partial<Upload>): void {
    Object.assign(upload, changes);
    onChange();
  }

  function drop(upload: Upload): boolean {
    const wasThere = uploads.delete(upload);
    onChange();
    return wasThere;
  }

  return {
    add({ file, owner, wanted }: Pick<Upload, 'file' | 'owner' | 'wanted'>): Upload {
      const upload: Upload = { file, owner, wanted, ...unsent() };
      uploads.add(upload);
      onChange();
      return upload;
    },
    wait: (upload: Upload) => update(upload, unsent()),
    update,
    /** @param name the stored file's */
    finish(upload: Upload, name: string): void {
      if (!drop(upload)) return;
      const { done, doneBytes } = finished;
      finished = { done: done + 1, doneBytes: doneBytes + upload.file.size, lastDone: name };
    },
    drop,
    cancel(upload: Upload): void {
      upload.cancelling.abort();
      drop(upload);
    },
    /** Uploads that have not failed. The ones under way come first. */
    unfinished: () => [...withState('sending'), ...withState('asking'), ...withState('waiting')],
    sending: () => withState('sending'),
    /** The upload that comes next, in the order in which they were added. */
    next: () => [...uploads].find(({ state }) => state === 'waiting'),
    failed: () => withState('failed'),
    progress() {
      const { done, doneBytes, lastDone } = finished;
      const counted = [...uploads].filter(({ state }) => state !== 'failed');
      const bytes = counted.reduce((sum, { file }) => sum + file.size, doneBytes);
      const sentBytes = counted.reduce((sum, upload) => sum + upload.sentBytes, doneBytes);
      return { done, count: done + counted.length, sentBytes, bytes, lastDone };
    },
    /** Counts from zero again. Failed uploads stay. */
    restart(): void {
      finished = NONE;
    },
  };
}

export type Batch = ReturnType<typeof createBatch>;

export function groupByReason(uploads: readonly Upload[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const upload of uploads) {
    const { failure, owner } = upload;
    const key = JSON.stringify([failure?.words, owner.team?.id]);
    const group = groups.get(key);
    if (group) group.uploads.push(upload);
    else if (failure) groups.set(key, { failure, owner, uploads: [upload] });
  }
  return [...groups.values()];
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
