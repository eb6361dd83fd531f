import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decodePath } from '../store/uri.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { accessDenied, S3Error } from './error.ts';
import { listObjects } from './list-objects.ts';
import { createMultipartHandlers, partNumber, uploadId } from './multipart.ts';
import {
  answerHeaders,
  conditionalStatus,
  conditionsOf,
  storedHeaders,
  wantedRange,
} from './object-headers.ts';
import { COPY_SOURCE, type Handler, type OperationName, type S3Request } from './operation.ts';
import { element, innerText, innerXml, malformedXml, readXml, sendXml } from './xml.ts';

export function createHandlers(bucket: Bucket, bucketName: string): Record<OperationName, Handler> {
  const list: Handler = ({ response, operation }) => sendXml(response, ...listObjects(bucket, operation));
  const getObject: Handler = (handled) => sendObject(bucket, handled);
  return {
    ListBuckets: ({ response }) => {
      const content = element('Name', bucketName) + element('CreationDate', bucket.createdAt.toISOString());
      sendXml(response, 'ListAllMyBucketsResult', `<Buckets><Bucket>${content}</Bucket></Buckets>`);
    },
    HeadBucket: ({ response }) => {
      response.writeHead(200).end();
    },
    CreateBucket: () => {
      throw new S3Error('BucketAlreadyOwnedByYou', 'The bucket that you tried to create is yours already.');
    },
    // The answer for us-east-1.
    GetBucketLocation: ({ response }) => sendXml(response, 'LocationConstraint', ''),
    GetBucketVersioning: ({ response }) => sendXml(response, 'VersioningConfiguration', ''),
    ListObjects: list,
    ListObjectVersions: list,
    ListObjectsV2: list,
    GetObjectTagging: ({ response, operation, missingKey }) => {
      if (!bucket.get(operation.key)) throw missingKey();
      sendXml(response, 'Tagging', '<TagSet></TagSet>');
    },
    GetObject: getObject,
    HeadObject: getObject,
    PutObject: async ({ request: { headers }, response, operation, payload }) => {
      const conditions = conditionsOf(headers);
      const { etag } = await bucket.put(operation.key, storedHeaders(headers), payload(), conditions);
      response.writeHead(200, { etag }).end();
    },
    DeleteObject: ({ response, operation }) => {
      bucket.delete(operation.key);
      response.writeHead(204).end();
    },
    DeleteObjects: (handled) => deleteObjects(bucket, handled),
    ...createMultipartHandlers(bucket),
    ...createCopyHandlers(bucket, bucketName),
  };
}

async function sendObject(bucket: Bucket, handled: S3Request): Promise<void> {
  const { request, response, operation, missingKey } = handled;
  const object = bucket.get(operation.key);
  if (!object) throw missingKey();
  const headers = answerHeaders(object, operation);
  const status = conditionalStatus(request.headers, object);
  if (status === 412) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  if (status === 304) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = wantedRange(request.headers, object);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${object.size}`);
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable');
  }
  const { start, end } = range ?? { start: 0, end: object.size };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': end - start,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${object.size}` } : {}),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(bucket.read(object, start, end), { objectMode: false }), response);
  } catch (error) {
    // The client went away.
    if (!response.closed) throw error;
  }
}

async function deleteObjects(bucket: Bucket, { response, payload, mayDelete }: S3Request): Promise<void> {
  const xml = await readXml(payload());
  const isQuiet = innerText(xml, 'Quiet') === 'true';
  const results = innerXml(xml, 'Object').map((object) => {
    const key = innerText(object, 'Key') ?? '';
    const version = innerText(object, 'VersionId');
    const refusal = mayDelete(key, version !== undefined)
      ? version !== undefined && version !== 'null' && 'NoSuchVersion'
      : 'AccessDenied';
    if (refusal) {
      const error = element('Code', refusal) + element('Message', 'Not deleted');
      return `<Error>${element('Key', key)}${error}</Error>`;
    }
    bucket.delete(key);
    return isQuiet ? '' : `<Deleted>${element('Key', key)}</Deleted>`;
  });
  if (results.length === 0 || results.length > 1000) throw malformedXml();
  sendXml(response, 'DeleteResult', results.join(''));
}

/** Copies within the one bucket. The bytes are written once more. */
function createCopyHandlers(
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
      const conditions = conditionsOf(request.headers);
      const { etag, lastModifiedMs } = await bucket.put(operation.key, headers, source, conditions);
      sendXml(response, 'CopyObjectResult', copyResult(etag, lastModifiedMs));
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
      const { md5 } = await bucket.uploads.putPart(uploadId(operation), operation.key, { number, source });
      sendXml(response, 'CopyPartResult', copyResult(`"${md5}"`, Date.now()));
    },
  };
}

function copyResult(etag: string, lastModifiedMs: number): string {
  return element('LastModified', new Date(lastModifiedMs).toISOString()) + element('ETag', etag);
}
