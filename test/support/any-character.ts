import fc from 'fast-check';

/**
 * Any character. fast-check's own unit `binary` has the same ones, but takes a second and a half to list them for the way
 * back from a text.
 */
export const anyCharacter = fc
  .nat(0x10ffff)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code), codeOf);

function codeOf(text: unknown): number {
  const [character, ...more] = typeof text === 'string' ? text : '';
  const code = character?.codePointAt(0);
  if (code === undefined || more.length > 0) throw new Error('not one character');
  return code;
}
