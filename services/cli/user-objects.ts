import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** How many of each kind were found. The bytes are those of all readable versions of files, old ones included. */
export interface Found {
  versions: number;
  bytes: number;
  uploads: number;
}

/**
 * Finds everything below a prefix, as an operator sees it: every version of every file, the delete markers, and uploads
 * in parts that are under way.
 * @param isToGo whether it is deleted, a page of 1,000 at a time
 * @throws Error of the SDK, or an error that names the key that S3 did not delete
 */
export async function sweep(
  { s3, bucketName }: { s3: S3Client; bucketName: string },
  prefix: string,
  isToGo: boolean,
): Promise<Found> {
  const place = { Bucket: bucketName };
  const found = { versions: 0, bytes: 0, uploads: 0 };

  // Uploads come first, since they could still become files.
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
