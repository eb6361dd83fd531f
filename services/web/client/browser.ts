import { ApiError } from './api-error.ts';
import type { Device } from './device.ts';
import type { SignedPut } from './send.ts';
import { recall, remember } from './tabs.ts';

/** A browser has the cookies of the files host by itself. */
export const BROWSER: Device = {
  appOrigin: () => location.origin,
  fetch: (url, init) => fetch(url, { credentials: 'include', ...init }),
  send,
  recall,
  remember,
  draw: (source, type) =>
    import('./draw-thumbnail.ts')
      .then(({ drawThumbnail }) => drawThumbnail(source, type))
      .catch(() => undefined),
};

/**
 * Sends bytes to S3. It uses XMLHttpRequest, because fetch reports no progress.
 * @param onSent gets the number of bytes that have been sent
 * @returns the ETag, in quotes
 * @throws ApiError `network`, or `storage_refused` with the status of S3; the reason of `signal`
 */
function send(
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
