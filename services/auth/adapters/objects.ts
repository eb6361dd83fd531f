import { DeleteObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { GatewayError } from '../domain/errors.ts';
import type { ObjectStore, StoredFile, Upload, UploadForm } from '../domain/file-ports.ts';

/** A form must begin within this time: five minutes at most. */
const FORM_LIFETIME_SECONDS = 300;

export async function createObjectStore(options: {
  s3: S3Client;
  bucketName: string;
  now: () => number;
}): Promise<ObjectStore> {
  const { s3, bucketName, now } = options;

  async function presignUpload(upload: Upload): Promise<UploadForm> {
    try {
      const expiresAt = new Date(now() + FORM_LIFETIME_SECONDS * 1_000);
      const { url, fields } = await createPresignedPost(s3, {
        Bucket: bucketName,
        Key: upload.key,
        Fields: { 'Content-Type': upload.type, ...checksumFields(upload.sha256) },
        Conditions: [
          ['eq', '$key', upload.key],
          ['content-length-range', upload.size, upload.size],
        ],
        Expires: FORM_LIFETIME_SECONDS,
      });
      return { url, fields, expiresAt };
    } catch (cause) {
      throw new GatewayError('files_unavailable', { cause });
    }
  }

  async function list(query: { prefix: string; after?: string; limit: number }) {
    try {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucketName,
          Prefix: query.prefix,
          MaxKeys: query.limit,
          ...(query.after === undefined ? {} : { StartAfter: query.after }),
        }),
      );
      // Something in between, such as a captive portal, answers 200 as well: no list is not an empty list.
      if (page.Name === undefined) throw new Error('the answer is no list of a bucket');
      const files = (page.Contents ?? []).flatMap(({ Key, Size, ETag, LastModified }): StoredFile[] =>
        Key === undefined || ETag === undefined || LastModified === undefined
          ? []
          : [{ key: Key, size: Size ?? 0, etag: ETag.replaceAll('"', ''), lastModified: LastModified }],
      );
      const lastKey = page.IsTruncated ? files.at(-1)?.key : undefined;
      return { files, ...(lastKey === undefined ? {} : { lastKey }) };
    } catch (cause) {
      throw new GatewayError('files_unavailable', { cause });
    }
  }

  // Signing is local: no request is made to learn where uploads go.
  const example = await presignUpload({ key: 'users/x/x', size: 0, type: 'image/png' });
  return {
    uploadUrl: example.url,
    presignUpload,
    list,
    async find(key) {
      // Of the keys that begin with it, a key itself comes first. HEAD would want leave to read every file.
      const { files } = await list({ prefix: key, limit: 1 });
      return files.find((file) => file.key === key);
    },
    async delete(key) {
      try {
        const { $metadata } = await s3.send(new DeleteObjectCommand({ Bucket: bucketName, Key: key }));
        if ($metadata.httpStatusCode !== 204) throw new Error(`it answers ${$metadata.httpStatusCode}`);
      } catch (cause) {
        throw new GatewayError('files_unavailable', { cause });
      }
    },
  };
}

function checksumFields(sha256: string | undefined): Record<string, string> {
  return sha256 === undefined
    ? {}
    : {
        'x-amz-checksum-algorithm': 'SHA256',
        'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
      };
}
