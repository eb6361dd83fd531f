import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { PUT_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { ClockGuard } from '../table/clock.ts';
import { type CompareClock, dateOf } from '../table/clock-comparison.ts';
import { createMultipartStore } from './multipart.ts';
import type { MultipartStore, ObjectStore, StoredFile } from './object-store.ts';
import { type Bucket, createPutPresigner } from './put-presigner.ts';

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
export async function createFiles({
  client,
  bucketName,
  now,
  compareClock,
  clockGuard,
}: FilesOptions): Promise<{ objects: ObjectStore; multipart: MultipartStore }> {
  const s3 = new S3Client(client);
  compareClock(s3);
  const presigner = await createPutPresigner({ s3, bucketName, now });
  const bucket: Bucket = {
    ...{ s3, bucketName },
    presigner: {
      ...presigner,
      async presign(...given) {
        clockGuard.check();
        return presigner.presign(...given);
      },
    },
  };
  const multipart = createMultipartStore(bucket);
  return {
    objects: createObjectStore(bucket),
    multipart: {
      ...multipart,
      async create(file) {
        clockGuard.check();
        return multipart.create(file);
      },
    },
  };
}

export function createObjectStore({ s3, bucketName, presigner }: Bucket): ObjectStore {
  async function list(query: { prefix: string; after?: string; limit: number }) {
    try {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucketName,
          Prefix: query.prefix,
          MaxKeys: query.limit,
          StartAfter: query.after,
        }),
      );
      // An answer of 200 that is not from S3 must not count as an empty list.
      if (page.Name === undefined) throw new Error('the answer is not a list of a bucket');
      const files = (page.Contents ?? []).flatMap(({ Key, Size, ETag, LastModified }): StoredFile[] =>
        Key === undefined || ETag === undefined || LastModified === undefined
          ? []
          : [{ key: Key, size: Size ?? 0, etag: ETag.replaceAll('"', ''), lastModified: LastModified }],
      );
      return { files, lastKey: page.IsTruncated ? files.at(-1)?.key : undefined };
    } catch (cause) {
      throw new GatewayError('files_unavailable', { cause });
    }
  }

  return {
    uploadOrigin: async () => new URL(presigner.bucketUrl).origin,
    presignUpload: ({ type, replace, ...put }) =>
      presigner.presign({
        ...put,
        headers: { 'content-type': type, ...(replace ? {} : { 'if-none-match': '*' }) },
        lifetimeSeconds: PUT_SECONDS,
      }),
    list,
    async find(key) {
      // A key itself comes first among the keys that begin with it. HEAD would need the right to read every file.
      const { files } = await list({ prefix: key, limit: 1 });
      return files.find((file) => file.key === key);
    },
    async delete(key) {
      try {
        const { $metadata } = await s3.send(new DeleteObjectCommand({ Bucket: bucketName, Key: key }));
        if ($metadata.httpStatusCode !== 204) throw new Error(`S3 answers ${$metadata.httpStatusCode}`);
      } catch (cause) {
        throw new GatewayError('files_unavailable', { cause });
      }
    },
    now: (prefix) => dateOfList(s3, bucketName, prefix),
    deleteMany: (keys) => deleteMany(s3, bucketName, keys),
    markFolder: (key) => markFolder(s3, bucketName, key),
  };
}

async function dateOfList(s3: S3Client, Bucket: string, Prefix: string): Promise<Date> {
  const command = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 });
  let dateMs: number | undefined;
  command.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      dateMs = dateOf(answer.response);
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'date' },
  );
  try {
    await s3.send(command);
    if (dateMs === undefined) throw new Error('the answer of S3 has no Date');
    return new Date(dateMs);
  } catch (cause) {
    throw new GatewayError('files_unavailable', { cause });
  }
}

async function markFolder(s3: S3Client, Bucket: string, Key: string): Promise<boolean> {
  const marker = { Bucket, Key, ContentLength: 0, ContentType: 'application/x-directory', IfNoneMatch: '*' };
  try {
    const { ETag } = await s3.send(new PutObjectCommand(marker));
    if (ETag === undefined) throw new Error('the answer is not that of a PUT');
    return true;
  } catch (cause) {
    if (cause instanceof S3ServiceException && cause.name === 'PreconditionFailed') return false;
    throw new GatewayError('files_unavailable', { cause });
  }
}

/** S3 deletes one key after the other, and answers at the end. A hundred keys take less than a second when it is well. */
const DELETING_MS = 4_000;

/** S3 answers 200 even if it has deleted nothing, so only what the answer names counts. */
async function deleteMany(s3: S3Client, Bucket: string, keys: readonly string[]) {
  try {
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    const command = new DeleteObjectsCommand({ Bucket, Delete });
    const { Deleted = [], Errors = [] } = await s3.send(command, { requestTimeout: DELETING_MS });
    const deleted = new Map(Deleted.map(({ Key, DeleteMarkerVersionId: id }) => [Key, id]));
    const codes = new Map(Errors.map(({ Key, Code }) => [Key, Code]));
    return keys.map((key) =>
      deleted.has(key)
        ? { key, ...defined({ versionId: deleted.get(key) }) }
        : { key, code: codes.get(key) ?? 'no answer' },
    );
  } catch (cause) {
    throw new GatewayError('files_unavailable', { cause });
  }
}
