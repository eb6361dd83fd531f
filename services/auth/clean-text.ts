/** Scripts whose letters join, or do not, by an invisible character between them. */
const JOINING = [
  'Arab',
  'Syrc',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
];
/** Joiners and variation selectors where emoji and these scripts need them. */
const NEEDED = [
  String.raw`(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)(?:\u200d|\ufe0e|\ufe0f)`,
  String.raw`(?<=[0-9#*])\ufe0f`,
  `(?<=[${JOINING.map((script) => `\\p{sc=${script}}`).join('')}])(?:\\u200c|\\u200d)`,
];
/** Control characters, line breaks, what decides the text direction, and what is never seen. */
const INVISIBLE = new RegExp(
  String.raw`(${NEEDED.join('|')})|[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u202a-\u202e]`,
  'gu',
);

/** A name without invisible characters. A name that differs from it may be shown like another one. */
export function withoutInvisible(rawName: string): string {
  return rawName.replace(INVISIBLE, (_character, needed: string | undefined) => needed ?? '');
}

/**
 * Cleans somebody else's text for a record or a log: printable ASCII without quotes and backslashes, cut to a length.
 */
export function cleanText(rawText: string, maxLength: number): string {
  return rawText.slice(0, maxLength).replace(/[^\x20-\x7e]|["\\]/g, '?');
}
