import type { UploadForm } from './answers.ts';
import { ApiError } from './api.ts';

/** Without progress for this long, a transfer is taken for dead. */
const STALLED_MS = 60_000;

/**
 * Posts a file to S3. `onProgress` gets the fraction that has been sent.
 * @throws ApiError `network`, or `storage_refused` with the status of S3
 */
export function postForm(
  form: UploadForm,
  file: File,
  onProgress: (fraction: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    for (const [name, value] of form.fields) body.append(name, value);
    // S3 reads nothing that comes after the file.
    body.append('file', file);
    const request = new XMLHttpRequest();
    let stalled = 0;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_MS);
    };
    request.upload.onprogress = (event) => {
      watch();
      onProgress(event.total > 0 ? event.loaded / event.total : 1);
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      if (request.status >= 200 && request.status < 300) return resolve();
      reject(new ApiError(request.status, codeOf(request.status)));
    };
    request.open('POST', form.url);
    watch();
    request.send(body);
  });
}

function codeOf(status: number): string {
  if (status === 0) return 'network';
  return status < 500 ? 'storage_refused' : 'storage_unavailable';
}
