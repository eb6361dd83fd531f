import { PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import type { Test } from 'tap';
import { parseFileName } from '../../core/file-name.ts';
import { userOwner } from '../../core/owner.ts';
import { parseUserId } from '../../core/user-id.ts';
import { type FileList, parseJson, png, type SignedInUser, sha256, signIn } from './client.ts';
import type { TestStack } from './test-stack.ts';

/** Names that some tool spells, decodes or resolves wrongly. */
const ODD_NAMES = [
  ...[
    '写真.png',
    "it's (1)!*.png",
    'a+b & c=d.png',
    '100%25.png',
    'dir/ä?#.png',
    '...',
    '.hidden',
    '%2e%2e',
    '%2F',
  ],
  ...[
    '👩‍👩‍👧.png',
    '𠮷野家.jpg',
    'a;b',
    '..a',
    'a..',
    '%',
    '+',
    '&=$,@:;',
    "'()*!",
    '~_-.',
    ' a ',
    'e\u0301',
    '#/?v=1',
  ],
];

/** Keys below a user's folder that another tool wrote. Such a tool may use any form of Unicode. */
const FOREIGN_NAMES = [
  'foreign/e\u0301',
  'foreign/é',
  'a+b',
  'a b',
  'x/写真.png',
  "it's.txt",
  '%41',
  '~!*()',
  'か\u3099',
];

const REFUSED_NAMES = [
  '..;x',
  '../x',
  'a/./b',
  'a/..;/b',
  '/a',
  'a/',
  'a//b',
  'a\\b',
  'a\u0000',
  '\u202egpj.exe',
  '',
];

const character = fc.oneof(
  fc.constantFrom(...`'()*!+&;=@$,#?%~"<>[]^{|}:. -_/`),
  fc.constantFrom('写', '😀', '👩‍👧', 'é', 'e\u0301', 'か\u3099', 'ﬁ', 'İ', '\u200d', '\ufffd', '\u{10ffff}'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.array(character, { minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(character, { minLength: 150, maxLength: 220 }) },
);

interface RealS3 {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * Uploads and lists every name that the service accepts, and fetches it by the listed URL: the bytes must be the same.
 * Objects that another tool put below the folder must pass too.
 * @param count how many generated names, besides the odd ones
 * @param lacking names that this S3 cannot hold
 */
export async function roundTrip(
  t: Test,
  stack: TestStack,
  s3: RealS3,
  count: number,
  lacking = /(?!)/,
): Promise<void> {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`FC_SEED=${seed}`);
  const user = await signIn(stack, 'round-trip');
  const generated = name
    .map((parts) => parts.join(''))
    .filter((text) => isAccepted(text, user.id) && !lacking.test(text));
  const expected = new Map<string, Uint8Array>();
  for (const name of [
    ...ODD_NAMES.filter((name) => !lacking.test(name)),
    ...fc.sample(generated, { seed, numRuns: count }),
  ]) {
    // A name that was generated twice is taken by now.
    if (expected.has(name.normalize('NFC'))) continue;
    const bytes = png(`${expected.size}: ${name}`);
    const { status, name: stored } = await user.upload({ name, type: 'image/png', bytes });
    if (status !== 200) t.fail(inAscii(name), { status });
    t.equal(stored, name.normalize('NFC'));
    expected.set(stored, bytes);
  }
  await sameBytes(t, stack, user, expected);

  for (const name of REFUSED_NAMES) {
    const file = { name, type: 'image/png', size: 1, sha256: sha256(Uint8Array.of(1)) };
    const response = await user.post('/api/uploads', file);
    t.equal(response.status, 422, inAscii(name));
  }

  const other = await signIn(stack, 'another-tool');
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: s3.endpoint,
    forcePathStyle: true,
    credentials: s3,
  });
  t.teardown(() => client.destroy());
  const foreign = new Map(FOREIGN_NAMES.map((name) => [name, png(name)]));
  for (const [name, Body] of foreign) {
    const object: PutObjectCommandInput = { Bucket: 'gateway-files', Key: `users/${other.id}/${name}`, Body };
    await client.send(new PutObjectCommand(object));
  }
  await sameBytes(t, stack, other, foreign);
}

async function sameBytes(
  t: Test,
  stack: TestStack,
  user: SignedInUser,
  expected: Map<string, Uint8Array>,
): Promise<void> {
  const answer = await user.request(`${stack.appOrigin}/api/files?limit=1000`);
  const { files } = await parseJson<FileList>(answer);
  t.strictSame(files.map((file) => file.name).toSorted(), [...expected.keys()].toSorted(), 'all are listed');
  for (const { name, url } of files) {
    const response = await user.request(url);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isSame = Buffer.compare(bytes, expected.get(name) ?? new Uint8Array()) === 0;
    t.ok(response.status === 200 && isSame, inAscii(name), { status: response.status, url });
  }
}

/** For the description of an assertion. U+0085 and U+2028 end a line of TAP, and the rest of the line would be lost. */
function inAscii(name: string): string {
  return JSON.stringify(name).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isAccepted(name: string, userId: string): boolean {
  try {
    return parseFileName(name, userOwner(parseUserId(userId))) !== '';
  } catch {
    return false;
  }
}
