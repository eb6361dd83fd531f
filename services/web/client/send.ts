import { ApiError } from './api.ts';

/** Without progress for this long, a transfer is taken for dead. */
const STALLED_MS = 60_000;

/**
 * Sends bytes to S3: by XMLHttpRequest, since fetch tells no progress.
 * @param onSent gets the bytes that have been sent
 * @throws ApiError `network`, or `storage_refused` or `storage_unavailable` with the status of S3; the reason of `signal`
 */
export function send(
  method: 'POST' | 'PUT',
  url: string,
  headers: Record<string, string>,
  body: FormData | Blob,
  onSent: (sentBytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
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
      const { status } = request;
      if (status >= 200 && status < 300) resolve();
      else reject(signal?.aborted ? signal.reason : new ApiError(status, codeOf(status)));
    };
    request.open(method, url);
    for (const name in headers) request.setRequestHeader(name, headers[name] ?? '');
    signal?.addEventListener('abort', abort);
    watch();
    request.send(body);
  });
}

function codeOf(status: number): string {
  if (status === 0) return 'network';
  return status < 500 ? 'storage_refused' : 'storage_unavailable';
}
