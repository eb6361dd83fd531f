/** What the service takes. The build puts this constant in. */
declare const MAX_THUMBNAIL_BYTES: number;

/**
 * Gets a picture. Answers with the picture as WebP, 480 px and 64 KB at most, or with nothing if it cannot be decoded.
 * The build puts this program into the client as text, so bundlers need not know of it.
 */
addEventListener('message', async ({ data }: MessageEvent<ImageBitmapSource>) => {
  let thumbnail: Blob | undefined;
  try {
    const picture = await createImageBitmap(data);
    const { width, height } = picture;
    const scale = Math.min(1, 480 / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
    const context = canvas.getContext('2d');
    if (context) context.imageSmoothingQuality = 'high';
    context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    // This worker lives on. The decoded picture may have 100 MB.
    picture.close();
    for (let quality = 0.7; !thumbnail && quality >= 0; quality -= 0.35) {
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
      if (blob.size <= MAX_THUMBNAIL_BYTES) thumbnail = blob;
    }
  } catch {}
  postMessage(thumbnail);
});
