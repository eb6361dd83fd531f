/** `thumbnail-worker.ts`, minified. The build puts it in. */
declare const THUMBNAIL_WORKER: string;

/** No picture takes this long to draw. A film that never begins would wait for ever. */
const TIMEOUT_MS = 20_000;

/** The workers without work. To start a worker takes longer than to draw most thumbnails. */
const idle: Worker[] = [];

/**
 * Draws the thumbnail of an image, or of a film's first frame, outside the page's own thread. Undefined for all other
 * files, and if this browser writes no WebP. The core of the client loads this module only when there is something to
 * draw.
 * @param source the file, or its address
 * @throws the browser's error if it cannot decode the file
 */
export async function drawThumbnail(source: Blob | string, type: string): Promise<Blob | undefined> {
  const isFilm = type.startsWith('video/');
  if (!(isFilm || type.startsWith('image/')) || !writesWebP()) return;
  const picture = isFilm ? await firstFrame(source) : await read(source);
  const worker = idle.pop() ?? startWorker();
  const drawn = new Promise<Blob | undefined>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    setTimeout(reject, TIMEOUT_MS);
    worker.postMessage(picture);
  });
  // A worker that failed is not used again.
  drawn.then(
    () => idle.push(worker),
    () => worker.terminate(),
  );
  return drawn;
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
