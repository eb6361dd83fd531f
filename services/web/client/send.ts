import { ApiError } from './api.ts';

/**
 * Sends bytes to S3. It uses XMLHttpRequest, because fetch reports no progress.
 * @param onSent gets the number of bytes that have been sent
 * @throws ApiError `network`, or `storage_refused` with the status of S3; the reason of `signal`
 */
export function send(
  method: 'PUT',
  url: string,
  headers: Record<string, string>,
  body: Blob,
  onSent: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
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
      onSent(loaded);
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
      const { status } = request;
      if (status && status < 300) resolve();
      else
        reject(signal.aborted ? signal.reason : new ApiError(status, status ? 'storage_refused' : 'network'));
    };
    request.open(method, url);
    // Otherwise Firefox reads the answer as XML, and complains about an empty one.
    request.responseType = 'text';
    for (const header of Object.entries(headers)) request.setRequestHeader(...header);
    signal.addEventListener('abort', abort);
    watch();
    request.send(body);
  });
}
