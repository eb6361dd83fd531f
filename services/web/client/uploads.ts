import type { RequestApi } from './api.ts';
import { send } from './send.ts';
import { recall, remember } from './store.ts';
import type { UploadedFile, UploadOptions } from './types.ts';

/** Up to here a file goes in one form; in parts above. */
const MAX_FORM_BYTES = 16 * 1_024 * 1_024;

interface Begun extends UploadedFile {
  upload: { url: string; fields: Record<string, string> };
}

/** What is uploaded, as whom, and by what: parts.ts imports nothing, so that it is one file, loaded when it is needed. */
export interface Job extends Tools {
  request: RequestApi;
  userId: string;
  file: File;
  promise: { name: string; size: number; type: string };
  onSent: (sentBytes: number) => void;
  signal: AbortSignal | undefined;
}

const tools = { send, recall, remember };
type Tools = typeof tools;

/**
 * Sends a file as a user: in one form, or in parts if it is large.
 * @throws ApiError; the reason of `signal`
 */
export async function upload(
  request: RequestApi,
  userId: string,
  file: File,
  {
    name = file.name,
    type = file.type || 'application/octet-stream',
    onProgress,
    signal,
  }: UploadOptions = {},
): Promise<UploadedFile> {
  const { size } = file;
  const promise = { name, size, type };
  const onSent = (sentBytes: number) => onProgress?.(Math.min(sentBytes / size, 1));
  signal?.throwIfAborted();
  if (size > MAX_FORM_BYTES) {
    const { uploadInParts } = await import('./parts.ts');
    return uploadInParts({ ...tools, request, userId, file, promise, onSent, signal });
  }
  const begun = await request<Begun>('POST', '/api/uploads', promise);
  const form = new FormData();
  for (const field of Object.entries(begun.upload.fields)) form.append(...field);
  // S3 reads nothing that comes after the file.
  form.append('file', file);
  await send('POST', begun.upload.url, {}, form, onSent, signal);
  return { name: begun.name, url: begun.url };
}
