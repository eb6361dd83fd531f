import { decodePath, parseQuery, type QueryPair } from '../uri.ts';
import { S3Error } from './error.ts';

export type OperationName =
  | 'ListBuckets'
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'DeleteObjects'
  | 'PostObject'
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload';

export interface Operation {
  name: OperationName;
  bucket: string;
  /** Empty for operations on the bucket. */
  key: string;
  query: QueryPair[];
}

/** By method, what is addressed, and the names in the query that choose the operation. */
const OPERATIONS: Record<string, OperationName> = {
  'GET service': 'ListBuckets',
  'HEAD bucket': 'HeadBucket',
  'GET bucket list-type': 'ListObjectsV2',
  'POST bucket delete': 'DeleteObjects',
  'POST bucket': 'PostObject',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'PUT object': 'PutObject',
  'DELETE object': 'DeleteObject',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object partNumber uploadId': 'UploadPart',
  'GET object uploadId': 'ListParts',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object uploadId': 'AbortMultipartUpload',
};

/** What an operation needs (Service Authorization Reference, "Actions for Amazon S3"). */
export const ACTIONS: Record<OperationName, string> = {
  ListBuckets: 's3:ListAllMyBuckets',
  HeadBucket: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  DeleteObjects: 's3:DeleteObject',
  PostObject: 's3:PutObject',
  GetObject: 's3:GetObject',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  ListParts: 's3:ListMultipartUploadParts',
  CompleteMultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
};

/** Names in a query that make another operation of a request; every other unknown name S3 ignores. */
const SUBRESOURCES = new Set(
  (
    'accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle ' +
    'list-type location logging metadataTable metrics notification object-lock ownershipControls partNumber policy ' +
    'policyStatus publicAccessBlock renameObject replication requestPayment restore retention select session ' +
    'tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
);

/** Headers that would change what is done. */
const UNSUPPORTED_HEADERS = [
  'x-amz-copy-source',
  'x-amz-acl',
  'x-amz-tagging',
  'x-amz-write-offset-bytes',
  'x-amz-server-side-encryption-customer-algorithm',
];

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
  const name = OPERATIONS[[method, addressed, ...choosing].join(' ')];
  const header = UNSUPPORTED_HEADERS.find((unsupported) => headers[unsupported] !== undefined);
  if (name === undefined || header !== undefined) {
    throw new S3Error(
      'NotImplemented',
      `The local S3 does not implement this: ${header ?? [method, addressed, ...choosing].join(' ')}`,
    );
  }
  checkKeyLength(key);
  return { name, bucket, key, query };
}

/** @throws S3Error KeyTooLongError above 1,024 bytes of UTF-8 */
export function checkKeyLength(key: string): void {
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError', 'Your key is too long');
}

export function queryValue({ query }: Operation, name: string): string | undefined {
  return query.find(([key]) => key === name)?.[1];
}
