/** What the service takes. The build puts this constant in. */
declare const MAX_THUMBNAIL_BYTES: number;

/** What a picture says of itself, as the service takes it, and its thumbnail. */
export interface DrawnPicture {
  takenAt?: string;
  width?: number;
  height?: number;
  color?: string;
  thumbnail?: Blob;
}

/**
 * Gets a picture, and whether a thumbnail is wanted. Answers with what it has found. The thumbnail is WebP, 480 px and
 * 64 KB at most. The build puts this program into the client as text, so bundlers need not know of it.
 */
addEventListener(
  'message',
  async ({ data: [source, isWanted] }: MessageEvent<[Blob | ImageBitmap, boolean]>) => {
    const drawn: DrawnPicture = {};
    try {
      // Cameras put the date at the beginning.
      if (source instanceof Blob) readDate(new DataView(await source.slice(0, 1 << 17).arrayBuffer()), drawn);
    } catch {}
    try {
      const picture = await createImageBitmap(source);
      const { width, height } = picture;
      Object.assign(drawn, { width, height });
      const scale = Math.min(1, 480 / Math.max(width, height));
      const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
      const context = canvas.getContext('2d');
      if (context) context.imageSmoothingQuality = 'high';
      context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
      // This worker lives on. The decoded picture may have 100 MB.
      picture.close();
      for (let quality = 0.7; isWanted && !drawn.thumbnail && quality >= 0; quality -= 0.35) {
        const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
        if (blob.size <= MAX_THUMBNAIL_BYTES) drawn.thumbnail = blob;
      }
      // Drawn over itself, the canvas has the average in its first pixel.
      if (context) {
        context.globalCompositeOperation = 'copy';
        context.drawImage(canvas, 0, 0, 1, 1);
        const { buffer } = context.getImageData(0, 0, 1, 1).data;
        const rgb = new DataView(buffer).getUint32(0) >>> 8;
        drawn.color = `#${(0x1000000 + rgb).toString(16).slice(1)}`;
      }
    } catch {}
    postMessage(drawn);
  },
);

/** Reads DateTimeOriginal and OffsetTimeOriginal (Exif 2.32) of a JPEG. Throws a RangeError where there is no date. */
function readDate(file: DataView, drawn: DrawnPicture): void {
  // Each segment begins with FF, its kind, and its length.
  for (
    let at = 2;
    file.getUint16(0) === 0xffd8 && file.getUint8(at) === 0xff;
    at += 2 + file.getUint16(at + 2)
  ) {
    // APP1, "Exif"
    if (file.getUint8(at + 1) !== 0xe1 || file.getUint32(at + 4) !== 0x45786966) continue;
    const start = at + 10;
    const isLittle = file.getUint8(start) === 0x49;
    const number = (offset: number) => file.getUint32(start + offset, isLittle);
    const short = (offset: number) => file.getUint16(start + offset, isLittle);
    /** The value of a tag, or where it is. */
    const find = (directory: number, tag: number) => {
      for (let entry = directory + 2; entry < directory + 2 + 12 * short(directory); entry += 12)
        if (short(entry) === tag) return number(entry + 8);
      return Number.NaN;
    };
    const directory = find(number(4), 0x8769);
    const text = (tag: number, length: number) => {
      const offset = find(directory, tag);
      return offset ? String.fromCharCode(...new Uint8Array(file.buffer, start + offset, length)) : '';
    };
    const date = text(0x9003, 19).replace(/(\d{4}):(\d\d):(\d\d) /, '$1-$2-$3T');
    const zone = text(0x9011, 6);
    const hasZone = /[+-]\d\d:\d\d/.test(zone) && Date.parse(date + zone);
    // The app host would refuse the size and the color together with a date that does not exist, such as 30 February.
    if (new Date(`${date}Z`).toISOString() === `${date}.000Z`) drawn.takenAt = date + (hasZone ? zone : '');
    return;
  }
}
