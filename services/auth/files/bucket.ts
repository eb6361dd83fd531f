import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { PUT_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { ClockGuard } from '../table/clock.ts';
import { type CompareClock, dateOf } from '../table/clock-comparison.ts';
import { guarded } from '../table/clock-guard.ts';
import type { StoredFile } from './file.ts';
import { createMultipartStore } from './multipart.ts';
import { askS3, type Bucket, codeOf, createPutPresigner } from './put-presigner.ts';

export interface FilesOptions {
  client: S3ClientConfig;
  bucketName: string;
  now: () => number;
  compareClock: CompareClock;
  clockGuard: Pick<ClockGuard, 'check'>;
}

/**
 * The files in a bucket, with uploads in one PUT and in parts. While the clock is wrong, no upload begins, and no
 * address is signed: both throw GatewayError clock_wrong.
 */
export async function createFiles({ client, bucketName, now, compareClock, clockGuard }: FilesOptions) {
  const s3 = new S3Client(client);
  compareClock(s3);
  const presigner = await createPutPresigner({ s3, bucketName, now });
  const presign = guarded(clockGuard, presigner.presign);
  const bucket = { s3, bucketName, presigner: { ...presigner, presign } };
  const multipart = createMultipartStore(bucket);
  const create = guarded(clockGuard, multipart.create);
  return { objects: createObjectStore(bucket), multipart: { ...multipart, create } };
}

/** S3 deletes one key after the other, and answers at the end. A hundred keys take less than a second when it is well. */
const DELETING_MS = 4_000;

export type ObjectStore = ReturnType<typeof createObjectStore>;

/** All methods throw GatewayError files_unavailable. */
export function createObjectStore({ s3, bucketName: Bucket, presigner }: Bucket) {
  /** Lists in S3's order (UTF-8 bytes). `after` is a key: the list begins behind it. */
  const list = (query: {
    prefix: string;
    after?: string;
    limit: number;
  }): Promise<{ files: StoredFile[]; lastKey?: string | undefined }> =>
    askS3(async () => {
      const { prefix: Prefix, limit: MaxKeys, after: StartAfter } = query;
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys, StartAfter }));
      // An answer of 200 that is not from S3 must not count as an empty list.
      if (page.Name === undefined) throw new Error('the answer is not a list of a bucket');
      const files = (page.Contents ?? []).flatMap(({ Key: key, Size: size = 0, ETag, LastModified }) =>
        key === undefined || ETag === undefined || LastModified === undefined
          ? []
          : [{ key, size, etag: ETag.replaceAll('"', ''), lastModified: LastModified }],
      );
      return { files, lastKey: page.IsTruncated ? files.at(-1)?.key : undefined };
    });

  return {
    /** The origin to which browsers send uploads: that of the bucket's address. */
    uploadOrigin: async () => new URL(presigner.bucketUrl).origin,
    /**
     * A presigned PUT. Key, length (bytes), type and SHA-256 (hex) are signed, and S3 itself refuses anything else.
     * Unless the upload may replace a file, `If-None-Match: *` is signed too, and S3 refuses a key that is taken (412).
     */
    presignUpload: ({
      type,
      replace,
      ...put
    }: {
      key: string;
      size: number;
      type: string;
      sha256: string;
      replace: boolean;
    }) =>
      presigner.presign({
        ...put,
        headers: { 'content-type': type, ...(replace ? {} : { 'if-none-match': '*' }) },
        lifetimeSeconds: PUT_SECONDS,
      }),
    list,
    async find(key: string): Promise<StoredFile | undefined> {
      // A key itself comes first among the keys that begin with it. HEAD would need the right to read every file.
      const { files } = await list({ prefix: key, limit: 1 });
      return files.find((file) => file.key === key);
    },
    /** Deletes a file. Succeeds too if there is no file. */
    delete: (key: string): Promise<void> =>
      askS3(async () => {
        const { $metadata } = await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
        if ($metadata.httpStatusCode !== 204) throw new Error(`S3 answers ${$metadata.httpStatusCode}`);
      }),
    /**
     * Deletes files, 1 to 1,000 at once. Counts a file that is not there as deleted.
     * @returns for each key S3's code if S3 did not delete the file, or the id of the delete marker that hides it. A
     *   bucket that keeps no versions has no markers
     */
    deleteMany: (keys: readonly string[]): Promise<{ key: string; code?: string; versionId?: string }[]> =>
      askS3(async () => {
        const command = new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: keys.map((Key) => ({ Key })) },
        });
        const { Deleted = [], Errors = [] } = await s3.send(command, { requestTimeout: DELETING_MS });
        const deleted = new Map(Deleted.map(({ Key, DeleteMarkerVersionId: id }) => [Key, id]));
        const codes = new Map(Errors.map(({ Key, Code }) => [Key, Code]));
        // S3 answers 200 even if it has deleted nothing, so only what the answer names counts.
        return keys.map((key) =>
          deleted.has(key)
            ? { key, ...defined({ versionId: deleted.get(key) }) }
            : { key, code: codes.get(key) ?? 'no answer' },
        );
      }),
    /**
     * S3's clock, in whole seconds.
     * @param prefix of keys that may be listed
     */
    now: (prefix: string): Promise<Date> =>
      askS3(async () => {
        const command = new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 });
        let dateMs: number | undefined;
        command.middlewareStack.add(
          (next) => async (request) => {
            const answer = await next(request);
            dateMs = dateOf(answer.response);
            return answer;
          },
          { step: 'deserialize', priority: 'low', name: 'date' },
        );
        await s3.send(command);
        if (dateMs === undefined) throw new Error('the answer of S3 has no Date');
        return new Date(dateMs);
      }),
    /**
     * Stores an empty object, which marks an empty folder.
     * @param key ends in `/`
     * @returns false if it is there already
     */
    async markFolder(key: string): Promise<boolean> {
      const type = { ContentLength: 0, ContentType: 'application/x-directory' };
      try {
        return await askS3(async () => {
          const marker = new PutObjectCommand({ Bucket, Key: key, ...type, IfNoneMatch: '*' });
          const { ETag } = await s3.send(marker);
          if (ETag === undefined) throw new Error('the answer is not that of a PUT');
          return true;
        });
      } catch (error) {
        if (codeOf(error) === 'PreconditionFailed') return false;
        throw error;
      }
    },
  };
}
