import type { RequestApi } from './api.ts';
import { uploadInParts } from './parts.ts';
import { send } from './send.ts';
import type { UploadedFile, UploadOptions } from './types.ts';

/** What is promised to the app host, and pinned by S3. */
export interface Wanted {
  name: string;
  size: number;
  type: string;
}

interface Begun extends UploadedFile {
  upload: { url: string; fields: Record<string, string> };
}

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
    signal = new AbortController().signal,
  }: UploadOptions = {},
): Promise<UploadedFile> {
  /** Up to here a file goes in one form; in parts above. */
  const MAX_FORM_BYTES = 2 ** 24;
  const { size } = file;
  const wanted: Wanted = { name, size, type };
  const onSent = (sentBytes: number) => onProgress?.(Math.min(sentBytes / size, 1));
  if (size > MAX_FORM_BYTES) return uploadInParts(request, userId, file, wanted, onSent, signal);
  const begun = await request<Begun>('POST', '/api/uploads', wanted);
  const form = new FormData();
  for (const field of Object.entries(begun.upload.fields)) form.append(...field);
  // S3 reads nothing that comes after the file.
  form.append('file', file);
  await send('POST', begun.upload.url, {}, form, onSent, signal);
  return begun;
}
