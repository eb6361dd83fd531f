import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { extensionOf } from '../words/words.ts';
import { isHeld, isShown } from './card.ts';

/** Larger texts would make the page slow. */
const MAX_TEXT_BYTES = 1_000_000;

/** How the viewer shows a text. */
export type TextKind = 'plain' | 'csv' | 'json' | 'markdown';

const TEXTS: { [type: string]: TextKind | undefined } = {
  'text/plain': 'plain',
  'text/csv': 'csv',
  'application/json': 'json',
  'text/markdown': 'markdown',
};
/** Browsers know no type for some of these. */
const EXTENSIONS: { [extension: string]: TextKind | undefined } = {
  csv: 'csv',
  json: 'json',
  md: 'markdown',
  markdown: 'markdown',
};

/** The kind of a text that the viewer shows. Undefined for every other file, and for a large text. */
export function textKindOf({ name, type, size }: ListedFile): TextKind | undefined {
  if (size > MAX_TEXT_BYTES) return undefined;
  const [media, extension] = [mediaTypeOf(type), extensionOf(name)];
  const own = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
  return own ?? (Object.hasOwn(TEXTS, media) ? TEXTS[media] : undefined);
}

/** A photo of a phone. Some browsers show it. */
export function isHeic({ name, type }: ListedFile): boolean {
  return /^image\/hei[cf]$/.test(mediaTypeOf(type)) || /^hei[cf]$/.test(extensionOf(name));
}

/** Whether the viewer opens a file. Every other file is downloaded. */
export function isViewed(file: ListedFile): boolean {
  return isShown(file) || (!isHeld(file) && (textKindOf(file) !== undefined || isHeic(file)));
}
