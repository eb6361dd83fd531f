import { type SignedPut, send, sha256Hex } from './send.ts';
import type { ListedFile, RequestApi } from './types.ts';

/** Draws a thumbnail, or gives undefined if this browser cannot. */
export async function draw(source: Blob | string, type: string): Promise<Blob | undefined> {
  try {
    const { drawThumbnail } = await import('./draw-thumbnail.ts');
    return await drawThumbnail(source, type);
  } catch {
    return undefined;
  }
}

/**
 * Puts a thumbnail beside a stored file.
 * @param name the name of the file
 * @throws ApiError; the reason of `signal`
 */
export async function addThumbnail(
  ask: RequestApi,
  name: string,
  thumbnail: Blob,
  signal: AbortSignal,
): Promise<void> {
  const { size } = thumbnail;
  const sha256 = await sha256Hex(thumbnail);
  const { upload } = await ask<{ upload: SignedPut }>('POST', '/thumbnails', { name, size, sha256 });
  await send(upload, thumbnail, signal);
}

/** Makes the thumbnail from the files host's copy. False if this browser cannot draw it. @throws ApiError */
export async function addMissing(ask: RequestApi, { name, type, url }: ListedFile): Promise<boolean> {
  // The browser's cache may have the version in a form that no script may read. So this asks without the version.
  const thumbnail = await draw(url.replace(/\?.*/, ''), type);
  if (thumbnail) await addThumbnail(ask, name, thumbnail, new AbortController().signal);
  return !!thumbnail;
}
