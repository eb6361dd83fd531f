import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the first date of the format: the same files always make the same archive. */
const DATE = 0x0021;
/** Made on Unix, so that the modes count. */
const MADE_BY = (3 << 8) | 20;
/** A file that everybody may read. Lambda reads as another user. */
const MODE = 0o100_644;
const UTF8 = 1 << 11;
const DEFLATE = 8;

/**
 * A ZIP archive (APPNOTE.TXT, without ZIP64).
 * @param files content by name, with slashes
 */
export function zipOf(files: ReadonlyMap<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of files) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(content, { level: 9 });
    // Version 2.0, flags, method, time, date, checksum, sizes, length of the name, no extra field.
    const common = Buffer.alloc(26);
    [20, UTF8, DEFLATE, 0, DATE].forEach((value, at) => {
      common.writeUInt16LE(value, 2 * at);
    });
    [crc32(content), packed.length, content.length].forEach((value, at) => {
      common.writeUInt32LE(value, 10 + 4 * at);
    });
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(MODE * 0x1_0000, 6);
    entry.writeUInt32LE(offset, 10);
    directory.push(signature(0x0201_4b50), uint16(MADE_BY), common, entry, name);
    const local = [signature(0x0403_4b50), common, name, packed];
    parts.push(...local);
    offset += local.reduce((sum, { length }) => sum + length, 0);
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.size, 4);
  end.writeUInt16LE(files.size, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, list, signature(0x0605_4b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
