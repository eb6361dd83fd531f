import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from './bucket.ts';
import { createCopyHandlers } from './copy.ts';
import { S3Error } from './error.ts';
import { listObjects } from './list-objects.ts';
import { createMultipartHandlers } from './multipart.ts';
import { answerHeaders, conditionalStatus, storedHeaders, wantedRange } from './object-headers.ts';
import type { OperationName } from './operation.ts';
import {
  conditionsOf,
  type Handler,
  malformedXml,
  readXml,
  type S3Request,
  sendXml,
  sendXmlText,
} from './request.ts';
import { element, innerText, innerXml } from './xml.ts';

export function createHandlers(bucket: Bucket, bucketName: string): Record<OperationName, Handler> {
  async function getObject({ request, response, operation, missingKey }: S3Request): Promise<void> {
    const object = bucket.get(operation.key);
    if (!object) throw missingKey();
    const headers = answerHeaders(object, operation);
    const status = conditionalStatus(request.headers, object);
    if (status === 412) throw preconditionFailed();
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
    if (request.method === 'HEAD') response.end();
    else await send(bucket.read(object, start, end), response);
  }

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
    ListObjects: ({ response, operation }) => sendXmlText(response, listObjects(bucket, operation)),
    ListObjectVersions: ({ response, operation }) => sendXmlText(response, listObjects(bucket, operation)),
    ListObjectsV2: ({ response, operation }) => sendXmlText(response, listObjects(bucket, operation)),
    GetObjectTagging: ({ response, operation, missingKey }) => {
      if (!bucket.get(operation.key)) throw missingKey();
      sendXml(response, 'Tagging', '<TagSet></TagSet>');
    },
    GetObject: getObject,
    HeadObject: getObject,
    PutObject: async ({ request, response, operation, payload }) => {
      const conditions = conditionsOf(request);
      const headers = storedHeaders(request.headers);
      const { etag } = await bucket.put(operation.key, headers, payload(), conditions);
      response.writeHead(200, { etag }).end();
    },
    DeleteObject: ({ response, operation }) => {
      bucket.delete(operation.key);
      response.writeHead(204).end();
    },
    DeleteObjects: async ({ response, payload, mayDelete }) => {
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
    },
    ...createMultipartHandlers(bucket),
    ...createCopyHandlers(bucket, bucketName),
  };
}

async function send(bytes: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  try {
    await pipeline(Readable.from(bytes, { objectMode: false }), response);
  } catch (error) {
    // The client went away.
    if (!response.closed) throw error;
  }
}

function preconditionFailed(): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}
