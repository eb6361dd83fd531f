import fc from 'fast-check';
import t from 'tap';
import { readPath } from '../../core/canonical-path.ts';
import {
  filePath,
  folderKey,
  folderMarkerKey,
  markedFolder,
  nameOfKey,
  objectKey,
  parseFileName,
  parseStoredName,
  thumbnailKey,
} from '../../core/file-name.ts';
import { type Owner, parseTeamId, teamOwner, userOwner } from '../../core/owner.ts';
import { SHOWN_TYPES } from '../../core/shown-types.ts';
import { typeByExtension } from '../../core/type-by-extension.ts';
import { checkUploadLimits } from '../../core/upload-limits.ts';
import { deriveUserId } from '../../core/user-id.ts';
import { anyCharacter } from '../support/any-character.ts';

const ID = deriveUserId('https://issuer.example', 'alice');

/** A user and a team with the same id. */
const OWNERS: [folder: string, owner: Owner][] = [
  [`users/${ID}/`, userOwner(ID)],
  [`teams/${ID}/`, teamOwner(parseTeamId(ID))],
];

for (const [folder, owner] of OWNERS) ofOwner(folder, owner);

function ofOwner(folder: string, owner: Owner): void {
  t.test(
    `${folder}: a name that can be stored can be fetched, and its key gives the name back`,
    async (t) => {
      t.equal(parseFileName('か\u3099.png', owner), 'が.png', 'NFC');
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
          () => parseFileName(name, owner),
          { code: 'invalid_name', message: new RegExp(reason.replaceAll('.', '\\.')) },
          JSON.stringify(name.slice(0, 20)),
        );
      }
      fc.assert(
        fc.property(fc.string({ unit: anyCharacter, minLength: 1, maxLength: 60 }), (raw) => {
          let name: ReturnType<typeof parseFileName>;
          try {
            name = parseFileName(raw, owner);
          } catch {
            return true;
          }
          const path = filePath(owner, name);
          const read = readPath(path);
          return (
            read?.ownerId === owner.id &&
            read.isTeam === (owner.kind === 'team') &&
            read.uri === path &&
            !read.isFolder &&
            decodeURIComponent(path) === `/${objectKey(owner, name)}` &&
            nameOfKey(objectKey(owner, name), owner) === name &&
            !path.includes('*') &&
            !path.includes('?')
          );
        }),
        { numRuns: 20_000 },
      );
      for (const name of ["it's (1)!*.png", 'a+b', 'con', '...', 'a?b#c%d', '写真.png', 'A.png', 'a.png'])
        t.equal(readPath(filePath(owner, parseFileName(name, owner)))?.uri, filePath(owner, name), name);
      t.equal(nameOfKey(folder, owner), undefined, 'a folder marker');
      t.equal(nameOfKey('users/other/x', owner), undefined);
      for (const [another] of OWNERS)
        if (another !== folder) t.equal(nameOfKey(`${another}x`, owner), undefined, another);
      t.equal(nameOfKey(`${folder}.thumbnails/a`, owner), undefined);
      t.equal(nameOfKey(`${folder}a/.thumbnails/b`, owner), 'a/.thumbnails/b');
      for (const name of ['.thumbnails/a', '', 'a//b', '..'])
        t.throws(() => parseStoredName(name, owner), { code: 'invalid_name' }, name);
      t.equal(parseStoredName('か\u3099', owner), 'か\u3099', 'not normalised');
      t.throws(() => filePath(owner, 'a//b'), RangeError);
      t.equal(nameOfKey(`${folder}a//b`, owner), undefined);
    },
  );

  t.test(`${folder}: a key has at most 1,024 bytes`, async (t) => {
    const longest = 1_024 - folderKey(owner).length;
    for (const [index, parse] of [parseFileName, parseStoredName].entries()) {
      t.equal(parse('x'.repeat(longest), owner).length, longest, `row ${index}`);
      t.throws(() => parse('x'.repeat(longest + 1), owner), { code: 'invalid_name' }, `row ${index}`);
    }
    const key = (length: number) => folderKey(owner) + 'x'.repeat(length);
    const longestWithThumbnail = 1_024 - String(thumbnailKey(owner, key(0))).length;
    t.equal(thumbnailKey(owner, key(longestWithThumbnail))?.length, 1_024);
    t.equal(thumbnailKey(owner, key(longestWithThumbnail + 1)), undefined);
    t.equal(thumbnailKey(owner, key(1)), `${folder}.thumbnails/x`);
    const marker = (length: number) => folderMarkerKey(owner, parseStoredName('x'.repeat(length), owner));
    t.equal(marker(longest - 1).length, 1_024);
    t.throws(() => marker(longest), { code: 'invalid_name' });
    t.equal(markedFolder(marker(1), owner), 'x');
    t.equal(markedFolder(key(1), owner), undefined, 'a file');
  });
}

t.test('an upload has an allowed size and an allowed type', async (t) => {
  const check = (size: number, type: string, allowedTypes?: string[]) =>
    checkUploadLimits({ size, type }, { maxFileBytes: 10, allowedTypes });
  check(10, 'image/svg+xml');
  check(10, 'image/png', ['text/plain', 'image/png']);
  t.throws(() => check(11, 'image/png'), { code: 'file_too_large' });
  for (const type of ['image/PNG', 'image', 'image/', '/png', 'text/plain; charset=utf-7', ' a/b', 'a/b\n']) {
    t.throws(() => check(1, type), { code: 'type_not_allowed' }, type);
  }
  t.throws(() => check(1, 'image/gif', ['text/plain', 'image/png']), {
    code: 'type_not_allowed',
    message: /Allowed types: text\/plain, image\/png/,
  });
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
