import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../store/error.ts';
import { type Bucket, type Doomed, isVersionId } from './bucket.ts';
import { createCopyHandlers } from './copy.ts';
import { s3Error } from './errors.ts';
import { listObjects } from './list-objects.ts';
import { createMultipartHandlers } from './multipart.ts';
import {
  answerHeaders,
  conditionalStatus,
  conditionsOf,
  storedHeaders,
  versionHeader,
  wantedRange,
} from './object-headers.ts';
import { type Handler, namedObject, type OperationName, type S3Request, versionIdOf } from './operation.ts';
import { createTagHandlers, requestTags } from './tags.ts';
import { element, innerText, innerXml, readXml, sendXml } from './xml.ts';

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
      throw s3Error('BucketAlreadyOwnedByYou');
    },
    // The answer for us-east-1.
    GetBucketLocation: ({ response }) => sendXml(response, 'LocationConstraint', ''),
    GetBucketVersioning: ({ response }) => {
      const status = bucket.isVersioned ? element('Status', 'Enabled') : '';
      sendXml(response, 'VersioningConfiguration', status);
    },
    ListObjects: list,
    ListObjectVersions: list,
    ListObjectsV2: list,
    GetObject: getObject,
    HeadObject: getObject,
    PutObject: async (handled) => {
      const { request, response, operation, payload } = handled;
      const [headers, tags] = [storedHeaders(request.headers), requestTags(handled)];
      const written = { headers, tags, source: payload() };
      const object = await bucket.put(operation.key, written, conditionsOf(request.headers), 'PutObject');
      response.writeHead(200, { etag: object.etag, ...versionHeader(bucket, object) }).end();
    },
    DeleteObject: (handled) => {
      const { request, response, operation } = handled;
      const { 'if-match': ifMatch } = request.headers;
      const doomed = { key: operation.key, versionId: versionIdOf(operation), ifMatch };
      const deleted = bucket.transaction(() => deleteObject(bucket, handled, doomed));
      response.writeHead(204, {
        ...(deleted ? { 'x-amz-version-id': deleted.versionId } : {}),
        ...(deleted?.isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
      });
      response.end();
    },
    DeleteObjects: (handled) => deleteObjects(bucket, handled),
    ...createMultipartHandlers(bucket),
    ...createCopyHandlers(bucket, bucketName),
    ...createTagHandlers(bucket),
  };
}

async function sendObject(bucket: Bucket, handled: S3Request): Promise<void> {
  const { request, response, operation } = handled;
  const object = namedObject(bucket, handled);
  const headers = { ...answerHeaders(object, operation), ...versionHeader(bucket, object) };
  const status = conditionalStatus(request.headers, object);
  if (status === 412) throw s3Error('PreconditionFailed');
  if (status === 304) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = wantedRange(request.headers, object);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${object.size}`);
    throw s3Error('InvalidRange');
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

/**
 * Deletes an object or one version. Conditions are for the current version alone, so S3 does not implement them
 * together with a version. One that names an ETag needs the right to read (S3 User Guide, "How to perform conditional
 * deletes").
 * @throws AwsError
 */
function deleteObject(bucket: Bucket, { may }: S3Request, doomed: Doomed) {
  const { key, versionId, ifMatch } = doomed;
  if (ifMatch !== undefined && versionId !== undefined) {
    throw s3Error('NotImplemented', 'If-Match is not implemented for a version');
  }
  if (ifMatch !== undefined && ifMatch !== '*' && !may('s3:GetObject', key)) throw s3Error('AccessDenied');
  return bucket.remove(doomed);
}

async function deleteObjects(bucket: Bucket, handled: S3Request): Promise<void> {
  const xml = await readXml(handled.payload());
  const isQuiet = innerText(xml, 'Quiet') === 'true';
  const objects = innerXml(xml, 'Object');
  if (objects.length === 0 || objects.length > 1000) throw s3Error('MalformedXML');
  const answerTo = (object: string): string => {
    const key = innerText(object, 'Key') ?? '';
    const versionId = innerText(object, 'VersionId');
    const named = element('Key', key) + (versionId === undefined ? '' : element('VersionId', versionId));
    try {
      const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
      if (!handled.may(action, key)) throw s3Error('AccessDenied');
      if (versionId !== undefined && !isVersionId(versionId)) {
        throw s3Error('NoSuchVersion');
      }
      const ifMatch = innerText(object, 'ETag');
      const deleted = deleteObject(bucket, handled, { key, versionId, ifMatch });
      const marker = deleted?.isDeleteMarker
        ? element('DeleteMarker', true) + element('DeleteMarkerVersionId', deleted.versionId)
        : '';
      return isQuiet ? '' : `<Deleted>${named}${marker}</Deleted>`;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code, message } = error;
      return `<Error>${named}${element('Code', code)}${element('Message', message)}</Error>`;
    }
  };
  const results = bucket.transaction(() => objects.map(answerTo));
  sendXml(handled.response, 'DeleteResult', results.join(''));
}
