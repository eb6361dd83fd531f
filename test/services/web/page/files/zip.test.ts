import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openMemory } from '../../../../../services/web/page/files/saving-memory.ts';
import { createCrc32, createZip } from '../../../../../services/web/page/files/zip.ts';
import { missing } from '../../../../support/missing.ts';
import { temporaryDirectory } from '../../../../support/test-stack.ts';

const UNZIP = '/usr/bin/unzip';

/** The names, sizes and contents that the directory of an archive leads to. */
function read(archive: Buffer): [name: string, content: string][] {
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
    // Whatever can read version 2.0 can read stored files.
    if (archive.readUInt16LE(at + 6) !== 20 || archive.readUInt16LE(local + 4) !== 20)
      throw new Error('another version');
    const name = archive.subarray(at + 46, nameEnd).toString();
    const start = local + 30 + archive.readUInt16LE(local + 26);
    at = nameEnd;
    return [name, archive.subarray(start, start + size).toString()];
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
    { name: 'empty', content: new Blob([]), modified: new Date(0) },
  ];
  const archive = await zip(members);
  t.strictSame(
    read(archive),
    await Promise.all(members.map(async ({ name, content }) => [name, await content.text()])),
  );
  t.strictSame(read(await zip([])), []);

  t.test('as unzip reads it', { skip: missing(UNZIP) }, async (t) => {
    const file = join(temporaryDirectory(t), 'a.zip');
    writeFileSync(file, archive);
    t.match(execFileSync(UNZIP, ['-t', file], { encoding: 'utf8' }), 'No errors detected');
    t.match(execFileSync(UNZIP, ['-l', file], { encoding: 'utf8' }), /2026.*12:30/);
  });
});

t.test('a file that breaks off leaves no trace in the archive', async (t) => {
  const place = openMemory();
  const archive = createZip(place);
  const modified = new Date(0);
  let pulls = 0;
  const broken = new ReadableStream({
    pull(controller) {
      if (pulls++ < 2) controller.enqueue(new Uint8Array(100_000));
      else controller.error(new TypeError('gone'));
    },
  });
  await archive.add({ name: 'a', modified, content: new Blob(['alpha']).stream() });
  await t.rejects(archive.add({ name: 'b', modified, content: broken }), { message: 'gone' });
  await archive.end();
  const bytes = Buffer.from(await (await place.end()).arrayBuffer());
  t.ok(bytes.length < 1_000);
  t.strictSame(read(bytes), [['a', 'alpha']]);
});

t.test('the check value of CRC-32', async (t) => {
  const crc = createCrc32();
  t.equal(crc.value(), 0);
  for (const part of ['1234', '56789']) crc.add(Buffer.from(part));
  t.equal(crc.value(), 0xcbf43926);
});
