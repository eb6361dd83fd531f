import type { Drawn } from './device.ts';
import type { SignedPut } from './send.ts';
import type { DrawnPicture } from './thumbnail-worker.ts';

/** `thumbnail-worker.ts`, minified. The build puts it in. */
declare const THUMBNAIL_WORKER: string;

/** No picture takes this long to draw. A film that never begins would wait for ever. */
const TIMEOUT_MS = 20_000;

/** The workers without work. To start a worker takes longer than to draw most thumbnails. */
const idle: Worker[] = [];

/**
 * Draws the thumbnail of an image, or of a film's first frame, outside the page's own thread, and reads what the file
 * says of itself. Undefined for all other files. There is no thumbnail if this browser writes no WebP. The core of the client loads this module only when there is something to
 * draw.
 * @param source the file, or its address
 * @throws the browser's error if it cannot decode the file
 */
export async function drawThumbnail(source: Blob | string, type: string): Promise<Drawn | undefined> {
  const isFilm = type.startsWith('video/');
  if (!(isFilm || type.startsWith('image/'))) return;
  const picture = isFilm ? await firstFrame(source) : await read(source);
  const worker = idle.pop() ?? startWorker();
  const drawn = new Promise<DrawnPicture>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    setTimeout(reject, TIMEOUT_MS);
    worker.postMessage([picture, writesWebP()]);
  });
  // A worker that failed is not used again.
  drawn.then(
    () => idle.push(worker),
    () => worker.terminate(),
  );
  const { thumbnail, ...found } = await drawn;
  return async ({ ask, send, sha256Hex }, { name, etag }, signal) => {
    if (etag && Object.keys(found).length > 0) {
      await ask('POST', '/files/details', { name, etag: etag.replaceAll('"', ''), ...found }).catch(
        unlessGone,
      );
    }
    if (!thumbnail) return false;
    const { size } = thumbnail;
    const wanted = { name, size, sha256: await sha256Hex(thumbnail) };
    const { upload } = await ask<{ upload: SignedPut }>('POST', '/thumbnails', wanted);
    await send(upload, thumbnail, signal);
    return true;
  };
}

/** The thumbnail does without its details. If the file has another content by now, it would show the old one. */
function unlessGone(error: { status: number }): void {
  if (error.status === 404) throw error;
}

function startWorker(): Worker {
  return new Worker(URL.createObjectURL(new Blob([THUMBNAIL_WORKER], { type: 'text/javascript' })));
}

/** Safari writes a PNG instead (HTML standard, "serialization of a canvas bitmap to a file"). */
function writesWebP(): boolean {
  const type = 'image/webp';
  const canvas = document.createElement('canvas');
  // A column of the usual height. A whole canvas takes some milliseconds.
  canvas.width = 1;
  return canvas.toDataURL(type).includes(type);
}

async function read(source: Blob | string): Promise<Blob> {
  if (source instanceof Blob) return source;
  const answer = await fetch(source, { credentials: 'include' });
  return answer.blob();
}

/** Only the page can decode films. So the page's own thread takes the frame, and the worker does the rest. */
async function firstFrame(source: Blob | string): Promise<ImageBitmap> {
  const film = document.createElement('video');
  const url = source instanceof Blob ? URL.createObjectURL(source) : source;
  film.crossOrigin = 'use-credentials';
  film.muted = true;
  film.src = url;
  try {
    await new Promise((resolve, reject) => {
      // Chromium has data before it has a frame.
      film.requestVideoFrameCallback(resolve);
      film.onerror = reject;
      setTimeout(reject, TIMEOUT_MS);
    });
    return await createImageBitmap(film);
  } finally {
    // Stops loading the rest of the film.
    film.src = '';
    URL.revokeObjectURL(url);
  }
}
