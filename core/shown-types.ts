/** How a type that is shown in the browser is confined. `undefined` means that it is not shown, but downloaded. */
export type Confinement = 'sandbox' | 'media' | 'document';

const SHOWN: { [mediaType: string]: Confinement | undefined } = {
  'image/png': 'sandbox',
  'image/jpeg': 'sandbox',
  'image/gif': 'sandbox',
  'image/webp': 'sandbox',
  'image/avif': 'sandbox',
  'text/plain': 'sandbox',
  'video/mp4': 'media',
  'video/webm': 'media',
  'audio/mpeg': 'media',
  'audio/mp4': 'media',
  'audio/ogg': 'media',
  'audio/wav': 'media',
  'application/pdf': 'document',
};

/** The media types that browsers show in place. Every other type is downloaded. */
export const SHOWN_TYPES = Object.keys(SHOWN);

export function confinementOf(mediaType: string): Confinement | undefined {
  // The list is checked first: `SHOWN` also has inherited members, such as `constructor`.
  return SHOWN_TYPES.indexOf(mediaType) < 0 ? undefined : SHOWN[mediaType];
}

/** `type/subtype` in lower case, without parameters (RFC 9110, 8.3.1). Empty if the value is no media type. */
export function mediaTypeOf(contentType: string): string {
  const match = /^[ \t]*([A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+)[ \t]*(?:;[^\r\n]*)?$(?!\n)/.exec(
    contentType,
  );
  return match ? (match[1] || '').toLowerCase() : '';
}

/**
 * The policy that confines a file. A sandbox stops video and audio that are opened directly, and the PDF viewers of
 * browsers. These two kinds therefore have none.
 */
export function contentSecurityPolicy(confinement: Confinement | undefined, appOrigin: string): string {
  const base = `default-src 'none'; frame-ancestors ${appOrigin}`;
  if (confinement === 'media') return `${base}; media-src 'self'`;
  if (confinement === 'document') return base;
  return `${base}; sandbox`;
}
