import { ApiError } from '@cloudfront-cookie-gateway/client';
import type { Choice } from '@cloudfront-cookie-gateway/client/files';
import { freeName } from '@cloudfront-cookie-gateway/client/free-name';
import type { Owner } from '../files/library.ts';
import type { TakenName } from '../ui/taken.tsx';
import { text } from '../words/language.ts';
import {
  describeFailure,
  type Failure,
  formatSize,
  isLost,
  isSignedOut,
  isTaken,
  splitName,
  uploadType,
} from '../words/words.ts';
import type { Batch, Upload, Wanted } from './batch.ts';

/** The file that has the name, as far as it is known. */
export type Present = NonNullable<TakenName['present']>;

const MAX_AT_ONCE = 3;
/** The first pause after the network was lost. Each further pause is twice as long, up to the longest. */
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 30_000;
/** Uploads without progress for this long wait for the network, as far as a person can tell. */
const STALLED_MS = 8_000;

/** What the uploads do that have not ended: they go on, or wait for the network or for the person. */
export type Course = 'going' | 'offline' | 'paused' | 'signedOut';

/** A file as it was stored. */
export interface Stored {
  /** Also if another name was wanted. */
  name: string;
  /** The file that was deleted for it. */
  gone?: string;
  /** What there is to say, besides that it is stored. */
  words?: string;
}

export interface SenderActions {
  /** Whether somebody is signed in. */
  isOpen: () => boolean;
  /** The file that has the name of an upload, if the page knows of one. */
  present: (upload: Upload) => Present | undefined;
  /** The name of the upload is taken. */
  ask: (upload: Upload, present: Present) => Promise<Choice>;
  /** A file has been stored. */
  onUploaded: (upload: Upload, stored: Stored) => Promise<void>;
  /** The most bytes of all files of an owner. Undefined if there is no limit, or the person may not know it. */
  limitOf: (owner: Owner) => number | undefined;
  /** The owner has no room left for an upload, and the person may make some. */
  onFull: (owner: Owner) => void;
  /** An upload has ended. `words` say how, if that is more than the usual end. */
  onEnd: (words?: string) => void;
}

/**
 * Sends uploads, three at once, each until its file is stored, it fails, or the person gives it up. Without a network,
 * or without a session, they wait and keep their files.
 */
export function createSender(batch: Batch, actions: SenderActions) {
  const { isOpen, present, ask, onUploaded, onEnd } = actions;
  const network = createNetwork(pump);
  let running = 0;
  let isPaused = false;
  /** The host knows no session any more. */
  let isOut = false;

  function course(): Course {
    if (isOut || !isOpen()) return 'signedOut';
    if (isPaused) return 'paused';
    return network.isLost(batch.sending().length > 0) ? 'offline' : 'going';
  }

  function pump(): void {
    const isGoing = isOpen() && !isOut && !isPaused;
    while (isGoing && running < network.mayRun(MAX_AT_ONCE)) {
      const upload = batch.next();
      if (!upload) return;
      running++;
      void run(upload).finally(() => {
        running--;
        pump();
      });
    }
  }

  function send(upload: Upload): void {
    batch.wait(upload);
    const { mayReplace, beside } = upload.wanted;
    const there = mayReplace || beside !== undefined ? undefined : present(upload);
    if (there) void settle(upload, there);
    else pump();
  }

  async function run(upload: Upload): Promise<void> {
    const { signal } = upload.cancelling;
    network.begin();
    batch.update(upload, { state: 'sending' });
    try {
      const stored = await store(upload, (sentBytes) => {
        network.note();
        if (!signal.aborted) batch.update(upload, { sentBytes });
      });
      network.note();
      await onUploaded(upload, stored);
      batch.finish(upload, stored.name);
      onEnd(stored.words);
    } catch (error) {
      // Who cancels or pauses an upload has taken care of it.
      if (signal.aborted) return;
      // This is not awaited: other uploads go on meanwhile.
      if (isTaken(error)) void settle(upload, error);
      else await stop(upload, error);
    }
  }

  async function stop(upload: Upload, error: unknown): Promise<void> {
    if (isSignedOut(error)) isOut = true;
    else if (isLost(error)) network.lose();
    else return fail(upload, error);
    batch.wait(upload);
  }

  async function fail(upload: Upload, error: unknown): Promise<void> {
    const isFull = error instanceof ApiError && error.code === 'quota_exceeded';
    const failure = isFull
      ? await describeFull(upload, actions.limitOf(upload.owner))
      : describeFailure(error);
    if (upload.cancelling.signal.aborted) return;
    batch.update(upload, { state: 'failed', failure });
    onEnd();
    if (isFull && failure.canRetry) actions.onFull(upload.owner);
  }

  /** The name is taken, so the person decides. */
  async function settle(upload: Upload, taken: Present): Promise<void> {
    const { signal } = upload.cancelling;
    batch.update(upload, { state: 'asking' });
    const choice = await ask(upload, taken);
    if (signal.aborted) return;
    if (choice === 'keep') await keepBoth(upload);
    else if (choice === 'replace') sendInstead(upload, { mayReplace: true });
    else {
      batch.drop(upload);
      onEnd(text('leftAsIs', { name: upload.wanted.name }));
    }
  }

  async function keepBoth(upload: Upload): Promise<void> {
    const { signal } = upload.cancelling;
    const beside = upload.wanted.beside ?? upload.wanted.name;
    try {
      const name = await nameBeside(upload.owner, beside);
      if (!signal.aborted) sendInstead(upload, { name, beside });
    } catch (error) {
      if (!signal.aborted) await stop(upload, error);
    }
  }

  function sendInstead(upload: Upload, changes: Partial<Wanted>): void {
    batch.drop(upload);
    send(batch.add({ ...upload, wanted: { ...upload.wanted, ...changes } }));
  }

  return {
    send,
    course,
    /** Stops what is under way. Its files are sent again from the part that has not arrived. */
    pause(): void {
      isPaused = true;
      for (const upload of batch.sending()) {
        upload.cancelling.abort('pause');
        batch.wait(upload);
      }
    },
    goOn(): void {
      isPaused = false;
      pump();
    },
    /** Somebody has signed in, so uploads that wait for that go on. */
    signedIn(): void {
      isOut = false;
      pump();
    },
  };
}

/**
 * What the uploads tell of the network.
 * @param onAgain called when it is worth another try
 */
function createNetwork(onAgain: () => void) {
  let losses = 0;
  let isHeld = false;
  let timer: number | undefined;
  let progressAtMs = performance.now();

  function again(): void {
    isHeld = false;
    onAgain();
  }

  addEventListener('online', () => {
    losses = 0;
    again();
  });

  return {
    /** How many uploads may run at once. After a loss, one tries the network. */
    mayRun(most: number): number {
      // A browser knows for sure only that it has no network.
      if (isHeld || !navigator.onLine) return 0;
      return losses > 0 ? 1 : most;
    },
    isLost(isSending: boolean): boolean {
      const isStalled = isSending && performance.now() > progressAtMs + STALLED_MS;
      return isHeld || losses > 0 || isStalled || !navigator.onLine;
    },
    /** Bytes have arrived. */
    note(): void {
      losses = 0;
      progressAtMs = performance.now();
    },
    /** An answer did not come. */
    lose(): void {
      isHeld = true;
      clearTimeout(timer);
      timer = setTimeout(again, Math.min(FIRST_PAUSE_MS * 2 ** losses++, MAX_PAUSE_MS));
    },
    /** A new upload is under way, which has had no time to stall. */
    begin(): void {
      progressAtMs = performance.now();
    },
  };
}

/** Stores a file, and deletes the file that it takes the place of. */
async function store(
  { file, owner: { files }, wanted: { name, mayReplace = false, instead }, cancelling }: Upload,
  onProgress: (sentBytes: number) => void,
): Promise<Stored> {
  const stored = await files.upload(file, {
    name,
    replace: mayReplace,
    type: uploadType({ name, type: file.type }),
    signal: cancelling.signal,
    onProgress: (fraction) => onProgress(fraction * file.size),
  });
  if (instead === undefined) return { name: stored.name };
  return files.delete(instead).then(
    () => ({ name: stored.name, gone: instead }),
    () => ({ name: stored.name, words: text('oldStays', { name, old: instead }) }),
  );
}

/**
 * Why an upload found no room, with the sizes.
 * @param limit the most bytes of all files of its owner. Undefined if the person may not know it, as a guest
 */
async function describeFull(
  { file, owner }: Pick<Upload, 'file' | 'owner'>,
  limit: number | undefined,
): Promise<Failure> {
  if (limit === undefined) return { words: text('noRoom'), canRetry: false };
  const sizes = { size: formatSize(file.size), limit: formatSize(limit) };
  // Nothing that the person deletes would help.
  if (file.size > limit) return { words: text('largerThanSpace', sizes), canRetry: false };
  const used = await owner.files.usage().catch(() => undefined);
  const free = used && { free: formatSize(Math.max(limit - used.bytes, 0)), limit: sizes.limit };
  return { words: free ? text('noRoomLeft', free) : text('noRoom'), canRetry: true };
}

/** A name beside one that is taken. */
async function nameBeside({ files }: Owner, name: string): Promise<string> {
  const wanted = name.normalize('NFC');
  const taken = new Set([wanted]);
  for await (const file of files.all({ prefix: `${splitName(wanted).stem} (` })) taken.add(file.name);
  return freeName(wanted, taken);
}
