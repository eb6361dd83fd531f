const BY_EXTENSION: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  txt: 'text/plain',
  pdf: 'application/pdf',
};

/** The media type of a name's extension. Undefined if this list does not have the extension. */
export function knownType(name: string): string | undefined {
  const extension = /[^/]\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

/** A list request returns no type, so the type is guessed from the extension. The browser uses the stored type. */
export function typeByExtension(name: string): string {
  return knownType(name) ?? 'application/octet-stream';
}
