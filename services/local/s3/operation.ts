import { decodePath, parseQuery, type QueryPair } from '../store/uri.ts';
import { S3Error } from './error.ts';

export type OperationName =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'GetBucketLocation'
  | 'GetBucketVersioning'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListObjectVersions'
  | 'DeleteObjects'
  | 'GetObject'
  | 'HeadObject'
  | 'GetObjectTagging'
  | 'PutObject'
  | 'CopyObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListMultipartUploads';

export interface Operation {
  name: OperationName;
  bucket: string;
  /** Empty for operations on the bucket. */
  key: string;
  query: QueryPair[];
}

/** The key: method, target, and the names in the query that choose the operation. */
const OPERATIONS: Record<string, OperationName> = {
  'GET service': 'ListBuckets',
  'PUT bucket': 'CreateBucket',
  'HEAD bucket': 'HeadBucket',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket versioning': 'GetBucketVersioning',
  'GET bucket': 'ListObjects',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket versions': 'ListObjectVersions',
  'GET bucket uploads': 'ListMultipartUploads',
  'POST bucket delete': 'DeleteObjects',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'GET object tagging': 'GetObjectTagging',
  'PUT object': 'PutObject',
  'PUT object from': 'CopyObject',
  'DELETE object': 'DeleteObject',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object partNumber uploadId': 'UploadPart',
  'PUT object partNumber uploadId from': 'UploadPartCopy',
  'GET object uploadId': 'ListParts',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object uploadId': 'AbortMultipartUpload',
};

/** The permission that each operation needs (Service Authorization Reference, "Actions for Amazon S3"). */
export const ACTIONS: Record<OperationName, string> = {
  ListBuckets: 's3:ListAllMyBuckets',
  CreateBucket: 's3:CreateBucket',
  HeadBucket: 's3:ListBucket',
  GetBucketLocation: 's3:GetBucketLocation',
  GetBucketVersioning: 's3:GetBucketVersioning',
  ListObjects: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  DeleteObjects: 's3:DeleteObject',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  GetObjectTagging: 's3:GetObjectTagging',
  PutObject: 's3:PutObject',
  CopyObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  UploadPartCopy: 's3:PutObject',
  ListParts: 's3:ListMultipartUploadParts',
  CompleteMultipartUpload: 's3:PutObject',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
};

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
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-unmodified-since',
  'x-amz-tagging',
  'x-amz-write-offset-bytes',
  'x-amz-server-side-encryption-customer-algorithm',
];

/** ACLs that S3 accepts in a bucket whose owner owns every object. AWS refuses every other ACL too. */
const PRIVATE_ACLS = [undefined, 'private', 'bucket-owner-full-control'];

/**
 * Reads a path-style request, `/<bucket>/<key>`.
 * @throws S3Error NotImplemented, InvalidURI, KeyTooLongError; InvalidUriError
 */
export function parseOperation(
  method: string,
  target: string,
  headers: Readonly<Record<string, unknown>>,
): Operation {
  const path = decodePath(target);
  if (!path.startsWith('/')) throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
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
  const name = OPERATIONS[asked];
  const header = UNSUPPORTED_HEADERS.find((unsupported) => headers[unsupported] !== undefined);
  if (name === undefined || header !== undefined) {
    throw new S3Error('NotImplemented', `The local S3 does not implement this: ${header ?? asked}`);
  }
  if (!PRIVATE_ACLS.includes(headers['x-amz-acl']?.toString())) {
    throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError', 'Your key is too long');
  return { name, bucket, key, query };
}

export function queryValue({ query }: Operation, name: string): string | undefined {
  return query.find(([key]) => key === name)?.[1];
}
