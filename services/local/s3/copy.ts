import { decodePath } from '../store/uri.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { accessDenied, S3Error } from './error.ts';
import { partNumber, uploadId } from './multipart.ts';
import { storedHeaders } from './object-headers.ts';
import { COPY_SOURCE } from './operation.ts';
import { conditionsOf, type Handler, type S3Request, sendXml } from './request.ts';
import { element } from './xml.ts';

/** Copies within the one bucket. The bytes are written once more. */
export function createCopyHandlers(
  bucket: Bucket,
  bucketName: string,
): Record<'CopyObject' | 'UploadPartCopy', Handler> {
  function sourceOf({ request, mayRead, missingKey }: S3Request): { key: string; object: StoredObject } {
    const raw = String(request.headers[COPY_SOURCE]);
    if (raw.includes('?')) throw new S3Error('NotImplemented', 'The local S3 keeps no versions');
    const [, name, ...rest] = decodePath(raw.startsWith('/') ? raw : `/${raw}`).split('/');
    if (name !== bucketName) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
    const key = rest.join('/');
    if (!mayRead(key)) throw accessDenied();
    const object = bucket.get(key);
    if (!object) throw missingKey();
    return { key, object };
  }

  return {
    CopyObject: async (handled) => {
      const { request, response, operation } = handled;
      const { key, object } = sourceOf(handled);
      const replaces = request.headers['x-amz-metadata-directive'] === 'REPLACE';
      if (key === operation.key && !replaces) {
        throw new S3Error('InvalidRequest', 'This copy request is illegal because it changes nothing.');
      }
      const headers = replaces ? storedHeaders(request.headers) : object.headers;
      const source = bucket.read(object, 0, object.size);
      const { etag, lastModifiedMs } = await bucket.put(
        operation.key,
        headers,
        source,
        conditionsOf(request),
      );
      sendXml(response, 'CopyObjectResult', result(etag, lastModifiedMs));
    },
    UploadPartCopy: async (handled) => {
      const { request, response, operation } = handled;
      const { object } = sourceOf(handled);
      const range = request.headers['x-amz-copy-source-range'];
      const [, first, last] =
        /^bytes=(\d+)-(\d+)$/.exec(range?.toString() ?? `bytes=0-${object.size - 1}`) ?? [];
      const end = Number(last) + 1;
      if (!(end <= object.size && Number(first) < end)) {
        throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value is none of the source');
      }
      const source = bucket.read(object, Number(first), end);
      const number = partNumber(operation);
      const { md5 } = await bucket.uploads.putPart(uploadId(operation), operation.key, number, source);
      sendXml(response, 'CopyPartResult', result(`"${md5}"`, Date.now()));
    },
  };
}

function result(etag: string, lastModifiedMs: number): string {
  return element('LastModified', new Date(lastModifiedMs).toISOString()) + element('ETag', etag);
}
