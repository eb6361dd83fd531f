import fc from 'fast-check';
import t from 'tap';
import { readPath } from '../../core/canonical-path.ts';
import {
  filePath,
  folderKey,
  nameOfKey,
  objectKey,
  parseFileName,
  parseStoredName,
  thumbnailKey,
} from '../../core/file-name.ts';
import { SHOWN_TYPES } from '../../core/shown-types.ts';
import { typeByExtension } from '../../core/type-by-extension.ts';
import { deriveUserId } from '../../core/user-id.ts';
import { anyCharacter } from '../support/any-character.ts';

const ID = deriveUserId('https://issuer.example', 'alice');

t.test('file names: a name that can be stored can be fetched, and its key gives the name back', async (t) => {
  t.equal(parseFileName('か\u3099.png', ID), 'が.png', 'NFC');
  for (const [name, reason] of [
    ['', 'empty'],
    ['../x', '..'],
    ['a/./b', '. or ..'],
    ['a//b', 'no name'],
    ['/a', 'no name'],
    ['a/', 'no name'],
    ['a\u0000', 'control'],
    ['a\u0085', 'control'],
    ['a\\b', 'backslash'],
    ['a\u202egnp.exe', 'direction'],
    ['a\u2066', 'direction'],
    ['\ud800', 'Unicode'],
    [`a\${filename}`, 'variable'],
    ['.thumbnails/a', 'thumbnails'],
    ['x'.repeat(1025), 'too long'],
    ['写'.repeat(331), 'too long'],
  ] as const) {
    t.throws(
      () => parseFileName(name, ID),
      { code: 'invalid_name', message: new RegExp(reason.replaceAll('.', '\\.')) },
      JSON.stringify(name.slice(0, 20)),
    );
  }
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }), (raw) => {
      let name: ReturnType<typeof parseFileName>;
      try {
        name = parseFileName(raw, ID);
      } catch {
        return true;
      }
      const path = filePath(ID, name);
      const read = readPath(path);
      return (
        read?.ownerId === ID &&
        read.uri === path &&
        !read.isFolder &&
        decodeURIComponent(path) === `/${objectKey(ID, name)}` &&
        nameOfKey(objectKey(ID, name), ID) === name &&
        !path.includes('*') &&
        !path.includes('?')
      );
    }),
    { numRuns: 20_000 },
  );
  for (const name of ["it's (1)!*.png", 'a+b', 'con', '...', 'a?b#c%d', '写真.png', 'A.png', 'a.png'])
    t.equal(readPath(filePath(ID, parseFileName(name, ID)))?.uri, filePath(ID, name), name);
  t.equal(nameOfKey(`users/${ID}/`, ID), undefined, 'a folder marker');
  t.equal(nameOfKey('users/other/x', ID), undefined);
  t.equal(nameOfKey(`users/${ID}/.thumbnails/a`, ID), undefined);
  t.equal(nameOfKey(`users/${ID}/a/.thumbnails/b`, ID), 'a/.thumbnails/b');
  for (const name of ['.thumbnails/a', '', 'a//b', '..'])
    t.throws(() => parseStoredName(name, ID), { code: 'invalid_name' }, name);
  t.equal(parseStoredName('か\u3099', ID), 'か\u3099', 'not normalised');
  t.throws(() => filePath(ID, 'a//b'), RangeError);
  t.equal(nameOfKey(`users/${ID}/a//b`, ID), undefined);
});

t.test('types by extension', async (t) => {
  t.equal(typeByExtension('写真.PNG'), 'image/png');
  t.equal(typeByExtension('a/.b.png'), 'image/png');
  t.equal(typeByExtension('a.jpeg'), 'image/jpeg');
  const shown = 'png jpg gif webp avif txt mp4 webm mp3 m4a ogg wav pdf'.split(' ');
  t.strictSame(
    shown.map((extension) => typeByExtension(`a.${extension}`)),
    SHOWN_TYPES,
  );
  for (const name of ['a.constructor', 'Makefile', '.png', 'a/.png', 'a.png/b', 'a.png.gz', 'a.p\u00f1g']) {
    t.equal(typeByExtension(name), 'application/octet-stream', name);
  }
});

t.test('a key has at most 1,024 bytes', async (t) => {
  const longest = 1_024 - folderKey(ID).length;
  for (const parse of [parseFileName, parseStoredName]) {
    t.equal(parse('x'.repeat(longest), ID).length, longest);
    t.throws(() => parse('x'.repeat(longest + 1), ID), { code: 'invalid_name' });
  }
  const key = (length: number) => folderKey(ID) + 'x'.repeat(length);
  const longestWithThumbnail = 1_024 - String(thumbnailKey(ID, key(0))).length;
  t.equal(thumbnailKey(ID, key(longestWithThumbnail))?.length, 1_024);
  t.equal(thumbnailKey(ID, key(longestWithThumbnail + 1)), undefined);
});
