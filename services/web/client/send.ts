import { ApiError } from './api-error.ts';
import type { RequestApi } from './types.ts';

/** A request that S3 takes, with the file as its body. */
export interface SignedPut {
  url: string;
  headers: Record<string, string>;
}

/**
 * Asks the app host for the terms of an upload. It refuses a date before 1900 or days ahead, as the clock of this device
 * may be. The file is then sent without its date.
 */
export function announce<T>(ask: RequestApi, wanted: { changedAt: string | undefined }): Promise<T> {
  return ask<T>('POST', '/uploads', wanted).catch((error) => {
    if (!wanted.changedAt || error.code !== 'bad_request') throw error;
    return ask<T>('POST', '/uploads', { ...wanted, changedAt: undefined });
  });
}

/**
 * Tries again after a failure that the network, a busy server or an expired address may have caused.
 * @param run gets the number of tries before this one
 */
export async function persist<T>(
  run: (retries: number) => Promise<T>,
  signal: AbortSignal,
  maxRetries = 8,
): Promise<T> {
  const MAX_PAUSE_MS = 30_000;
  for (let retries = 0; ; retries++) {
    signal.throwIfAborted();
    try {
      return await run(retries);
    } catch (error) {
      signal.throwIfAborted();
      if (retries === maxRetries || !isPassing(error)) throw error;
      // The pause ends sooner if `signal` aborts.
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
        setTimeout(resolve, Math.min(1_000 * 2 ** retries, MAX_PAUSE_MS));
      });
    }
  }
}

/**
 * From S3, 403 means an expired address, and 409 means another change of the same name at the same time. From the app
 * host, both are final.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status, code } = error;
  return (
    [0, 429].includes(status) || status >= 500 || ([403, 409].includes(status) && code === 'storage_refused')
  );
}

export async function sha256Hex(bytes: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws the reason of `signal` if it aborts before the work has ended */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void work.then(resolve, reject).then(() => signal.removeEventListener('abort', abort));
  });
}
