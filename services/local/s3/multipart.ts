import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { storedHeaders } from './object-headers.ts';
import { type Operation, type OperationName, queryValue } from './operation.ts';
import { conditionsOf, type Handler, malformedXml, readXml, sendXml } from './request.ts';
import { element, innerText, innerXml } from './xml.ts';

type MultipartOperation = Exclude<
  Extract<OperationName, `${string}Multipart${string}` | `${string}Part${string}`>,
  'UploadPartCopy'
>;

export function createMultipartHandlers(bucket: Bucket): Record<MultipartOperation, Handler> {
  return {
    CreateMultipartUpload: ({ request, response, operation }) => {
      const hasSha256 = request.headers['x-amz-checksum-algorithm'] === 'SHA256';
      const id = bucket.uploads.create(operation.key, storedHeaders(request.headers), hasSha256);
      sendXml(response, 'InitiateMultipartUploadResult', identity(operation) + element('UploadId', id));
    },
    UploadPart: async ({ request, response, operation, payload }) => {
      const number = partNumber(operation);
      const sha256 = request.headers['x-amz-checksum-sha256']?.toString();
      const id = uploadId(operation);
      const { md5 } = await bucket.uploads.putPart(id, operation.key, number, payload(), sha256);
      response.writeHead(200, { etag: `"${md5}"` }).end();
    },
    ListParts: ({ response, operation }) => {
      const id = uploadId(operation);
      const { parts } = bucket.uploads.get(id, operation.key);
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
      const marker = element('NextPartNumberMarker', left[shown.length - 1]?.[0] ?? after);
      const truncated = element('IsTruncated', left.length > shown.length);
      const content = [element('UploadId', id), element('MaxParts', most), marker, truncated, ...shown];
      sendXml(response, 'ListPartsResult', identity(operation) + content.join(''));
    },
    CompleteMultipartUpload: async ({ request, response, operation, payload }) => {
      const readChosen = async () =>
        innerXml(await readXml(payload()), 'Part').map((part) => {
          const number = Number(innerText(part, 'PartNumber'));
          const etag = innerText(part, 'ETag');
          if (!Number.isInteger(number) || etag === undefined) throw malformedXml();
          return { number, etag, sha256: innerText(part, 'ChecksumSHA256') };
        });
      const { key } = operation;
      const id = uploadId(operation);
      const { etag } = await bucket.completeUpload(id, key, readChosen, conditionsOf(request));
      sendXml(response, 'CompleteMultipartUploadResult', identity(operation) + element('ETag', etag));
    },
    ListMultipartUploads: ({ response, operation }) => {
      const prefix = queryValue(operation, 'prefix') ?? '';
      const most = Math.min(Number(queryValue(operation, 'max-uploads') ?? '1000'), 1000);
      const after = [queryValue(operation, 'key-marker'), queryValue(operation, 'upload-id-marker')];
      const place = (key: string, id: string) => Buffer.from(`${key}\0${id}`);
      const start = after[0] === undefined ? Buffer.of() : place(after[0], after[1] ?? '\u{10ffff}');
      const left = [...bucket.uploads.all()]
        .filter(([id, { key }]) => key.startsWith(prefix) && Buffer.compare(place(key, id), start) > 0)
        .sort(([a, { key: first }], [b, { key: second }]) =>
          Buffer.compare(place(first, a), place(second, b)),
        );
      const shown = left.slice(0, most).map(([id, { key, startedAtMs }]) => {
        const initiated = element('Initiated', new Date(startedAtMs).toISOString());
        return `<Upload>${element('Key', key)}${element('UploadId', id)}${initiated}</Upload>`;
      });
      const [lastId = '', last] = left[shown.length - 1] ?? [];
      const content = [
        element('Bucket', operation.bucket),
        element('NextKeyMarker', last?.key ?? ''),
        element('NextUploadIdMarker', lastId),
        element('MaxUploads', most),
        element('IsTruncated', left.length > shown.length),
        ...shown,
      ];
      sendXml(response, 'ListMultipartUploadsResult', content.join(''));
    },
    AbortMultipartUpload: ({ response, operation }) => {
      const id = uploadId(operation);
      bucket.uploads.get(id, operation.key);
      bucket.uploads.drop(id);
      response.writeHead(204).end();
    },
  };
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
