import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { conditionsOf, storedHeaders, versionHeader } from './object-headers.ts';
import { type Handler, type Operation, type OperationName, queryValue } from './operation.ts';
import { requestTags } from './tags.ts';
import type { Upload } from './uploads.ts';
import { element, innerText, innerXml, malformedXml, readXml, sendXml } from './xml.ts';

type MultipartOperation = Exclude<
  Extract<OperationName, `${string}Multipart${string}` | `${string}Part${string}`>,
  'UploadPartCopy'
>;

export function createMultipartHandlers(bucket: Bucket): Record<MultipartOperation, Handler> {
  return {
    CreateMultipartUpload: (handled) => {
      const { request, response, operation } = handled;
      const hasSha256 = request.headers['x-amz-checksum-algorithm'] === 'SHA256';
      const [headers, tags] = [storedHeaders(request.headers), requestTags(handled)];
      const id = bucket.uploads.create({ key: operation.key, headers, tags, hasSha256 });
      sendXml(response, 'InitiateMultipartUploadResult', identity(operation) + element('UploadId', id));
    },
    UploadPart: async ({ request, response, operation, payload }) => {
      const sha256 = request.headers['x-amz-checksum-sha256']?.toString();
      const part = { number: partNumber(operation), source: payload(), sha256 };
      const { md5 } = await bucket.uploads.putPart(uploadId(operation), operation.key, part);
      response.writeHead(200, { etag: `"${md5}"` }).end();
    },
    ListParts: ({ response, operation }) => {
      const upload = bucket.uploads.get(uploadId(operation), operation.key);
      sendXml(response, 'ListPartsResult', listParts(operation, upload));
    },
    CompleteMultipartUpload: async ({ request, response, operation, payload }) => {
      const conditions = conditionsOf(request.headers);
      const readChosen = async () =>
        innerXml(await readXml(payload()), 'Part').map((part) => {
          const number = Number(innerText(part, 'PartNumber'));
          const etag = innerText(part, 'ETag');
          if (!Number.isInteger(number) || etag === undefined) throw malformedXml();
          return { number, etag, sha256: innerText(part, 'ChecksumSHA256') };
        });
      const { key } = operation;
      const id = uploadId(operation);
      const object = await bucket.completeUpload(id, key, readChosen, conditions);
      const content = identity(operation) + element('ETag', object.etag);
      sendXml(response, 'CompleteMultipartUploadResult', content, versionHeader(bucket.versions, object));
    },
    ListMultipartUploads: ({ response, operation }) => {
      sendXml(response, 'ListMultipartUploadsResult', listUploads(operation, [...bucket.uploads.all()]));
    },
    AbortMultipartUpload: ({ response, operation }) => {
      const id = uploadId(operation);
      bucket.uploads.get(id, operation.key);
      bucket.uploads.drop(id);
      response.writeHead(204).end();
    },
  };
}

function listParts(operation: Operation, { parts }: Upload): string {
  const after = Number(queryValue(operation, 'part-number-marker') ?? '0');
  const most = Math.min(Number(queryValue(operation, 'max-parts') ?? '1000'), 1000);
  const left = Object.entries(parts).filter(([number]) => Number(number) > after);
  const shown = left.slice(0, most).map(([number, { md5, size, lastModifiedMs, sha256 }]) => {
    const members = [
      element('PartNumber', number),
      element('LastModified', new Date(lastModifiedMs).toISOString()),
      element('ETag', `"${md5}"`),
      element('Size', size),
      ...(sha256 === undefined ? [] : [element('ChecksumSHA256', sha256)]),
    ];
    return `<Part>${members.join('')}</Part>`;
  });
  return [
    identity(operation),
    element('UploadId', uploadId(operation)),
    element('MaxParts', most),
    element('NextPartNumberMarker', left[shown.length - 1]?.[0] ?? after),
    element('IsTruncated', left.length > shown.length),
    ...shown,
  ].join('');
}

function listUploads(operation: Operation, uploads: [id: string, upload: Upload][]): string {
  const prefix = queryValue(operation, 'prefix') ?? '';
  const most = Math.min(Number(queryValue(operation, 'max-uploads') ?? '1000'), 1000);
  const after = queryValue(operation, 'key-marker');
  const place = (key: string, id: string) => Buffer.from(`${key}\0${id}`);
  const afterId = queryValue(operation, 'upload-id-marker') ?? '\u{10ffff}';
  const start = after === undefined ? Buffer.of() : place(after, afterId);
  const left = uploads
    .filter(([id, { key }]) => key.startsWith(prefix) && Buffer.compare(place(key, id), start) > 0)
    .sort(([a, { key: first }], [b, { key: second }]) => Buffer.compare(place(first, a), place(second, b)));
  const shown = left.slice(0, most).map(([id, { key, startedAtMs }]) => {
    const initiated = element('Initiated', new Date(startedAtMs).toISOString());
    return `<Upload>${element('Key', key)}${element('UploadId', id)}${initiated}</Upload>`;
  });
  const [lastId = '', last] = left[shown.length - 1] ?? [];
  return [
    element('Bucket', operation.bucket),
    element('NextKeyMarker', last?.key ?? ''),
    element('NextUploadIdMarker', lastId),
    element('MaxUploads', most),
    element('IsTruncated', left.length > shown.length),
    ...shown,
  ].join('');
}

export function partNumber(operation: Operation): number {
  const number = Number(queryValue(operation, 'partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  return number;
}

export function uploadId(operation: Operation): string {
  return queryValue(operation, 'uploadId') ?? '';
}

function identity({ bucket, key }: Operation): string {
  return element('Bucket', bucket) + element('Key', key);
}
