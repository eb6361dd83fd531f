import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** How often each was met. Bytes are those of files that can still be read, older versions included. */
export interface Found {
  versions: number;
  bytes: number;
  uploads: number;
}

/**
 * Everything below a prefix, as an operator sees it: every version of every file, the marks of deleted ones, and
 * uploads in parts that go on.
 * @param isToGo whether it is deleted, a page of 1,000 at a time
 * @throws Error of the SDK, or one that says which key S3 did not delete
 */
export async function sweep(
  { s3, bucketName }: { s3: S3Client; bucketName: string },
  prefix: string,
  isToGo: boolean,
): Promise<Found> {
  const place = { Bucket: bucketName };
  const found = { versions: 0, bytes: 0, uploads: 0 };

  // First what could still become a file.
  let upload: ListMultipartUploadsCommandOutput | undefined;
  do {
    const marker = { KeyMarker: upload?.NextKeyMarker, UploadIdMarker: upload?.NextUploadIdMarker };
    upload = await s3.send(new ListMultipartUploadsCommand({ ...place, Prefix: prefix, ...marker }));
    for (const { Key, UploadId } of upload.Uploads ?? []) {
      found.uploads++;
      if (isToGo) await s3.send(new AbortMultipartUploadCommand({ ...place, Key, UploadId }));
    }
  } while (upload.IsTruncated);

  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    const marker = { KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker };
    page = await s3.send(new ListObjectVersionsCommand({ ...place, Prefix: prefix, ...marker }));
    const { Versions: versions = [], DeleteMarkers: marks = [] } = page;
    found.versions += versions.length;
    found.bytes += versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
    const Objects = [...versions, ...marks].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (!isToGo || Objects.length === 0) continue;
    const { Errors: errors = [] } = await s3.send(
      new DeleteObjectsCommand({ ...place, Delete: { Objects, Quiet: true } }),
    );
    const [first] = errors;
    if (first) throw new Error(`${errors.length} objects were not deleted, ${first.Key}: ${first.Code}`);
  } while (page.IsTruncated);
  return found;
}
