import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { type S3Request, versionIdOf } from './operation.ts';
import { isObject, type StoredObject } from './versions.ts';

/**
 * The object that a request names, or its version. A delete marker has nothing to give: it is 404 as the current
 * version, and 405 by its own id (Amazon S3 User Guide, "Working with delete markers").
 * @throws S3Error
 */
export function namedObject(bucket: Bucket, { response, operation, missing }: S3Request): StoredObject {
  const versionId = versionIdOf(operation);
  const version = bucket.versions.find(operation.key, versionId);
  if (isObject(version)) return version;
  if (version) {
    response.setHeader('x-amz-delete-marker', 'true');
    response.setHeader('x-amz-version-id', version.versionId);
  }
  if (versionId === undefined) throw missing('NoSuchKey');
  if (!version) throw missing('NoSuchVersion');
  response.setHeader('last-modified', new Date(version.lastModifiedMs).toUTCString());
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
}
