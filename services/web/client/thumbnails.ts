import type { RequestApi } from './api.ts';
import { sha256Hex } from './persist.ts';
import { send } from './send.ts';
import type { ListedFile } from './types.ts';

/** Draws a thumbnail, where this browser can: undefined otherwise. */
export async function draw(source: Blob | string, type: string): Promise<Blob | undefined> {
  try {
    const { drawThumbnail } = await import('./draw-thumbnail.ts');
    return await drawThumbnail(source, type);
  } catch {
    return undefined;
  }
}

/**
 * Puts a thumbnail beside a file that is there.
 * @param name of the file
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

/** The same from the files host's own copy. False where that cannot be drawn here. @throws ApiError */
export async function addMissing(request: RequestApi, { name, type, url }: ListedFile): Promise<boolean> {
  // Without the version, since a page has that in its cache without leave to read it.
  const thumbnail = await draw(url.replace(/\?.*/, ''), type);
  if (thumbnail) await addThumbnail(request, name, thumbnail, new AbortController().signal);
  return !!thumbnail;
}
