import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type Part,
} from '@aws-sdk/client-s3';
import type { MultipartUpload, StoredPart } from './file.ts';
import { askS3, type Bucket, codeOf } from './put-presigner.ts';

/** The upload of a part must begin within five minutes. */
const PART_LIFETIME_SECONDS = 300;

export type MultipartStore = ReturnType<typeof createMultipartStore>;

/** S3's multipart uploads. All methods throw GatewayError files_unavailable. */
export function createMultipartStore({ s3, bucketName: Bucket, presigner }: Bucket) {
  const place = ({ key, multipartId }: MultipartUpload) => ({ Bucket, Key: key, UploadId: multipartId });

  return {
    /** @returns S3's id of the upload */
    create: ({ key: Key, type: ContentType }: { key: string; type: string }): Promise<string> =>
      askS3(async () => {
        // S3 otherwise refuses parts that name this checksum.
        const ChecksumAlgorithm = 'SHA256';
        const begun = { Bucket, Key, ContentType, ChecksumAlgorithm } as const;
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand(begun));
        if (UploadId === undefined) throw new Error('the answer has no id of an upload');
        return UploadId;
      }),

    /**
     * A presigned UploadPart. Length (bytes) and SHA-256 (hex) are signed, so S3 itself refuses other bytes. The part
     * must be sent with the headers that are returned.
     */
    presignPart: (
      { key, multipartId }: MultipartUpload,
      { number, ...part }: { number: number; size: number; sha256: string },
    ) =>
      presigner.presign({
        ...part,
        key,
        query: { partNumber: String(number), uploadId: multipartId },
        lifetimeSeconds: PART_LIFETIME_SECONDS,
      }),

    /** The parts in order. Undefined if S3 has no such upload, or has it no longer. */
    async listParts(upload: MultipartUpload): Promise<StoredPart[] | undefined> {
      const parts: StoredPart[] = [];
      const read = async () => {
        // The SDK's paginator never ends, because S3 names a next marker on the last page too.
        for (let marker: string | undefined = '0'; marker !== undefined; ) {
          const page: ListPartsCommandOutput = await s3.send(
            new ListPartsCommand({ ...place(upload), PartNumberMarker: marker }),
          );
          parts.push(...(page.Parts ?? []).flatMap(toStoredPart));
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        }
      };
      return (await isThere(read)) ? parts : undefined;
    },

    /**
     * Makes the file of exactly these parts.
     * @returns `gone`: S3 has no such upload, or has it no longer; `taken`: the key has a file that must stay;
     *   `overtaken`: such a file was deleted during the call, so S3 wants a new upload
     */
    async complete(
      upload: MultipartUpload,
      parts: readonly StoredPart[],
      { replace }: { replace: boolean },
    ): Promise<'made' | 'gone' | 'taken' | 'overtaken'> {
      const Parts = parts.map(({ number, etag, sha256: hex }) => ({
        PartNumber: number,
        ETag: etag,
        ChecksumSHA256: hex && Buffer.from(hex, 'hex').toString('base64'),
      }));
      const condition = replace ? {} : { IfNoneMatch: '*' };
      const wanted = { ...place(upload), ...condition, MultipartUpload: { Parts } };
      try {
        return (await isThere(() => s3.send(new CompleteMultipartUploadCommand(wanted)))) ? 'made' : 'gone';
      } catch (error) {
        if (codeOf(error) === 'PreconditionFailed') return 'taken';
        if (codeOf(error) === 'ConditionalRequestConflict') return 'overtaken';
        throw error;
      }
    },

    /** Drops the upload. Succeeds too if S3 has no such upload. */
    async abort(upload: MultipartUpload): Promise<void> {
      await isThere(() => s3.send(new AbortMultipartUploadCommand(place(upload))));
    },
  };
}

function toStoredPart({ PartNumber, Size, ETag, ChecksumSHA256 }: Part): StoredPart[] {
  if (PartNumber === undefined || Size === undefined || ETag === undefined) return [];
  const sha256 = ChecksumSHA256 && Buffer.from(ChecksumSHA256, 'base64').toString('hex');
  return [{ number: PartNumber, size: Size, etag: ETag.replaceAll('"', ''), ...(sha256 ? { sha256 } : {}) }];
}

/** Whether S3 knows the upload of this call. */
async function isThere(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await askS3(call);
    return true;
  } catch (error) {
    // S3 says NoSuchUpload. Ceph says NoSuchKey if it is asked for the parts of an upload that has ended.
    if (['NoSuchUpload', 'NoSuchKey'].includes(codeOf(error))) return false;
    throw error;
  }
}
