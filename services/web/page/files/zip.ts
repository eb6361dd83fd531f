/** The limits of the format without its 64-bit extension. */
export const MAX_ZIP_BYTES = 2 ** 32 - 2 ** 24;
export const MAX_ZIP_FILES = 65_000;

export interface ZipMember {
  name: string;
  content: Blob;
  modified: Date;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of a stream. A large file is never in memory as a whole. */
export async function crc32(content: Blob): Promise<number> {
  const reader = content.stream().getReader();
  let crc = 0xffffffff;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    for (const byte of read.value) crc = (TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * A ZIP archive of uncompressed files, because pictures and films do not get smaller. Names are UTF-8, with their
 * folders (PKWARE APPNOTE 4.3).
 */
export async function zip(members: Iterable<ZipMember>): Promise<Blob> {
  const parts: (Blob | ArrayBuffer | Uint8Array<ArrayBuffer>)[] = [];
  const central: (ArrayBuffer | Uint8Array<ArrayBuffer>)[] = [];
  let offset = 0;
  let centralBytes = 0;
  let count = 0;
  for (const { name, content, modified } of members) {
    const raw = new TextEncoder().encode(name);
    const common = commonHeader(await crc32(content), content.size, raw.length, modified);
    const local = header(0x04034b50, 30, (view) => common(view, 4));
    const entry = header(0x02014b50, 46, (view) => {
      view.setUint16(4, 20, true);
      common(view, 6);
      view.setUint32(42, offset, true);
    });
    parts.push(local, raw, content);
    central.push(entry, raw);
    offset += local.byteLength + raw.length + content.size;
    centralBytes += entry.byteLength + raw.length;
    count++;
  }
  const end = header(0x06054b50, 22, (view) => {
    view.setUint16(8, count, true);
    view.setUint16(10, count, true);
    view.setUint32(12, centralBytes, true);
    view.setUint32(16, offset, true);
  });
  return new Blob([...parts, ...central, end], { type: 'application/zip' });
}

/** The fields that the header before a file and the file's line in the directory share. */
function commonHeader(crc: number, size: number, nameBytes: number, modified: Date) {
  const time = (modified.getHours() << 11) | (modified.getMinutes() << 5) | (modified.getSeconds() >> 1);
  const year = Math.min(Math.max(modified.getFullYear() - 1980, 0), 127);
  const date = (year << 9) | ((modified.getMonth() + 1) << 5) | modified.getDate();
  return (view: DataView, at: number) => {
    // Version 2.0; names in UTF-8; method 0 (stored), which does not compress.
    for (const [index, value] of [20, 0x0800, 0, time, date].entries()) {
      view.setUint16(at + 2 * index, value, true);
    }
    for (const [index, value] of [crc, size, size].entries())
      view.setUint32(at + 10 + 4 * index, value, true);
    view.setUint16(at + 22, nameBytes, true);
  };
}

function header(signature: number, bytes: number, write: (view: DataView) => void): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint32(0, signature, true);
  write(view);
  return view.buffer;
}
