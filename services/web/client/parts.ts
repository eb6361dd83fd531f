import type { UploadedFile } from './types.ts';
import type { Job } from './uploads.ts';

/** What S3 has of an upload. */
interface UploadState {
  /** Bytes of every part but the last. */
  partSize: number;
  parts: { number: number; size: number; sha256?: string }[];
}

interface Begun {
  upload: { id: string; partSize: number };
}

interface PartUrls {
  parts: { url: string; headers: Record<string, string> }[];
}

/** Each is read into memory for its hash. */
const MAX_AT_ONCE = 3;
const MAX_RETRIES = 8;
const MAX_PAUSE_MS = 30_000;

/**
 * Sends a large file. The id of its upload is kept until that ends, so that the same file goes on where it was left.
 * @throws ApiError; the reason of `signal`
 */
export async function uploadInParts(job: Job): Promise<UploadedFile> {
  const { request, userId, file, promise, signal, recall, remember } = job;
  // Hashed, since what a shared computer keeps should not tell the names of files.
  const facts = JSON.stringify([userId, promise, file.lastModified]);
  const key = `upload:${await sha256Hex(new TextEncoder().encode(facts))}`;
  let id = recall(key);
  // It may have ended meanwhile.
  let state = id && (await request<UploadState>('GET', pathOf(id)).catch(unlessMissing));
  if (!id || !state) {
    const { upload } = await request<Begun>('POST', '/api/uploads', promise);
    id = upload.id;
    state = { partSize: upload.partSize, parts: [] };
    remember(key, id);
  }
  const path = pathOf(id);
  try {
    await sendParts(job, path, state);
    const made = await persist(() => request<UploadedFile>('POST', `${path}/complete`), signal);
    remember(key);
    return { name: made.name, url: made.url };
  } catch (error) {
    if (signal?.aborted) {
      remember(key);
      await request('DELETE', path).catch(() => {});
    }
    throw error;
  }
}

/** Sends the parts that S3 lacks, or has with other bytes. */
async function sendParts(job: Job, path: string, { partSize, parts }: UploadState): Promise<void> {
  const { request, file, send, onSent, signal } = job;
  let next = 0;
  let allSentBytes = 0;

  async function sendPart(number: number): Promise<void> {
    const body = file.slice((number - 1) * partSize, number * partSize);
    const sha256 = await sha256Hex(await body.arrayBuffer());
    const stored = parts.find((part) => part.number === number);
    let sentBytes = 0;
    const note = (bytes: number) => {
      allSentBytes += bytes - sentBytes;
      sentBytes = bytes;
      onSent(allSentBytes);
    };
    if (stored?.size !== body.size || (stored.sha256 ?? sha256) !== sha256) {
      await persist(async () => {
        const wanted = { parts: [{ number, sha256 }] };
        const answer = await request<PartUrls>('POST', `${path}/parts`, wanted);
        for (const { url, headers } of answer.parts) {
          await send('PUT', url, headers, body, note, signal);
        }
      }, signal);
    }
    note(body.size);
  }

  async function work(): Promise<void> {
    while (next * partSize < file.size) await sendPart(++next);
  }

  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work)).catch((error) => {
    next = file.size;
    throw error;
  });
}

/** Tries again what the network, a busy server or an address that has expired may be the reason of. */
async function persist<T>(run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let retries = 0; ; retries++) {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      if (retries === MAX_RETRIES || !isPassing(error)) throw error;
      await pause(Math.min(1_000 * 2 ** retries, MAX_PAUSE_MS), signal);
    }
  }
}

/** 403 is S3's for an address that has expired: the app host gives none here. */
function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === 0 || status === 403 || status === 429 || status >= 500;
}

/** Of an ApiError; NaN for another one. */
function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : Number.NaN;
}

/** Ends sooner where `signal` does. */
function pause(delayMs: number, signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', resolve, { once: true });
    setTimeout(resolve, delayMs);
  });
}

async function sha256Hex(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function unlessMissing(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}

function pathOf(id: string): string {
  return `/api/uploads/${id}`;
}
