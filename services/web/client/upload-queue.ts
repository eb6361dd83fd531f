import type { Folder, UploadedFile, UploadOptions } from './types.ts';

/** A file that is sent, was sent, or will be. */
export interface Upload {
  id: number;
  file: File;
  /** The name to store. */
  name: string;
  status: 'waiting' | 'sending' | 'done' | 'failed';
  /** The part that has been sent, from 0 to 1. */
  progress: number;
  /** The file as it was stored, once it is done. */
  stored?: UploadedFile;
  /** Why it failed. An ApiError has a `code`, such as `file_exists`. */
  error?: unknown;
}

interface Job {
  folder: Pick<Folder, 'files'>;
  options: Pick<UploadOptions, 'replace'>;
  stop: AbortController;
}

/** Sends files, some at once. */
export function createUploadQueue() {
  const listeners = new Set<() => void>();
  const jobs = new Map<number, Job>();
  let uploads: readonly Upload[] = [];
  let lastId = 0;
  let concurrency = 0;

  function set(next: readonly Upload[]): void {
    uploads = next;
    for (const listener of listeners) listener();
  }

  function change(id: number, to: Partial<Upload>): void {
    set(uploads.map((upload) => (upload.id === id ? { ...upload, ...to } : upload)));
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  function goOn(): void {
    const free = concurrency - uploads.filter(({ status }) => status === 'sending').length;
    const waiting = uploads.filter(({ status }) => status === 'waiting');
    for (const upload of waiting.slice(0, Math.max(free, 0))) void run(upload);
  }

  async function run({ id, file, name }: Upload): Promise<void> {
    const job = jobs.get(id);
    if (!job) return;
    const { signal } = job.stop;
    change(id, { status: 'sending', progress: 0, error: undefined });
    const onProgress = (progress: number) => change(id, { progress });
    // One that was removed changes nothing any more.
    await job.folder.files
      .upload(file, { ...job.options, name, signal, onProgress })
      .then((stored) => change(id, { status: 'done', progress: 1, stored }))
      .catch((error: unknown) => change(id, { status: 'failed', error }));
    goOn();
  }

  /** Until none of these is sent or waits. */
  function ended(ids: readonly number[]): Promise<void> {
    return new Promise((resolve) => {
      const isUnderWay = ({ id, status }: Upload) =>
        ids.includes(id) && (status === 'waiting' || status === 'sending');
      const look = () => {
        if (uploads.some(isUnderWay)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  }

  return {
    subscribe,
    getSnapshot: () => uploads,
    setConcurrency(count: number): void {
      concurrency = count;
      goOn();
    },
    add(
      folder: Job['folder'],
      named: readonly Pick<Upload, 'file' | 'name'>[],
      options: Job['options'] = {},
    ) {
      const added = named.map((file): Upload => ({ id: ++lastId, ...file, status: 'waiting', progress: 0 }));
      for (const { id } of added) jobs.set(id, { folder, options, stop: new AbortController() });
      set([...uploads, ...added]);
      goOn();
      return ended(added.map(({ id }) => id));
    },
    retry(id: number, options?: Job['options']): Promise<void> {
      const job = jobs.get(id);
      if (job && uploads.some((upload) => upload.id === id && upload.status === 'failed')) {
        jobs.set(id, { ...job, options: { ...job.options, ...options } });
        change(id, { status: 'waiting' });
        goOn();
      }
      return ended([id]);
    },
    cancel(id: number): void {
      jobs.get(id)?.stop.abort();
      set(uploads.filter((upload) => upload.id !== id));
    },
    stop(): void {
      for (const { stop } of jobs.values()) stop.abort();
      set([]);
    },
  };
}
