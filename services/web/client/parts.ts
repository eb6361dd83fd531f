import { type Asker, stoppable } from './api.ts';
import { ApiError } from './api-error.ts';
import { announce, persist, type SignedPut, sha256Hex } from './send.ts';
import type { NamedBlob, UploadedFile } from './types.ts';

/** A file on its way to S3. */
export interface Sending {
  file: NamedBlob;
  /** The upload as the client announces it to the app host. S3 accepts nothing else. */
  wanted: {
    name: string;
    size: number;
    type: string;
    replace: boolean | undefined;
    changedAt: string | undefined;
  };
  onSent: (sentBytes: number) => void;
  signal: AbortSignal;
}

/** The parts of an upload that S3 has. */
interface UploadState {
  /** Bytes of every part but the last. */
  partSize: number;
  parts: { number: number; size: number; sha256?: string }[];
}

/**
 * Sends a large file in parts. The device keeps the address of the upload until the upload ends. The same file then
 * goes on where it was left.
 * @throws ApiError; the reason of `signal`
 */
export async function uploadInParts(user: Asker, sending: Sending, isAgain = false): Promise<UploadedFile> {
  const { file, wanted, signal } = sending;
  const ask = stoppable(user.ask, signal);
  // The key is a hash: a shared computer must not reveal the names of files.
  const key = await sha256Hex(new Blob([JSON.stringify([user.id, wanted, file.lastModified])]));
  let path = (await user.recall(key)) ?? '';
  const begin = async (): Promise<UploadState> => {
    const { upload } = await announce<{ upload: { id: string; partSize: number } }>(ask, wanted);
    path = `/uploads/${upload.id}`;
    await user.remember(key, path);
    return { ...upload, parts: [] };
  };
  // The upload may have ended meanwhile.
  const left = path ? await ask<UploadState>('GET', path).catch(unlessMissing) : undefined;
  const state = left ?? (await begin());
  try {
    await sendMissing({ ...user, ask }, path, state, sending);
    const made = await persist(() => ask<UploadedFile>('POST', `${path}/complete`), signal);
    await user.remember(key);
    return made;
  } catch (error) {
    if (signal.aborted) {
      if (signal.reason === 'pause') throw error;
      await user.remember(key);
      await user.ask('DELETE', path).catch(() => {});
    } else if (!isAgain && error instanceof ApiError && error.code === 'no_such_upload') {
      // S3 demands a new upload: a file with this name was deleted while this upload was completed.
      return uploadInParts(user, sending, true);
    }
    throw error;
  }
}

function unlessMissing(error: ApiError): undefined {
  if (error.status !== 404) throw error;
}

/** Sends each part that S3 does not have. */
async function sendMissing(
  { ask, send }: Asker,
  path: string,
  { partSize, parts }: UploadState,
  { file, onSent, signal }: Sending,
): Promise<void> {
  for (let number = 1, start = 0; start < file.size; number++, start += partSize) {
    signal.throwIfAborted();
    const body = file.slice(start, start + partSize);
    const sha256 = await sha256Hex(body);
    const stored = parts.find((part) => part.number === number);
    // S3 may have this part already.
    const isStored = stored?.size === body.size && (stored.sha256 ?? sha256) === sha256;
    if (!isStored) {
      await persist(async () => {
        const wanted = { parts: [{ number, sha256 }] };
        const answer = await ask<{ parts: SignedPut[] }>('POST', `${path}/parts`, wanted);
        for (const part of answer.parts) {
          await send(part, body, signal, (sentBytes) => onSent(start + sentBytes));
        }
      }, signal);
    }
    onSent(start + body.size);
  }
}
