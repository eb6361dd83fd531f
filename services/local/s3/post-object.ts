import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { S3Error } from './error.ts';
import type { FormFields, SizeRange } from './post-policy.ts';

export interface Form {
  fields: FormFields;
  /** The file, which must be read to its end. */
  file: AsyncIterable<Buffer>;
}

/** Fields that this store acts on or may pass over; another `x-amz-*` or known name would be a promise. */
const KNOWN =
  /^(?:key|policy|bucket|success_action_status|cache-control|content-(?:type|disposition|encoding|language)|expires|x-amz-(?:algorithm|credential|date|signature|checksum-(?:algorithm|sha1|sha256|crc32)|meta-.+)|x-ignore-.*)$/;

/**
 * Reads a multipart form up to its file; fields after the file are ignored, as S3 does.
 * @throws S3Error MalformedPOSTRequest, InvalidArgument, NotImplemented
 */
export async function readForm(request: IncomingMessage): Promise<Form> {
  const busboy = createBusboy(request);
  const fields = new Map<string, string>();
  return new Promise((resolve, reject) => {
    const fail = (error: S3Error) => {
      request.unpipe(busboy);
      reject(error);
    };
    busboy.on('field', (rawName: string | undefined, value, nameTruncated, valueTruncated) => {
      // A part may come without a name, though the library's types say otherwise.
      if (rawName === undefined) return fail(malformed('A form field has no name'));
      const name = rawName.toLowerCase();
      if (nameTruncated || valueTruncated) fail(malformed('A form field is too long'));
      else if (fields.has(name)) fail(new S3Error('InvalidArgument', `The field ${rawName} is there twice`));
      else fields.set(name, value);
    });
    busboy.on('file', (name, stream: Readable) => {
      // An early end must reach whoever reads the file, and no one else: a refused file has no reader.
      stream.on('error', () => {});
      request.on('close', () => {
        if (!request.complete) stream.destroy(new S3Error('IncompleteBody', 'The form ended early.'));
      });
      if (name !== 'file') fail(malformed('POST requires exactly one file upload per request, named "file"'));
      else resolve({ fields, file: stream });
    });
    busboy.on('error', () => fail(malformed('The body of your POST request is not well-formed.')));
    busboy.on('finish', () => fail(malformed('POST requires exactly one file upload per request.')));
    request.on('close', () => fail(malformed('The form ended early.')));
    request.pipe(busboy);
  });
}

function createBusboy(request: IncomingMessage): BusboyInstance {
  const contentType = request.headers['content-type'] ?? '';
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': contentType },
      limits: { fieldNameSize: 256, fieldSize: 20_480, fields: 100, files: 1 },
    });
  } catch (cause) {
    throw malformed('Bucket POST must be of the enclosure-type multipart/form-data', cause);
  }
}

/**
 * The key of the object.
 * @throws S3Error InvalidArgument without one; NotImplemented for what this store does not do
 */
export function keyOfForm(fields: FormFields): string {
  const unknown = [...fields.keys()].find((name) => !KNOWN.test(name));
  if (unknown !== undefined) {
    throw new S3Error('NotImplemented', `The local S3 does not implement the form field ${unknown}`);
  }
  const key = fields.get('key') ?? '';
  if (key === '') {
    throw new S3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.");
  }
  if (!key.isWellFormed()) throw new S3Error('InvalidArgument', 'The key is not valid UTF-8.');
  if (/\$\{filename\}/.test(key)) {
    throw new S3Error('NotImplemented', 'The local S3 puts no filename into a key');
  }
  return key;
}

/** Passes the file on as long as its size is allowed. @throws S3Error EntityTooLarge, EntityTooSmall */
export async function* withinRange(
  file: AsyncIterable<Buffer>,
  { least, most }: SizeRange,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const bytes of file) {
    size += bytes.length;
    if (size > most) {
      throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    }
    yield bytes;
  }
  if (size < least) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
}

function malformed(message: string, cause?: unknown): S3Error {
  return new S3Error('MalformedPOSTRequest', message, cause);
}
