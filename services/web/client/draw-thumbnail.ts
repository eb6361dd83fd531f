/** `thumbnail-worker.ts`, minified: put in by the build. */
declare const THUMBNAIL_WORKER: string;

/** No picture takes longer to be drawn, but a film that never begins does. */
const TIMEOUT_MS = 20_000;

/**
 * A thumbnail of an image, or of a film's first frame, drawn beside the page's own thread; undefined for all else, and
 * where this browser writes no WebP. The core of the client loads this module where something is to be drawn.
 * @param source the file, or its address
 * @throws what the browser does where it cannot decode the file
 */
export async function drawThumbnail(source: Blob | string, type: string): Promise<Blob | undefined> {
  const isFilm = type.startsWith('video/');
  if (!(isFilm || type.startsWith('image/')) || !writesWebP()) return;
  const picture = isFilm ? await firstFrame(source) : await read(source);
  const program = URL.createObjectURL(new Blob([THUMBNAIL_WORKER], { type: 'text/javascript' }));
  const worker = new Worker(program);
  return new Promise<Blob | undefined>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    setTimeout(reject, TIMEOUT_MS);
    worker.postMessage(picture);
  }).finally(() => {
    worker.terminate();
    URL.revokeObjectURL(program);
  });
}

/** Safari gives a PNG in its place (HTML standard, "serialization of a canvas bitmap to a file"). */
function writesWebP(): boolean {
  const type = 'image/webp';
  return document.createElement('canvas').toDataURL(type).startsWith(`data:${type}`);
}

async function read(source: Blob | string): Promise<Blob> {
  if (source instanceof Blob) return source;
  const answer = await fetch(source, { credentials: 'include' });
  return answer.blob();
}

/** Films are decoded for the page alone; its own thread only takes the frame. */
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
    // Ends what it still loads.
    film.src = '';
    URL.revokeObjectURL(url);
  }
}
