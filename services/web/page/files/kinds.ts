import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { confinementOf, mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { text } from '../words/language.ts';
import { extensionOf } from '../words/words.ts';
import type { Arranged, ArrangedFile } from './entries.ts';

/** A card's place in the gallery. */
export type Entry = Arranged<ListedFile>;
export type FileEntry = ArrangedFile<ListedFile>;

/** Whether browsers show a file of this type in place. The edge makes browsers download every other file. */
export function isShown(file: ListedFile): boolean {
  return !isHeld(file) && confinementOf(mediaTypeOf(file.type)) !== undefined;
}

/** Whether nobody may open a file, since its scan has not ended, or has found something. */
export function isHeld({ scan }: ListedFile): boolean {
  return scan === 'scanning' || scan === 'refused';
}

const SCANS = { scanning: 'scanning', refused: 'scanRefused', not_scanned: 'notScanned' } as const;

/** What the scan of a file has found. Empty if it may be opened as any other. */
export function describeScan({ scan }: ListedFile): string {
  return scan === undefined ? '' : text(SCANS[scan]);
}

/** The kinds of files that have colors of their own, by their extensions. */
const KINDS: readonly [kind: string, extensions: RegExp][] = [
  ['pdf', /^pdf$/],
  ['sheet', /^(?:csv|tsv|xlsx?|ods|numbers)$/],
  ['text', /^(?:txt|md|markdown|rtf|docx?|odt|pages)$/],
  ['slides', /^(?:pptx?|odp|key)$/],
  ['archive', /^(?:zip|gz|tgz|tar|7z|rar|bz2|xz)$/],
  ['sound', /^(?:mp3|m4a|wav|ogg|flac|aac)$/],
];

/** The kind of a file that has no picture, if it has a color of its own. */
export function kindOf(name: string): string | undefined {
  const extension = extensionOf(name);
  return KINDS.find(([, extensions]) => extensions.test(extension))?.[0];
}

/** The badge of a file that has no picture: its extension. */
export function badgeOf(name: string): string {
  return extensionOf(name).slice(0, 5).toUpperCase() || '…';
}

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
