import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type Part,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { MultipartStore, MultipartUpload, StoredPart } from './object-store.ts';
import type { Bucket } from './put-presigner.ts';

/** The upload of a part must begin within five minutes. */
const PART_LIFETIME_SECONDS = 300;

export function createMultipartStore({ s3, bucketName, presigner }: Bucket): MultipartStore {
  const place = ({ key, multipartId }: MultipartUpload) => ({
    Bucket: bucketName,
    Key: key,
    UploadId: multipartId,
  });

  return {
    async create({ key, type }) {
      const { UploadId } = await guarded(
        s3.send(
          new CreateMultipartUploadCommand({
            Bucket: bucketName,
            Key: key,
            ContentType: type,
            // S3 otherwise refuses parts that name this checksum.
            ChecksumAlgorithm: 'SHA256',
          }),
        ),
      );
      if (UploadId === undefined) throw new GatewayError('files_unavailable');
      return UploadId;
    },

    presignPart: ({ key, multipartId }, { number, ...part }) =>
      presigner.presign({
        ...part,
        key,
        query: { partNumber: String(number), uploadId: multipartId },
        lifetimeSeconds: PART_LIFETIME_SECONDS,
      }),

    listParts: (upload) => listParts(s3, place(upload)),
    complete: (upload, parts, { replace }) => complete(s3, place(upload), parts, replace),

    async abort(upload) {
      await isThere(s3.send(new AbortMultipartUploadCommand(place(upload))));
    },
  };
}

interface Place {
  Bucket: string;
  Key: string;
  UploadId: string;
}

async function listParts(s3: S3Client, place: Place): Promise<StoredPart[] | undefined> {
  const parts: StoredPart[] = [];
  const read = async () => {
    // The SDK's paginator never ends, because S3 names a next marker on the last page too.
    for (let marker: string | undefined = '0'; marker !== undefined; ) {
      const page: ListPartsCommandOutput = await s3.send(
        new ListPartsCommand({ ...place, PartNumberMarker: marker }),
      );
      parts.push(...(page.Parts ?? []).flatMap(toStoredPart));
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    }
  };
  return (await isThere(read())) ? parts : undefined;
}

async function complete(s3: S3Client, place: Place, parts: readonly StoredPart[], replace: boolean) {
  const Parts = parts.map(({ number, etag, sha256: hex }) => ({
    PartNumber: number,
    ETag: etag,
    ChecksumSHA256: hex && Buffer.from(hex, 'hex').toString('base64'),
  }));
  const condition = replace ? {} : { IfNoneMatch: '*' };
  const command = new CompleteMultipartUploadCommand({ ...place, ...condition, MultipartUpload: { Parts } });
  try {
    return (await isThere(s3.send(command))) ? 'made' : 'gone';
  } catch (error) {
    const name = error instanceof GatewayError ? nameOf(error.cause) : '';
    if (name === 'PreconditionFailed') return 'taken';
    if (name === 'ConditionalRequestConflict') return 'overtaken';
    throw error;
  }
}

function toStoredPart({ PartNumber, Size, ETag, ChecksumSHA256 }: Part): StoredPart[] {
  if (PartNumber === undefined || Size === undefined || ETag === undefined) return [];
  const sha256 = ChecksumSHA256 && Buffer.from(ChecksumSHA256, 'base64').toString('hex');
  return [{ number: PartNumber, size: Size, etag: ETag.replaceAll('"', ''), ...(sha256 ? { sha256 } : {}) }];
}

/** Whether S3 knows the upload of this call. */
async function isThere(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (cause) {
    // S3 says NoSuchUpload. Ceph says NoSuchKey if it is asked for the parts of an upload that has ended.
    if (['NoSuchUpload', 'NoSuchKey'].includes(nameOf(cause))) return false;
    throw new GatewayError('files_unavailable', { cause });
  }
}

function nameOf(error: unknown): string {
  return error instanceof S3ServiceException ? error.name : '';
}

async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new GatewayError('files_unavailable', { cause });
  }
}
