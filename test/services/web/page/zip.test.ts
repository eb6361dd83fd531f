import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import t from 'tap';
import { openMemory } from '../../../../services/web/page/files/saving-memory.ts';
import { createZip } from '../../../../services/web/page/files/zip.ts';
import { describeFailure } from '../../../../services/web/page/words/words.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const UNZIP = '/usr/bin/unzip';

/** The names, contents and dates that the directory of an archive leads to. */
function read(archive: Buffer): [name: string, content: string, date: string][] {
  const end = archive.length - 22;
  if (archive.readUInt32LE(end) !== 0x06054b50) throw new Error('no end');
  if (archive.readUInt16LE(end + 8) !== archive.readUInt16LE(end + 10)) throw new Error('another disk');
  let at = archive.readUInt32LE(end + 16);
  if (at + archive.readUInt32LE(end + 12) !== end) throw new Error('the directory has another size');
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error('no entry');
    const size = archive.readUInt32LE(at + 20);
    const nameEnd = at + 46 + archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    if (archive.readUInt32LE(local) !== 0x04034b50) throw new Error('no file');
    const common = archive.subarray(at + 6, at + 32);
    if (!archive.subarray(local + 4, local + 30).equals(common)) throw new Error('two headers');
    // Whatever can read version 2.0 can read stored files. Their names are UTF-8.
    const [version, flags, method] = [0, 2, 4].map((from) => common.readUInt16LE(from));
    if (archive.readUInt16LE(at + 4) !== 20 || version !== 20 || flags !== 0x800 || method !== 0)
      throw new Error('another format');
    const name = archive.subarray(at + 46, nameEnd);
    if (!archive.subarray(local + 30, local + 30 + name.length).equals(name)) throw new Error('two names');
    const start = local + 30 + name.length;
    const content = archive.subarray(start, start + size);
    if (common.readUInt32LE(10) !== crc32(content) || common.readUInt32LE(18) !== size)
      throw new Error('damaged');
    const [time = 0, date = 0] = [6, 8].map((from) => common.readUInt16LE(from));
    const day = [(date >> 9) + 1980, (date >> 5) & 15, date & 31].join('-');
    at = nameEnd;
    return [
      name.toString(),
      content.toString(),
      `${day} ${[time >> 11, (time >> 5) & 63, (time & 31) * 2].join(':')}`,
    ];
  });
}

interface Member {
  name: string;
  content: Blob;
  modified: Date;
}

async function zip(members: Member[]): Promise<Buffer> {
  const place = openMemory();
  const archive = createZip(place);
  for (const { content, ...member } of members) await archive.add({ ...member, content: content.stream() });
  await archive.end();
  return Buffer.from(await (await place.end()).arrayBuffer());
}

t.test('an archive holds each file under its name', async (t) => {
  const modified = new Date(2026, 10, 27, 12, 30, 10);
  const members = [
    { name: 'a.txt', content: new Blob(['alpha']), modified },
    { name: '写真/ä b.png', content: new Blob(['\0\u00ff'.repeat(50_000)]), modified },
    { name: 'empty', content: new Blob([]), modified: new Date(1979, 0, 2, 3, 4, 5) },
    // Only one part is in memory at a time.
    { name: 'part', content: new Blob(['p'.repeat(2 ** 21)]), modified: new Date(2107, 11, 31, 23, 59, 59) },
    { name: 'parts', content: new Blob(['q'.repeat(2 ** 21), 'end']), modified: new Date(2108, 0, 1) },
  ];
  const dates = [
    '2026-11-27 12:30:10',
    '2026-11-27 12:30:10',
    '1980-1-2 3:4:4',
    '2107-12-31 23:59:58',
    '2107-1-1 0:0:0',
  ];
  const archive = await zip(members);
  t.strictSame(
    read(archive),
    await Promise.all(members.map(async ({ name, content }, at) => [name, await content.text(), dates[at]])),
  );
  t.strictSame(read(await zip([])), []);

  t.test('as unzip reads it', { skip: missing(UNZIP) }, async (t) => {
    const file = join(temporaryDirectory(t), 'a.zip');
    writeFileSync(file, archive);
    t.match(execFileSync(UNZIP, ['-t', file], { encoding: 'utf8' }), 'No errors detected');
    t.match(execFileSync(UNZIP, ['-l', file], { encoding: 'utf8' }), /2026.*12:30/);
  });
});

t.test('no name in an archive leads to another place on Windows, and none is there twice', async (t) => {
  const modified = new Date(1980, 0, 1);
  const names = ['C:/x.txt', 'C_/x.txt', '..\\..\\y', 'a:stream', '\\\\host\\share', 'C:'];
  const members = names.map((name) => ({ name, modified, content: new Blob([name]) }));
  const written = read(await zip(members));
  t.strictSame(
    written.map(([name]) => name),
    ['C_/x.txt', 'C_/x (2).txt', '.._.._y', 'a_stream', '__host_share', 'C_'],
  );
  t.strictSame(
    written.map(([, content]) => content),
    names,
  );
});

t.test('a file that has grown past what an archive holds is refused while it is read', async (t) => {
  const ends: number[] = [];
  const sink = {
    write: async (at: number, { length }: Uint8Array) => void ends.push(at + length),
    cut: async (at: number) => void ends.push(at),
  };
  const archive = createZip(sink);
  const modified = new Date(1980, 0, 1);
  await archive.add({ name: 'a', modified, content: new Blob(['alpha']).stream() });
  // Each part only claims its length: a minute goes by for the check value of 4 GB.
  const part = Object.defineProperty(new Uint8Array(1), 'length', { value: 2 ** 30 });
  let parts = 0;
  const grown = new ReadableStream({
    pull: (controller) => (parts++ < 6 ? controller.enqueue(part) : controller.close()),
  });
  const refused = await archive.add({ name: 'film.mp4', modified, content: grown }).catch((error) => error);
  t.match(describeFailure(refused).words, 'One download holds up to 4 GB');
  t.ok(Math.max(...ends) < 2 ** 32);
  t.equal(ends.at(-1), 36, 'what was written of it is dropped');
});
