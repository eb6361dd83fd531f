import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsError } from '../store/error.ts';
import { decodePath, parseQuery, type QueryPair } from '../store/uri.ts';
import { type Bucket, isObject, isVersionId, type StoredObject } from './bucket.ts';
import { s3Error } from './errors.ts';

/**
 * The operations, and the permission that each needs (Service Authorization Reference, "Actions for Amazon S3"). A key is
 * method, target, and the names in the query that choose the operation; `from` stands for the source of a copy.
 */
export const OPERATIONS = {
  'GET service': ['ListBuckets', 's3:ListAllMyBuckets'],
  'PUT bucket': ['CreateBucket', 's3:CreateBucket'],
  'HEAD bucket': ['HeadBucket', 's3:ListBucket'],
  'GET bucket location': ['GetBucketLocation', 's3:GetBucketLocation'],
  'GET bucket versioning': ['GetBucketVersioning', 's3:GetBucketVersioning'],
  'GET bucket': ['ListObjects', 's3:ListBucket'],
  'GET bucket list-type': ['ListObjectsV2', 's3:ListBucket'],
  'GET bucket versions': ['ListObjectVersions', 's3:ListBucketVersions'],
  'GET bucket uploads': ['ListMultipartUploads', 's3:ListBucketMultipartUploads'],
  'POST bucket delete': ['DeleteObjects', 's3:DeleteObject'],
  'GET object': ['GetObject', 's3:GetObject'],
  'HEAD object': ['HeadObject', 's3:GetObject'],
  'GET object versionId': ['GetObject', 's3:GetObjectVersion'],
  'HEAD object versionId': ['HeadObject', 's3:GetObjectVersion'],
  'GET object tagging': ['GetObjectTagging', 's3:GetObjectTagging'],
  'GET object tagging versionId': ['GetObjectTagging', 's3:GetObjectVersionTagging'],
  'PUT object tagging': ['PutObjectTagging', 's3:PutObjectTagging'],
  'PUT object tagging versionId': ['PutObjectTagging', 's3:PutObjectVersionTagging'],
  'DELETE object tagging': ['DeleteObjectTagging', 's3:DeleteObjectTagging'],
  'DELETE object tagging versionId': ['DeleteObjectTagging', 's3:DeleteObjectVersionTagging'],
  'PUT object': ['PutObject', 's3:PutObject'],
  'PUT object from': ['CopyObject', 's3:PutObject'],
  'DELETE object': ['DeleteObject', 's3:DeleteObject'],
  'DELETE object versionId': ['DeleteObject', 's3:DeleteObjectVersion'],
  'POST object uploads': ['CreateMultipartUpload', 's3:PutObject'],
  'PUT object partNumber uploadId': ['UploadPart', 's3:PutObject'],
  'PUT object partNumber uploadId from': ['UploadPartCopy', 's3:PutObject'],
  'GET object uploadId': ['ListParts', 's3:ListMultipartUploadParts'],
  'POST object uploadId': ['CompleteMultipartUpload', 's3:PutObject'],
  'DELETE object uploadId': ['AbortMultipartUpload', 's3:AbortMultipartUpload'],
} as const;

export type OperationName = (typeof OPERATIONS)[keyof typeof OPERATIONS][0];

export interface Operation {
  name: OperationName;
  /** Such as `s3:GetObject`. */
  action: string;
  bucket: string;
  /** Empty for operations on the bucket. */
  key: string;
  query: QueryPair[];
}

/** A request that the gate has let in. */
export interface S3Request {
  request: IncomingMessage;
  response: ServerResponse;
  operation: Operation;
  /** The body, decoded and checked. */
  payload(): AsyncIterable<Buffer>;
  /** Whether the caller has a permission for an object, or for a version of it. */
  may(action: string, key: string, versionId?: string): boolean;
  /** The error for what does not exist. A caller without the right to list does not learn which keys exist. */
  missing(code: 'NoSuchKey' | 'NoSuchVersion'): AwsError;
}

export type Handler = (request: S3Request) => Promise<void> | void;

/** Names in a query that select another operation. S3 ignores every other unknown name. */
const SUBRESOURCES = new Set(
  (
    'accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle ' +
    'list-type location logging metadataTable metrics notification object-lock ownershipControls partNumber policy ' +
    'policyStatus publicAccessBlock renameObject replication requestPayment restore retention select session ' +
    'tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
);

export const COPY_SOURCE = 'x-amz-copy-source';

/** Headers that would change the operation. */
const UNSUPPORTED_HEADERS = [
  'x-amz-if-match-last-modified-time',
  'x-amz-if-match-size',
  'x-amz-mfa',
  'x-amz-write-offset-bytes',
  'x-amz-server-side-encryption-customer-algorithm',
];

/** ACLs that S3 accepts in a bucket whose owner owns every object. AWS refuses every other ACL too. */
const PRIVATE_ACLS = [undefined, 'private', 'bucket-owner-full-control'];

/**
 * Reads a path-style request, `/<bucket>/<key>`.
 * @throws AwsError NotImplemented, InvalidURI, KeyTooLongError; InvalidUriError
 */
export function parseOperation(
  method: string,
  target: string,
  headers: Readonly<Record<string, unknown>>,
): Operation {
  const path = decodePath(target);
  if (!path.startsWith('/')) throw s3Error('InvalidURI');
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  const query = parseQuery(target);
  const choosing = [...new Set(query.map(([name]) => name))].filter((name) => SUBRESOURCES.has(name)).sort();
  const addressed = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const asked = [
    method,
    addressed,
    ...choosing,
    ...(headers[COPY_SOURCE] === undefined ? [] : ['from']),
  ].join(' ');
  const [name, action] = Object.entries(OPERATIONS).find(([key]) => key === asked)?.[1] ?? [];
  const header = UNSUPPORTED_HEADERS.find((unsupported) => headers[unsupported] !== undefined);
  if (name === undefined || action === undefined || header !== undefined) {
    throw s3Error('NotImplemented', `The local S3 does not implement this: ${header ?? asked}`);
  }
  if (!PRIVATE_ACLS.includes(headers['x-amz-acl']?.toString())) {
    throw s3Error('AccessControlListNotSupported');
  }
  if (Buffer.byteLength(key) > 1024) throw s3Error('KeyTooLongError');
  return { name, action, bucket, key, query };
}

/**
 * The version that a request names.
 * @throws AwsError InvalidArgument
 */
export function versionIdOf(operation: Operation): string | undefined {
  const versionId = queryValue(operation, 'versionId');
  if (versionId === undefined || isVersionId(versionId)) return versionId;
  throw s3Error('InvalidArgument');
}

export function queryValue({ query }: Operation, name: string): string | undefined {
  return query.find(([key]) => key === name)?.[1];
}

/**
 * The object that a request names, or its version. A delete marker has nothing to give: it is 404 as the current
 * version, and 405 by its own id (Amazon S3 User Guide, "Working with delete markers").
 * @throws AwsError
 */
export function namedObject(bucket: Bucket, { response, operation, missing }: S3Request): StoredObject {
  const versionId = versionIdOf(operation);
  const version = bucket.find(operation.key, versionId);
  if (isObject(version)) return version;
  if (version) {
    response.setHeader('x-amz-delete-marker', 'true');
    response.setHeader('x-amz-version-id', version.versionId);
  }
  if (versionId === undefined) throw missing('NoSuchKey');
  if (!version) throw missing('NoSuchVersion');
  response.setHeader('last-modified', new Date(version.lastModifiedMs).toUTCString());
  throw s3Error('MethodNotAllowed');
}
