import { ApiError } from './api.ts';

/**
 * Tries again what the network, a busy server or an address that has expired may be the reason of.
 * @param run gets how often it has been tried
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
      // Ends sooner where `signal` does.
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
        setTimeout(resolve, Math.min(1_000 * 2 ** retries, MAX_PAUSE_MS));
      });
    }
  }
}

/**
 * Of S3, 403 means that an address has expired, and 409 that something else happened to the name at the same time; the app
 * host means another thing with 409, and gives no 403 here.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status, code } = error;
  return [0, 403, 429].includes(status) || status >= 500 || (status === 409 && code === 'storage_refused');
}

export async function sha256Hex(bytes: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
