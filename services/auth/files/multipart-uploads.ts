import { createHash } from 'node:crypto';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey, nameOfKey, parseStoredName } from '@cloudfront-cookie-gateway/core/file-name';
import { PART_BYTES } from '@cloudfront-cookie-gateway/core/upload-limits';
import type { Details } from '../details/details.ts';
import type { FileDetails } from '../details/rules.ts';
import type { Stores } from '../table/stores.ts';
import type { ObjectStore } from './bucket.ts';
import type { StoredPart, Uploader, UploadRecord } from './file.ts';
import type { MultipartStore } from './multipart.ts';
import { dropThumbnail } from './thumbnails.ts';
import type { Usage } from './usage.ts';

/** The lifetime is shorter than that of the stack's lifecycle rule, so that S3 still has what the record promises. */
const UPLOAD_LIFETIME_SECONDS = 24 * 60 * 60;

export interface BegunUpload {
  id: string;
  /** Bytes of every part but the last. */
  partSize: number;
  /** The number of parts. */
  parts: number;
}

interface UploadsDeps {
  records: Stores['uploads'];
  multipart: MultipartStore;
  objects: Pick<ObjectStore, 'find' | 'delete'>;
  usage: Pick<Usage, 'take'>;
  details: Pick<Details, 'made'>;
  nowEpoch: () => number;
}

export type Uploads = ReturnType<typeof createUploads>;

/**
 * Uploads in parts. All methods throw GatewayError store_unavailable, files_unavailable and no_such_upload. An upload
 * is no_such_upload if somebody else began it, or for another folder, if it has ended, or was begun a day ago.
 */
export function createUploads(deps: UploadsDeps) {
  const { records, multipart, nowEpoch } = deps;

  async function openUpload(id: string, by: Uploader): Promise<UploadRecord> {
    const upload = await ownUpload(deps, id, by);
    if (upload.outcome) throw new GatewayError('no_such_upload');
    return upload;
  }

  return {
    /** @param id of the new upload, which nobody can guess */
    async begin(
      { owner, userId }: Uploader,
      file: Pick<UploadRecord, 'key' | 'size' | 'type' | 'replace' | 'changedAt'>,
      id: string,
    ): Promise<BegunUpload> {
      const multipartId = await multipart.create(file);
      const expiresAtEpoch = nowEpoch() + UPLOAD_LIFETIME_SECONDS;
      await records.create(id, { ...file, owner, userId, multipartId, expiresAtEpoch });
      return { id, partSize: PART_BYTES, parts: partCount(file.size) };
    },

    /** An upload that is under way, and the parts that S3 has. */
    async read(id: string, by: Uploader) {
      const upload = await openUpload(id, by);
      const parts = await multipart.listParts(upload);
      if (!parts) throw new GatewayError('no_such_upload');
      return { upload, partSize: PART_BYTES, parts };
    },

    /**
     * Addresses for parts. Each takes only the bytes of the SHA-256 (hex) that was given.
     * @throws GatewayError bad_request for a part that the file does not have
     */
    async presignParts(id: string, by: Uploader, parts: { number: number; sha256: string }[]) {
      const upload = await openUpload(id, by);
      if (parts.some(({ number }) => number > partCount(upload.size))) {
        throw new GatewayError('bad_request', {
          detail: `The file has ${partCount(upload.size)} parts of ${PART_BYTES} bytes.`,
        });
      }
      return Promise.all(
        parts.map(async ({ number, sha256 }) => {
          const size = partBytes(upload.size, number);
          const { url, headers } = await multipart.presignPart(upload, { number, size, sha256 });
          return { number, url, headers };
        }),
      );
    },

    /**
     * Makes the file. Calling it again is harmless.
     * @throws GatewayError upload_incomplete while parts are missing; quota_exceeded if other files have used the space
     *   meanwhile; file_exists if another file has the key: then nothing is left of the upload
     */
    complete: async (id: string, by: Uploader) => completeUpload(deps, id, await ownUpload(deps, id, by), by),
    /** Drops what S3 has. Calling it again is harmless. */
    abort: async (id: string, by: Uploader) => abortUpload(deps, id, await ownUpload(deps, id, by)),
  };
}

async function ownUpload(
  { records, nowEpoch }: UploadsDeps,
  id: string,
  by: Uploader,
): Promise<UploadRecord> {
  const upload = await records.read(id);
  const folder = folderKey(by.owner);
  const isOfFolder =
    upload !== undefined && folderKey(upload.owner) === folder && upload.key.startsWith(folder);
  const isOwn = isOfFolder && upload.userId === by.userId;
  if (!isOwn || upload.expiresAtEpoch <= nowEpoch()) throw new GatewayError('no_such_upload');
  return upload;
}

async function completeUpload(
  deps: UploadsDeps,
  id: string,
  upload: UploadRecord,
  { isGuest }: Uploader,
): Promise<UploadRecord & { etag: string }> {
  const { records, multipart, objects, usage } = deps;
  const { owner } = upload;
  if (upload.outcome === 'taken') throw new GatewayError('file_exists');
  if (upload.outcome === 'aborted') throw new GatewayError('no_such_upload');
  if (upload.outcome === 'completed' && upload.etag) return { ...upload, etag: upload.etag };
  const parts = await multipart.listParts(upload);
  if (parts) checkParts(parts, upload.size);
  // The bytes of an upload count only once the file is made. The upload may have begun a day ago.
  if (parts) await usage.take(owner, upload.key, upload.size, id);
  const etag = parts ? multipartEtag(parts) : upload.etag;
  if (parts) await records.update(id, { etag: multipartEtag(parts) });
  // S3 dates the file by the time when the upload began. So the old file's thumbnail would not be older than the new
  // file.
  if (parts && upload.replace) await dropThumbnail(objects, owner, upload.key);
  const result = parts ? await multipart.complete(upload, parts, upload) : 'gone';
  const isTaken = result === 'taken';
  if (isTaken || result === 'overtaken') await multipart.abort(upload);
  if (etag === undefined || !(result === 'made' || (await isMade(objects, upload, etag)))) {
    if (result !== 'gone') await records.update(id, { outcome: isTaken ? 'taken' : 'aborted' });
    throw new GatewayError(isTaken ? 'file_exists' : 'no_such_upload');
  }
  const uploadedBy = owner.kind === 'team' && !isGuest ? upload.userId : undefined;
  await noteDetails(deps, { ...upload, etag }, defined({ uploadedBy, changedAt: upload.changedAt }));
  await records.update(id, { etag, outcome: 'completed' });
  return { ...upload, etag };
}

/** S3 dates a file of parts by the time when its upload began. */
async function noteDetails(
  { details, nowEpoch }: UploadsDeps,
  { owner, key, size, etag }: UploadRecord & { etag: string },
  known: FileDetails,
) {
  const name = nameOfKey(key, owner);
  if (name === undefined || Object.keys(known).length === 0) return;
  const file = { size, etag, lastModified: new Date(nowEpoch() * 1_000) };
  await details.made({ owner, name: parseStoredName(name, owner), file }, known);
}

async function abortUpload(deps: UploadsDeps, id: string, upload: UploadRecord): Promise<void> {
  const { records, multipart, objects } = deps;
  if (upload.outcome === 'completed') throw new GatewayError('no_such_upload');
  // The abort is repeated if it was done before. A part that was under way may have arrived since (S3 API,
  // AbortMultipartUpload).
  await multipart.abort(upload);
  if (upload.outcome) return;
  if (await isMade(objects, upload, upload.etag)) {
    await records.update(id, { outcome: 'completed' });
    throw new GatewayError('no_such_upload');
  }
  await records.update(id, { outcome: 'aborted' });
}

/** Whether S3 has made the file. S3's answer, or our note of it, may have been lost. */
async function isMade(
  objects: Pick<ObjectStore, 'find'>,
  { key }: UploadRecord,
  etag: string | undefined,
): Promise<boolean> {
  return etag !== undefined && (await objects.find(key))?.etag === etag;
}

function partCount(size: number): number {
  return Math.ceil(size / PART_BYTES);
}

/** @param number the first part is 1 */
function partBytes(size: number, number: number): number {
  return Math.min(PART_BYTES, size - (number - 1) * PART_BYTES);
}

function checkParts(parts: readonly StoredPart[], size: number): void {
  const sizes = new Map(parts.map((part) => [part.number, part.size]));
  const numbers = Array.from({ length: partCount(size) }, (_, index) => index + 1);
  const missing = numbers.filter((number) => sizes.get(number) !== partBytes(size, number));
  if (missing.length === 0 && parts.length === numbers.length) return;
  throw new GatewayError('upload_incomplete', {
    detail: `${missing.length} of ${numbers.length} parts are missing. The first one is part ${missing[0]}.`,
  });
}

/** The ETag that S3 gives a file of these parts: MD5 over their MD5s (the bucket is encrypted with S3's own keys). */
function multipartEtag(parts: readonly StoredPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}
