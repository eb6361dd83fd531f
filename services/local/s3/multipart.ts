import type { Bucket, Upload } from './bucket.ts';
import { s3Error } from './errors.ts';
import { conditionsOf, storedHeaders, versionHeader } from './object-headers.ts';
import { type Handler, type Operation, type OperationName, queryValue } from './operation.ts';
import { requestTags } from './tags.ts';
import { element, innerText, innerXml, readXml, sendXml } from './xml.ts';

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
      const id = bucket.createUpload({ key: operation.key, headers, tags, hasSha256 });
      sendXml(response, 'InitiateMultipartUploadResult', identity(operation) + element('UploadId', id));
    },
    UploadPart: async ({ request, response, operation, payload }) => {
      const sha256 = request.headers['x-amz-checksum-sha256']?.toString();
      const number = partNumber(operation);
      const upload = bucket.upload(uploadId(operation), operation.key);
      checkChecksum(upload, sha256);
      const { md5 } = await bucket.putPart(upload, { number, source: payload(), sha256 });
      response.writeHead(200, { etag: `"${md5}"` }).end();
    },
    ListParts: ({ response, operation }) => {
      sendXml(response, 'ListPartsResult', listParts(bucket, operation));
    },
    CompleteMultipartUpload: async ({ request, response, operation, payload }) => {
      const conditions = conditionsOf(request.headers);
      const readChosen = async () =>
        innerXml(await readXml(payload()), 'Part').map((part) => {
          const number = Number(innerText(part, 'PartNumber'));
          const etag = innerText(part, 'ETag');
          if (!Number.isInteger(number) || etag === undefined) throw s3Error('MalformedXML');
          return { number, etag, sha256: innerText(part, 'ChecksumSHA256') };
        });
      const id = uploadId(operation);
      const object = await bucket.completeUpload(id, operation.key, readChosen, conditions);
      const content = identity(operation) + element('ETag', object.etag);
      sendXml(response, 'CompleteMultipartUploadResult', content, versionHeader(bucket, object));
    },
    ListMultipartUploads: ({ response, operation }) => {
      sendXml(response, 'ListMultipartUploadsResult', listUploads(bucket, operation));
    },
    AbortMultipartUpload: ({ response, operation }) => {
      bucket.dropUpload(bucket.upload(uploadId(operation), operation.key).id);
      response.writeHead(204).end();
    },
  };
}

/** @throws AwsError if the parts of this upload need a SHA-256 and there is none, or the other way round */
export function checkChecksum({ hasSha256 }: Upload, sha256: string | undefined): void {
  if (hasSha256 === (sha256 !== undefined)) return;
  const [expected, actual] = hasSha256 ? ['sha256', 'null'] : ['null', 'sha256'];
  throw s3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  );
}

function listParts(bucket: Bucket, operation: Operation): string {
  const { id } = bucket.upload(uploadId(operation), operation.key);
  const after = Number(queryValue(operation, 'part-number-marker') ?? '0');
  const most = Math.min(Number(queryValue(operation, 'max-parts') ?? '1000'), 1000);
  const left = bucket.parts(id, after, most + 1);
  const shown = left.slice(0, most);
  return [
    identity(operation),
    element('UploadId', id),
    element('MaxParts', most),
    element('NextPartNumberMarker', shown.at(-1)?.number ?? after),
    element('IsTruncated', left.length > shown.length),
    ...shown.map(({ number, md5, size, lastModifiedMs, sha256 }) => {
      const members = [
        element('PartNumber', number),
        element('LastModified', new Date(lastModifiedMs).toISOString()),
        element('ETag', `"${md5}"`),
        element('Size', size),
        ...(sha256 === undefined ? [] : [element('ChecksumSHA256', sha256)]),
      ];
      return `<Part>${members.join('')}</Part>`;
    }),
  ].join('');
}

function listUploads(bucket: Bucket, operation: Operation): string {
  const prefix = queryValue(operation, 'prefix') ?? '';
  const most = Math.min(Number(queryValue(operation, 'max-uploads') ?? '1000'), 1000);
  const after = queryValue(operation, 'key-marker') ?? '';
  const afterId = queryValue(operation, 'upload-id-marker') ?? '~';
  const left = bucket.uploadsAfter(after, afterId).filter(({ key }) => key.startsWith(prefix));
  const shown = left.slice(0, most);
  return [
    element('Bucket', operation.bucket),
    element('NextKeyMarker', shown.at(-1)?.key ?? ''),
    element('NextUploadIdMarker', shown.at(-1)?.id ?? ''),
    element('MaxUploads', most),
    element('IsTruncated', left.length > shown.length),
    ...shown.map(({ key, id, startedAtMs }) => {
      const initiated = element('Initiated', new Date(startedAtMs).toISOString());
      return `<Upload>${element('Key', key)}${element('UploadId', id)}${initiated}</Upload>`;
    }),
  ].join('');
}

export function partNumber(operation: Operation): number {
  const number = Number(queryValue(operation, 'partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  return number;
}

export function uploadId(operation: Operation): string {
  return queryValue(operation, 'uploadId') ?? '';
}

function identity({ bucket, key }: Operation): string {
  return element('Bucket', bucket) + element('Key', key);
}
