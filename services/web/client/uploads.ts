import { type Asker, lose, stoppable } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Drawn } from './device.ts';
import { type Sending, uploadInParts } from './parts.ts';
import { announce, persist, type SignedPut, sha256Hex } from './send.ts';
import type { NamedBlob, UploadedFile, UploadOptions } from './types.ts';

interface Begun extends UploadedFile {
  upload: SignedPut;
  /** That of S3, once it has answered. */
  etag?: string | null;
}

/**
 * Sends a file as a user: in one PUT, or in parts if it is large. Its thumbnail is drawn meanwhile, and sent
 * afterwards. An upload without a thumbnail succeeds, too.
 * @throws ApiError, `file_exists` if the name is taken and is not to be replaced; the reason of `signal`
 */
export async function upload(
  user: Asker,
  file: NamedBlob,
  {
    name = file.name ?? '',
    type = file.type || 'application/octet-stream',
    replace,
    onProgress,
    signal = new AbortController().signal,
  }: UploadOptions = {},
): Promise<UploadedFile> {
  /** The largest file that goes in one PUT. */
  const MAX_PUT_BYTES = 2 ** 24;
  const { size } = file;
  const ask = stoppable(user.ask, signal);
  const wanted = {
    ...{ name, size, type: type.replace(/;.*/, '').trim().toLowerCase(), replace },
    // A date that does not exist is null in JSON, and a blob has none.
    changedAt: new Date(file.lastModified ?? Number.NaN).toJSON() ?? undefined,
  };
  let drawing: Promise<Drawn | undefined> | undefined;
  const onSent = (sentBytes: number) => {
    onProgress?.(Math.min(sentBytes / size, 1));
    drawing ??= user.draw?.(file, wanted.type);
  };
  const sending = { file, wanted, onSent, signal };
  const made = await (size > MAX_PUT_BYTES
    ? uploadInParts(user, sending)
    : uploadInOne({ ...user, ask }, sending));
  await (await drawing)?.({ ...user, ask, sha256Hex }, made, signal).catch(() => {});
  return made;
}

async function uploadInOne(
  { ask, fetch, send }: Asker,
  { file, wanted, onSent, signal }: Sending,
): Promise<Begun> {
  /** The connection may have been lost for a moment, or S3 may be busy with the same name. */
  const MAX_RETRIES = 2;
  const sha256 = await sha256Hex(file);
  const announced = { ...wanted, sha256 };
  const begin = () => announce<Begun>(ask, announced);
  let begun = await begin();
  let isLost = false;
  await persist(
    async (retries) => {
      // An address lives for one minute only.
      if (retries) begun = await begin();
      begun.etag = await send(begun.upload, file, signal, onSent).catch(async (error) => {
        const { status } = error;
        if (status !== 412) {
          // S3 may have the file although its answer did not arrive.
          isLost ||= !status || status >= 500;
          throw error;
        }
        // Nobody has asked for this query yet, so the edge has no answer to it in its cache.
        const there = await fetch(`${begun.url}?v=${sha256}`, {
          method: isLost ? 'GET' : 'HEAD',
          signal,
        }).catch(isLost ? lose : () => undefined);
        if (!there?.ok) throw new ApiError(409, 'file_exists');
        const present = {
          size: Number(there.headers.get('content-length')),
          lastModified: there.headers.get('last-modified'),
        };
        const isSent =
          isLost && present.size === file.size && (await sha256Hex(await there.blob())) === sha256;
        if (!isSent) throw new ApiError(409, 'file_exists', present);
        return null;
      });
    },
    signal,
    MAX_RETRIES,
  );
  return begun;
}
