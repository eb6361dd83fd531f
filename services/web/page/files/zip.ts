import { freeName } from '@cloudfront-cookie-gateway/client/free-name';

/** The limits of the format without its 64-bit extension. */
export const MAX_ZIP_BYTES = 2 ** 32 - 2 ** 24;
export const MAX_ZIP_FILES = 65_000;

/** Where an archive goes, in order. The header before a file is written again once the file is there. */
export interface Sink {
  /** Afterwards, the caller may change the bytes. */
  write(position: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Drops what was written from a position on. */
  cut(position: number): Promise<void>;
}

export interface ZipMember {
  name: string;
  modified: Date;
  content: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The 32-bit fields of the format do not reach as far as the archive would. */
export class ArchiveTooLarge extends Error {
  readonly code = 'archive_too_large';
  readonly status = 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32, part by part. */
function createCrc32(): { add(bytes: Uint8Array): void; value(): number } {
  let crc = 0xffffffff;
  return {
    add(bytes) {
      for (const byte of bytes) {
        const index = (crc ^ byte) & 255;
        const value = TABLE[index] ?? 0;
        crc = value ^ (crc >>> 8);
      }
    },
    value: () => (crc ^ 0xffffffff) >>> 0,
  };
}

/**
 * Writes a ZIP archive of uncompressed files, because pictures and films do not get smaller. Names are UTF-8, with their
 * folders (PKWARE APPNOTE 4.3). Only one part of one file is in memory at a time.
 */
export function createZip(sink: Sink) {
  const central: Uint8Array<ArrayBuffer>[] = [];
  const names = new Set<string>();
  let offset = 0;
  let directoryBytes = 22;

  return {
    /**
     * If the content breaks off, this throws, and the next file takes its place.
     * @throws ArchiveTooLarge
     */
    async add({ name, modified, content }: ZipMember): Promise<void> {
      // Windows reads `C:`, `:` and `\` as a drive, a stream and a folder. APPNOTE 4.4.17.1 allows only `/`.
      const stored = freeName(name.replace(/[\\:]/g, '_'), names);
      const raw = new TextEncoder().encode(stored);
      const dataAt = offset + 30 + raw.length;
      const lineBytes = 46 + raw.length;
      const end = 0xffffffff - directoryBytes - lineBytes;
      const { crc, size } = await pour(content, sink, dataAt, end).catch(async (error) => {
        await sink.cut(offset);
        throw error;
      });
      const common = commonHeader(crc, size, raw.length, modified);
      await sink.write(
        offset,
        header(0x04034b50, 30, (view) => common(view, 4)),
      );
      await sink.write(offset + 30, raw);
      const start = offset;
      const entry = header(0x02014b50, 46, (view) => {
        view.setUint16(4, 20, true);
        common(view, 6);
        view.setUint32(42, start, true);
      });
      central.push(entry, raw);
      names.add(stored);
      directoryBytes += lineBytes;
      offset = dataAt + size;
    },
    async end(): Promise<void> {
      const start = offset;
      for (const bytes of central) {
        await sink.write(offset, bytes);
        offset += bytes.length;
      }
      const end = header(0x06054b50, 22, (view) => {
        view.setUint16(8, names.size, true);
        view.setUint16(10, names.size, true);
        view.setUint32(12, offset - start, true);
        view.setUint32(16, start, true);
      });
      await sink.write(offset, end);
    },
  };
}

/** Each write to the disk costs some messages between processes, and memory that the browser frees later. */
const PART_BYTES = 2_097_152;

/**
 * Writes a stream from a position on.
 * @throws ArchiveTooLarge if the content reaches past the end. A file may have grown since it was listed
 */
export async function pour(
  content: ReadableStream<Uint8Array<ArrayBuffer>>,
  sink: Sink,
  position: number,
  end = Number.POSITIVE_INFINITY,
): Promise<{ crc: number; size: number }> {
  const crc = createCrc32();
  let size = 0;
  for await (const part of partsOf(content)) {
    if (position + size + part.length > end) throw new ArchiveTooLarge();
    crc.add(part);
    await sink.write(position + size, part);
    size += part.length;
  }
  return { crc: crc.value(), size };
}

/**
 * The bytes of a stream, part by part. A part is there until the next one is asked for: all parts are in one buffer,
 * since buffers of a browser's own stay in memory for a while.
 */
async function* partsOf(content: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = bufferReaderOf(content);
  if (!reader) return yield* chunksOf(content);
  let room = new ArrayBuffer(PART_BYTES);
  for (let filled = 0; ; ) {
    const { done, value } = await reader.read(new Uint8Array(room, filled));
    if (value) {
      room = value.buffer;
      filled += value.length;
    }
    if (done || filled === PART_BYTES) {
      yield new Uint8Array(room, 0, filled);
      filled = 0;
    }
    if (done) return;
  }
}

/** Not every browser reads the answers of a server into a given buffer. */
function bufferReaderOf(content: ReadableStream): ReadableStreamBYOBReader | undefined {
  try {
    return content.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

async function* chunksOf(content: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = content.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
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

function header(signature: number, bytes: number, write: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint32(0, signature, true);
  write(view);
  return new Uint8Array(view.buffer);
}
