import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { errorName } from '../deploy/aws/finding.ts';

/** How many of each kind were found. The bytes are those of all readable versions of files, old ones included. */
export interface Found {
  versions: number;
  bytes: number;
  uploads: number;
}

interface Bucket {
  s3: S3Client;
  bucketName: string;
}

/**
 * Finds everything below a prefix, as an operator sees it: every version of every file, the delete markers, and uploads
 * in parts that are under way. If one thing cannot be deleted, or a list breaks off, the rest is deleted all the same.
 * Versions are listed again until there are none: what is written meanwhile may have its place before that of the list.
 * @param isDeleting whether it is deleted, a page of 1,000 at a time
 * @throws Error that names what S3 did not list or delete
 */
export async function sweep(bucket: Bucket, prefix: string, isDeleting: boolean): Promise<Found> {
  const found = { versions: 0, bytes: 0, uploads: 0 };
  const failures: string[] = [];
  // Uploads come first, since they could still become files.
  await noted(failures, 'the list of uploads', async () => {
    for await (const uploads of uploadPages(bucket, prefix)) {
      found.uploads += uploads.length;
      if (isDeleting) failures.push(...(await abortAll(bucket, uploads)));
    }
  });
  await noted(failures, 'the list of versions', async () => {
    for (let lists = 1; lists <= MOST_LISTS; lists++) {
      const [before, failed] = [found.versions, failures.length];
      for await (const { Versions: versions = [], DeleteMarkers: marks = [] } of versionPages(
        bucket,
        prefix,
      )) {
        found.versions += versions.length;
        found.bytes += versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
        if (isDeleting) failures.push(...(await deleteAll(bucket, [...versions, ...marks])));
      }
      if (!isDeleting || found.versions === before || failures.length > failed) return;
    }
    failures.push('files still come');
  });
  if (failures.length === 0) return found;
  throw new Error(`${failures.length} not done: ${failures.slice(0, MOST_NAMED).join(', ')}`);
}

/** A message with more names would hide what to do. */
const MOST_NAMED = 5;
/** If somebody still writes after so many lists, that is a failure. */
const MOST_LISTS = 10;

async function noted(failures: string[], what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    failures.push(`${what} (${errorName(error)})`);
  }
}

async function* uploadPages({ s3, bucketName: Bucket }: Bucket, Prefix: string) {
  let page: ListMultipartUploadsCommandOutput | undefined;
  do {
    const marker = { KeyMarker: page?.NextKeyMarker, UploadIdMarker: page?.NextUploadIdMarker };
    page = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...marker }));
    yield page.Uploads ?? [];
  } while (page.IsTruncated);
}

async function* versionPages({ s3, bucketName: Bucket }: Bucket, Prefix: string) {
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    const marker = { KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker };
    page = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...marker }));
    yield page;
  } while (page.IsTruncated);
}

/** @returns what failed, in words */
async function abortAll(
  { s3, bucketName: Bucket }: Bucket,
  uploads: { Key?: string | undefined; UploadId?: string | undefined }[],
): Promise<string[]> {
  const failures: string[] = [];
  for (const { Key, UploadId } of uploads) {
    await noted(failures, `the upload ${Key}`, async () => {
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    });
  }
  return failures;
}

/**
 * Deletes at most 1,000 versions. S3 answers 200 even if it has deleted none; the next list then shows them again.
 * @returns what failed, in words
 */
async function deleteAll(
  { s3, bucketName: Bucket }: Bucket,
  versions: { Key?: string | undefined; VersionId?: string | undefined }[],
): Promise<string[]> {
  if (versions.length === 0) return [];
  const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
  const failures: string[] = [];
  await noted(failures, `${Objects.length} versions from ${Objects[0]?.Key} on`, async () => {
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    failures.push(...Errors.map(({ Key, Code }) => `${Key} (${Code})`));
  });
  return failures;
}
