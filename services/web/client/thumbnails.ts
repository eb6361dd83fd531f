import { stoppable } from './api.ts';
import type { Drawn } from './draw-thumbnail.ts';
import { send, sha256Hex } from './send.ts';
import type { ListedFile, RequestApi, Stoppable } from './types.ts';

/** Draws a thumbnail and reads the picture, or gives undefined if this browser cannot. */
export async function draw(source: Blob | string, type: string): Promise<Drawn | undefined> {
  try {
    const { drawThumbnail } = await import('./draw-thumbnail.ts');
    return await drawThumbnail(source, type);
  } catch {
    return undefined;
  }
}

/** Makes the thumbnail from the files host's copy. False if this browser cannot draw it. @throws ApiError */
export async function addMissing(
  ask: RequestApi,
  file: ListedFile,
  { signal = new AbortController().signal }: Stoppable = {},
): Promise<boolean> {
  // The browser's cache may have the version in a form that no script may read. So this asks without the version.
  const drawn = await draw(file.url.replace(/\?.*/, ''), file.type);
  return !!(await drawn?.({ ask: stoppable(ask, signal), send, sha256Hex }, file, signal));
}
