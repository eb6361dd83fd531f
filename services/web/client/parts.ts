import { ApiError, type RequestApi } from './api.ts';
import { persist, send, sha256Hex } from './send.ts';
import { recall, remember } from './tabs.ts';
import type { UploadedFile } from './types.ts';

/** The upload as the client announces it to the app host. S3 accepts nothing else. */
export interface Wanted {
  name: string;
  size: number;
  type: string;
  replace: boolean | undefined;
}

/** The parts of an upload that S3 has. */
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

/**
 * Sends a large file in parts. The browser keeps the address of the upload until the upload ends. The same file then
 * goes on where it was left.
 * @throws ApiError; the reason of `signal`
 */
export async function uploadInParts(
  request: RequestApi,
  userId: string,
  file: File | Blob,
  wanted: Wanted,
  onSent: (sentBytes: number) => void,
  signal: AbortSignal,
  isAgain = false,
): Promise<UploadedFile> {
  const modified = 'lastModified' in file && file.lastModified;
  // The key is a hash: a shared computer must not reveal the names of files.
  const key = await sha256Hex(new Blob([JSON.stringify([userId, wanted, modified])]));
  let path = recall(key) ?? '';
  // The upload may have ended meanwhile.
  const known = path && (await request<UploadState>('GET', path).catch(unlessMissing));
  const { partSize, parts } = known || (await begin());

  async function begin(): Promise<UploadState> {
    const { upload } = await request<Begun>('POST', '/api/uploads', wanted);
    path = `/api/uploads/${upload.id}`;
    remember(key, path);
    return { ...upload, parts: [] };
  }

  try {
    for (let number = 1, start = 0; start < file.size; number++, start += partSize) {
      signal.throwIfAborted();
      const body = file.slice(start, start + partSize);
      const sha256 = await sha256Hex(body);
      const stored = parts.find((part) => part.number === number);
      // S3 may have this part already.
      const isStored = stored?.size === body.size && (stored.sha256 ?? sha256) === sha256;
      if (!isStored) {
        await persist(async () => {
          const answer = await request<PartUrls>('POST', `${path}/parts`, { parts: [{ number, sha256 }] });
          for (const { url, headers } of answer.parts) {
            await send('PUT', url, headers, body, (sentBytes) => onSent(start + sentBytes), signal);
          }
        }, signal);
      }
      onSent(start + body.size);
    }
    const made = await persist(() => request<UploadedFile>('POST', `${path}/complete`), signal);
    remember(key);
    return made;
  } catch (error) {
    if (signal.aborted) {
      remember(key);
      await request('DELETE', path).catch(() => {});
    } else if (!isAgain && error instanceof ApiError && error.code === 'no_such_upload') {
      // S3 demands a new upload: a file with this name was deleted while this upload was completed.
      return uploadInParts(request, userId, file, wanted, onSent, signal, true);
    }
    throw error;
  }
}

function unlessMissing(error: ApiError): undefined {
  if (error.status !== 404) throw error;
}
