import type { RequestApi } from './api.ts';
import { send, sha256Hex } from './send.ts';
import type { ListedFile } from './types.ts';

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
  request: RequestApi,
  name: string,
  thumbnail: Blob,
  signal: AbortSignal,
): Promise<void> {
  const { size } = thumbnail;
  const { upload } = await request<{ upload: { url: string; headers: Record<string, string> } }>(
    'POST',
    '/api/thumbnails',
    { name, size, sha256: await sha256Hex(thumbnail) },
  );
  await send('PUT', upload.url, upload.headers, thumbnail, () => {}, signal);
}

/** Makes the thumbnail from the files host's copy. False if this browser cannot draw it. @throws ApiError */
export async function addMissing(request: RequestApi, { name, type, url }: ListedFile): Promise<boolean> {
  // The browser's cache may have the version in a form that no script may read. So this asks without the version.
  const thumbnail = await draw(url.replace(/\?.*/, ''), type);
  if (thumbnail) await addThumbnail(request, name, thumbnail, new AbortController().signal);
  return !!thumbnail;
}
