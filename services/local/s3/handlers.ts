import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket, StoredObject, WriteConditions } from './bucket.ts';
import { S3Error } from './error.ts';
import { listObjects } from './list-objects.ts';
import { answerHeaders, conditionalStatus, storedHeaders, wantedRange } from './object-headers.ts';
import { type Operation, type OperationName, queryValue } from './operation.ts';
import { withChecksums } from './payload.ts';
import type { FormFields } from './post-policy.ts';
import { element, innerText, innerXml, xmlDocument } from './xml.ts';

/** A request that was let in. */
export interface S3Request {
  request: IncomingMessage;
  response: ServerResponse;
  operation: Operation;
  /** The body, decoded and checked. */
  payload(): AsyncIterable<Buffer>;
  mayDelete(key: string): boolean;
  /** What to say where there is no such key. */
  missingKey(): S3Error;
}

/** A form whose policy held. */
export interface S3Form {
  response: ServerResponse;
  key: string;
  fields: FormFields;
  file: AsyncIterable<Buffer>;
}

type Handler = (request: S3Request) => Promise<void> | void;
type Handlers = Record<Exclude<OperationName, 'PostObject'>, Handler> & {
  PostObject(form: S3Form): Promise<void>;
};

const XML_LIMIT_BYTES = 2 * 1024 * 1024;

export function createHandlers(bucket: Bucket, bucketName: string): Handlers {
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
    ListObjectsV2: ({ response, operation }) => {
      sendXmlText(response, listObjects(bucket, operation));
    },
    GetObject: getObject,
    HeadObject: getObject,
    PutObject: async ({ request, response, operation, payload }) => {
      const conditions = conditionsOf(request);
      const headers = storedHeaders(request.headers);
      const { etag } = await bucket.put(operation.key, headers, payload(), conditions);
      response.writeHead(200, { etag }).end();
    },
    PostObject: async ({ response, key, fields, file }) => {
      const status = Number(fields.get('success_action_status') ?? '204');
      const named = Object.fromEntries(fields);
      const { etag } = await bucket.put(key, storedHeaders(named), withChecksums(file, named));
      const location = `/${bucketName}/${key.split('/').map(encodeURIComponent).join('/')}`;
      response.setHeader('etag', etag);
      response.setHeader('location', location);
      const content =
        element('Location', location) +
        element('Bucket', bucketName) +
        element('Key', key) +
        element('ETag', etag);
      if (status === 201) sendXml(response, 'PostResponse', content, 201);
      else response.writeHead(status === 200 ? 200 : 204).end();
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
        if (!mayDelete(key)) {
          const error = element('Code', 'AccessDenied') + element('Message', 'Access Denied');
          return `<Error>${element('Key', key)}${error}</Error>`;
        }
        bucket.delete(key);
        return isQuiet ? '' : `<Deleted>${element('Key', key)}</Deleted>`;
      });
      if (results.length === 0 || results.length > 1000) throw malformedXml();
      sendXml(response, 'DeleteResult', results.join(''));
    },
    CreateMultipartUpload: ({ request, response, operation }) => {
      const id = bucket.createUpload(operation.key, storedHeaders(request.headers));
      sendXml(response, 'InitiateMultipartUploadResult', identity(operation) + element('UploadId', id));
    },
    UploadPart: async ({ response, operation, payload }) => {
      const number = Number(queryValue(operation, 'partNumber'));
      if (!Number.isInteger(number) || number < 1 || number > 10_000) {
        throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
      }
      const { md5 } = await bucket.putPart(uploadId(operation), operation.key, number, payload());
      response.writeHead(200, { etag: `"${md5}"` }).end();
    },
    ListParts: ({ response, operation }) => {
      const id = uploadId(operation);
      const { parts } = bucket.upload(id, operation.key);
      const after = Number(queryValue(operation, 'part-number-marker') ?? '0');
      const most = Math.min(Number(queryValue(operation, 'max-parts') ?? '1000'), 1000);
      const left = Object.entries(parts).filter(([number]) => Number(number) > after);
      const shown = left.slice(0, most).map(([number, { md5, size, lastModifiedMs }]) => {
        const time = element('LastModified', new Date(lastModifiedMs).toISOString());
        return `<Part>${element('PartNumber', number)}${time}${element('ETag', `"${md5}"`)}${element('Size', size)}</Part>`;
      });
      const marker = element('NextPartNumberMarker', left[shown.length - 1]?.[0] ?? after);
      const truncated = element('IsTruncated', left.length > shown.length);
      const content = [element('UploadId', id), element('MaxParts', most), marker, truncated, ...shown];
      sendXml(response, 'ListPartsResult', identity(operation) + content.join(''));
    },
    CompleteMultipartUpload: async ({ request, response, operation, payload }) => {
      const chosen = innerXml(await readXml(payload()), 'Part').map((part) => {
        const number = Number(innerText(part, 'PartNumber'));
        const etag = innerText(part, 'ETag');
        if (!Number.isInteger(number) || etag === undefined) throw malformedXml();
        return { number, etag };
      });
      const { key } = operation;
      const { etag } = bucket.completeUpload(uploadId(operation), key, chosen, conditionsOf(request));
      sendXml(response, 'CompleteMultipartUploadResult', identity(operation) + element('ETag', etag));
    },
    AbortMultipartUpload: ({ response, operation }) => {
      bucket.abortUpload(uploadId(operation), operation.key);
      response.writeHead(204).end();
    },
  };
}

function uploadId(operation: Operation): string {
  return queryValue(operation, 'uploadId') ?? '';
}

function identity({ bucket, key }: Operation): string {
  return element('Bucket', bucket) + element('Key', key);
}

function conditionsOf({ headers }: IncomingMessage): WriteConditions {
  if (headers['if-none-match'] !== undefined && headers['if-none-match'] !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match of a write takes * only');
  }
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
}

async function readXml(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > XML_LIMIT_BYTES) throw malformedXml();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function send(bytes: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  try {
    await pipeline(Readable.from(bytes, { objectMode: false }), response);
  } catch (error) {
    // The client went away.
    if (!response.closed) throw error;
  }
}

function sendXml(response: ServerResponse, root: string, content: string, status = 200): void {
  sendXmlText(response, xmlDocument(root, content), status);
}

function sendXmlText(response: ServerResponse, xml: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
}

function malformedXml(): S3Error {
  return new S3Error('MalformedXML', 'The XML you provided was not well-formed');
}

function preconditionFailed(): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}
