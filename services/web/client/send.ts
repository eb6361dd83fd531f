import { ApiError } from './api-error.ts';

/** A request that S3 takes, with the file as its body. */
export interface SignedPut {
  url: string;
  headers: Record<string, string>;
}

/**
 * Sends bytes to S3. It uses XMLHttpRequest, because fetch reports no progress.
 * @param onSent gets the number of bytes that have been sent
 * @returns the ETag, in quotes
 * @throws ApiError `network`, or `storage_refused` with the status of S3; the reason of `signal`
 */
export function send(
  { url, headers }: SignedPut,
  body: Blob,
  signal: AbortSignal,
  onSent?: (sentBytes: number) => void,
): Promise<string | null> {
  /** A transfer without progress for this long counts as dead. */
  const STALLED_MS = 60_000;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let stalled = 0;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(abort, STALLED_MS);
    };
    request.upload.onprogress = ({ loaded }) => {
      watch();
      onSent?.(loaded);
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
      const { status } = request;
      if (status && status < 300) resolve(request.getResponseHeader('etag'));
      else
        reject(signal.aborted ? signal.reason : new ApiError(status, status ? 'storage_refused' : 'network'));
    };
    request.open('PUT', url);
    // Otherwise Firefox reads the answer as XML, and complains about an empty one.
    request.responseType = 'text';
    for (const header of Object.entries(headers)) request.setRequestHeader(...header);
    signal.addEventListener('abort', abort);
    watch();
    request.send(body);
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
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
