import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { StoredFile } from '@cloudfront-cookie-gateway/auth/files/file';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { encodeKey } from '@cloudfront-cookie-gateway/core/file-name';
import { atOnce } from './at-once.ts';

/** How much S3 copies with one request (Amazon S3 User Guide, "Copying, moving, and renaming objects"). */
const COPY_BYTES = 5 * 1024 ** 3;
const PART_BYTES = 1024 ** 3;
/** S3's limit of an upload in parts. */
const MAX_PARTS = 10_000;
const PARTS_AT_ONCE = 8;
/** The names of both marks among the metadata of a file. */
const [MADE_FROM, MADE_BY] = ['made-from', 'made-by'] as const;
/** How long S3 may take for a copy. It copies 5 GB at some 100 MB a second. */
const COPY_MS = 300_000;
const COPYING = { requestTimeout: COPY_MS };
/** S3's names for what is not there. An answer to HEAD has no body, so S3 says no more than `NotFound`. */
const MISSING = ['NoSuchKey', 'NoSuchVersion', 'NotFound'];

export interface FoundFile extends StoredFile {
  /** Absent in a bucket that keeps no versions. */
  versionId?: string;
  /** What S3 stores with the file, such as its content type. A copy gets the same. */
  headers: Readonly<Record<string, string>>;
  metadata: Readonly<Record<string, string>>;
  /** The mark of the copy or move that made the file: what it was made from. */
  madeFrom?: string;
  /** The id of the request that goes on in the background and made the file. */
  madeBy?: string;
}

/** One version of a key: a file, or a delete marker, which hides the versions before it. */
export interface Version {
  key: string;
  versionId: string;
  lastModified: Date;
  /** Whether it is the current version. */
  isLatest: boolean;
  /** Absent for a delete marker. Bytes, and the ETag without quotes. */
  file?: { size: number; etag: string };
}

export interface Copy {
  from: FoundFile;
  key: string;
  /** What the copy may take the place of: any file, no file, or the file with this ETag alone. */
  replace: boolean | { etag: string };
  /** Stays with the copy. A second try of what made it knows it again by this mark. */
  madeFrom?: string;
  /** Stays with the copy too. A second run of the same request knows the copy again by this id. */
  madeBy?: string;
  /** Is called before a copy in parts becomes visible, since its parts may take long. It throws to give the copy up. */
  beforeVisible?: () => Promise<unknown>;
}

export interface Made {
  etag: string;
  /** Names this copy alone. Absent in a bucket that keeps no versions, where the next write takes its place. */
  versionId?: string;
}

/** The place behind which a list goes on. Without a version, it goes on behind all versions of the key. */
export interface ListPlace {
  key: string;
  versionId?: string;
}

interface Bucket {
  s3: S3Client;
  bucketName: string;
  sizes: { copy: number; part: number };
}

export type VersionStore = ReturnType<typeof createVersionStore>;

/**
 * The files of a bucket with all their versions, and copies inside the bucket. No byte of a file comes here. All methods
 * throw GatewayError files_unavailable.
 * @param sizes in bytes: how much one request copies, and how long a part is at least. A test has smaller ones
 */
export function createVersionStore(
  place: Omit<Bucket, 'sizes'>,
  sizes = { copy: COPY_BYTES, part: PART_BYTES },
) {
  const bucket = { ...place, sizes };
  return {
    /** Undefined if there is no such file, or no such version of it. */
    find: (key: string, versionId?: string) => find(bucket, key, versionId),
    /**
     * Copies a file with its headers, and without its tags.
     * @returns undefined if the key has a file that must stay. In a bucket that keeps no versions, also if the source is
     *   another file by now
     * @throws GatewayError no_such_file if the source is gone; every error of `beforeVisible`
     */
    copy: (copy: Copy) => (copy.from.size > sizes.copy ? copyParts(bucket, copy) : copyWhole(bucket, copy)),
    /** Hides a file behind a delete marker. In a bucket that keeps no versions, it deletes the file. */
    delete: async (key: string): Promise<void> => {
      await remove(bucket, key);
    },
    /**
     * The same for a file with this ETag.
     * @returns `missing` if there is no file; `replaced` if there is another one, which stays; otherwise the id of the
     *   delete marker. There is none in a bucket that keeps no versions, and none is known if an earlier answer was lost
     */
    deleteIfSame: (key: string, etag: string) => remove(bucket, key, `"${etag}"`),
    /** Deletes versions for ever, 1 to 1,000 at once. A version that is not there counts as deleted. */
    deleteVersions: (versions: readonly Pick<Version, 'key' | 'versionId'>[]) =>
      deleteVersions(bucket, versions),
    /** Up to 1,000 versions, in S3's order of keys (UTF-8 bytes), the newest of each key first. */
    listVersions: (prefix: string, after?: ListPlace) => listVersions(bucket, prefix, after),
  };
}

async function find({ s3, bucketName }: Bucket, key: string, versionId?: string) {
  const command = new HeadObjectCommand({ Bucket: bucketName, Key: key, VersionId: versionId });
  return ask(async (): Promise<FoundFile> => {
    const { ContentLength: size, ETag, LastModified: lastModified, ...head } = await s3.send(command);
    if (size === undefined || ETag === undefined || lastModified === undefined) {
      throw new Error('the answer is not that of a file');
    }
    const { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage } = head;
    const { [MADE_FROM]: madeFrom, [MADE_BY]: madeBy, ...metadata } = head.Metadata ?? {};
    return {
      ...{ key, size, etag: unquoted(ETag), lastModified, metadata },
      headers: defined({ ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage }),
      ...defined({ versionId: head.VersionId, madeFrom, madeBy }),
    };
  }, MISSING);
}

/** The file that is copied. Where no versions are kept, its ETag makes sure that it is no other by now. */
function sourceOf({ bucketName }: Bucket, { key, versionId, etag }: FoundFile) {
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`;
  return { CopySource: `${bucketName}/${encodeKey(key)}${version}`, CopySourceIfMatch: `"${etag}"` };
}

function targetOf({ bucketName }: Bucket, { from, key, madeFrom, madeBy }: Copy) {
  const Metadata = { ...from.metadata, ...defined({ [MADE_FROM]: madeFrom, [MADE_BY]: madeBy }) };
  return { Bucket: bucketName, Key: key, ...from.headers, Metadata };
}

function conditionOf({ replace }: Copy) {
  if (typeof replace === 'object') return { IfMatch: `"${replace.etag}"` };
  return replace ? {} : { IfNoneMatch: '*' };
}

async function copyWhole(bucket: Bucket, copy: Copy): Promise<Made | undefined> {
  const command = new CopyObjectCommand({
    ...targetOf(bucket, copy),
    ...sourceOf(bucket, copy.from),
    ...conditionOf(copy),
    MetadataDirective: 'REPLACE',
    // A tag says what was found in one object. A copy does not have it without having been looked at.
    TaggingDirective: 'REPLACE',
  });
  return ask(async () => {
    const { CopyObjectResult, VersionId } = await bucket.s3.send(command, COPYING);
    return madeOf(CopyObjectResult?.ETag, VersionId);
  }, ['PreconditionFailed']);
}

async function copyParts(bucket: Bucket, copy: Copy): Promise<Made | undefined> {
  const { s3 } = bucket;
  const target = targetOf(bucket, copy);
  const { UploadId } = await ask(() => s3.send(new CreateMultipartUploadCommand(target)));
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
  try {
    return await ask(async () => {
      const Parts = await copyEachPart(bucket, copy.from, upload);
      await copy.beforeVisible?.();
      const parts = { ...upload, ...conditionOf(copy), MultipartUpload: { Parts } };
      const { ETag, VersionId } = await s3.send(new CompleteMultipartUploadCommand(parts), COPYING);
      return madeOf(ETag, VersionId);
    });
  } catch (error) {
    // If this fails too, the bucket's rule for uploads that nobody ended drops the parts.
    await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    if (error instanceof GatewayError && nameOf(error.cause) === 'PreconditionFailed') return undefined;
    throw error;
  }
}

async function copyEachPart(
  bucket: Bucket,
  from: FoundFile,
  upload: { Bucket: string; Key: string; UploadId: string | undefined },
): Promise<CompletedPart[]> {
  const bytes = Math.max(bucket.sizes.part, Math.ceil(from.size / MAX_PARTS));
  const parts: CompletedPart[] = [];
  // The upload must not be dropped while parts of it are under way.
  await atOnce(PARTS_AT_ONCE, [...Array(Math.ceil(from.size / bytes)).keys()], async (index) => {
    const CopySourceRange = `bytes=${index * bytes}-${Math.min((index + 1) * bytes, from.size) - 1}`;
    const part = { PartNumber: index + 1, CopySourceRange };
    const command = new UploadPartCopyCommand({ ...upload, ...sourceOf(bucket, from), ...part });
    const { CopyPartResult } = await bucket.s3.send(command, COPYING);
    // Checksums go along: S3 may demand those of all parts at the end.
    parts[index] = { ...CopyPartResult, PartNumber: index + 1 };
  });
  return parts;
}

function remove(
  { s3, bucketName }: Bucket,
  Key: string,
  IfMatch?: string,
): Promise<'missing' | 'replaced' | { markerId?: string }> {
  return ask(async () => {
    try {
      const command = new DeleteObjectCommand({ Bucket: bucketName, Key, IfMatch });
      const { $metadata, VersionId: markerId } = await s3.send(command);
      if ($metadata.httpStatusCode !== 204) throw new Error(`S3 answers ${$metadata.httpStatusCode}`);
      return defined({ markerId });
    } catch (error) {
      if (nameOf(error) === 'PreconditionFailed') return 'replaced';
      if (!(error instanceof S3ServiceException) || !MISSING.includes(error.name)) throw error;
      // The first of several attempts may have deleted the file, and its answer was lost.
      return (error.$metadata.attempts ?? 1) > 1 ? {} : 'missing';
    }
  });
}

async function deleteVersions(
  { s3, bucketName }: Bucket,
  versions: readonly Pick<Version, 'key' | 'versionId'>[],
): Promise<void> {
  const Objects = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
  const command = new DeleteObjectsCommand({ Bucket: bucketName, Delete: { Objects } });
  await ask(async () => {
    const { Deleted = [], Errors = [] } = await s3.send(command);
    // S3 answers 200 even if it has deleted nothing.
    if (Deleted.length < Objects.length) throw new Error(`a version stays: ${Errors[0]?.Code}`);
  });
}

async function listVersions(
  { s3, bucketName }: Bucket,
  Prefix: string,
  after?: ListPlace,
): Promise<{ versions: Version[]; next?: ListPlace }> {
  const place = { KeyMarker: after?.key, VersionIdMarker: after?.versionId };
  const command = new ListObjectVersionsCommand({ Bucket: bucketName, Prefix, ...place });
  const order = noteOrder(command);
  return ask(async () => {
    const page: ListObjectVersionsCommandOutput = await s3.send(command);
    // As in services/auth/files/bucket.ts: an answer without a list must not count as an empty list.
    if (page.Name === undefined) throw new Error('the answer is not a list of a bucket');
    const { NextKeyMarker: key, NextVersionIdMarker: versionId } = page;
    return {
      versions: inOrder(page, order.elements),
      ...(page.IsTruncated && key !== undefined ? { next: { key, ...defined({ versionId }) } } : {}),
    };
  });
}

/**
 * S3 answers one list, the newest version of each key first, and the SDK makes two lists of it. Those do not tell how
 * the one was: dates are whole seconds, and S3 dates a file in parts by the time when its upload began. So the elements
 * are read from the answer itself, in which each `<` that is not of a tag is escaped (Amazon S3 API Reference,
 * "ListObjectVersions", examples).
 * @returns the elements of the newest answer to the command
 */
function noteOrder({ middlewareStack }: ListObjectVersionsCommand): { elements: readonly string[] } {
  const order: { elements: readonly string[] } = { elements: [] };
  middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      const { response } = answer;
      if (typeof response !== 'object' || response === null || !('body' in response)) return answer;
      if (!(response.body instanceof Readable)) return answer;
      const body = await text(response.body);
      order.elements = body.match(/<(?:Version|DeleteMarker)>/g) ?? [];
      response.body = Buffer.from(body);
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'order' },
  );
  return order;
}

/**
 * Each of the two lists has the order of the one.
 * @throws Error if the elements do not fit the lists, or the current version of a key is not its first
 */
function inOrder(page: ListObjectVersionsCommandOutput, elements: readonly string[]): Version[] {
  const { Versions = [], DeleteMarkers = [] } = page;
  const files = Versions.map(({ Size: size, ETag, ...version }) => {
    if (size === undefined || ETag === undefined) throw new Error('a version has no size or no ETag');
    return versionOf(version, { size, etag: unquoted(ETag) });
  }).values();
  const markers = DeleteMarkers.map((marker) => versionOf(marker)).values();
  const all = elements.flatMap((element) => (element === '<Version>' ? files : markers).next().value ?? []);
  const isWhole = all.length === elements.length && all.length === Versions.length + DeleteMarkers.length;
  if (!isWhole || all.some(({ key, isLatest }, index) => isLatest && key === all[index - 1]?.key)) {
    throw new Error('the order of the versions is not known');
  }
  return all;
}

interface Listed {
  Key?: string | undefined;
  VersionId?: string | undefined;
  LastModified?: Date | undefined;
  IsLatest?: boolean | undefined;
}

function versionOf(listed: Listed, file?: Version['file']): Version {
  const { Key: key, VersionId: versionId, LastModified: lastModified, IsLatest } = listed;
  if (key === undefined || versionId === undefined || lastModified === undefined) {
    throw new Error('a version has no name or no date');
  }
  return { key, versionId, lastModified, isLatest: IsLatest === true, ...defined({ file }) };
}

function madeOf(etag: string | undefined, versionId: string | undefined): Made {
  if (etag === undefined) throw new Error('the answer is not that of a copy');
  // Every write to a bucket whose versioning is suspended has the version `null`.
  return { etag: unquoted(etag), ...(versionId === 'null' ? {} : defined({ versionId })) };
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}

function nameOf(error: unknown): string {
  return error instanceof S3ServiceException ? error.name : '';
}

/**
 * @param names S3's errors that stand for undefined
 * @throws GatewayError no_such_file if S3 does not know what the call names; every GatewayError of the call
 */
async function ask<T>(call: () => Promise<T>): Promise<T>;
async function ask<T>(call: () => Promise<T>, names: readonly string[]): Promise<T | undefined>;
async function ask<T>(call: () => Promise<T>, names: readonly string[] = []): Promise<T | undefined> {
  try {
    return await call();
  } catch (cause) {
    if (names.includes(nameOf(cause))) return undefined;
    if (cause instanceof GatewayError) throw cause;
    const isMissing = MISSING.includes(nameOf(cause));
    throw new GatewayError(isMissing ? 'no_such_file' : 'files_unavailable', { cause });
  }
}
