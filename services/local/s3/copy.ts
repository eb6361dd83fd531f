import { decodePath, parseQuery } from '../store/uri.ts';
import { type Bucket, isObject, isVersionId, type StoredObject, type Tags } from './bucket.ts';
import { s3Error } from './errors.ts';
import { checkChecksum, partNumber, uploadId } from './multipart.ts';
import { conditionalStatus, conditionsOf, storedHeaders, versionHeader } from './object-headers.ts';
import { COPY_SOURCE, type Handler, type S3Request } from './operation.ts';
import { LIMIT_BYTES } from './payload.ts';
import { requestTags } from './tags.ts';
import { element, sendXml } from './xml.ts';

interface Source {
  key: string;
  /** Undefined for the current version. */
  versionId: string | undefined;
  object: StoredObject;
}

/** Copies within the one bucket. The bytes are written once more. */
export function createCopyHandlers(
  bucket: Bucket,
  bucketName: string,
): Record<'CopyObject' | 'UploadPartCopy', Handler> {
  /**
   * The caller needs the right to read the source (Amazon S3 API Reference, CopyObject). A version of it needs the right
   * to read versions. Every condition that does not hold is 412.
   */
  function sourceOf({ request: { headers }, may, missing }: S3Request): Source {
    const { name, key, versionId } = parseSource(String(headers[COPY_SOURCE]));
    if (name !== bucketName) throw s3Error('NoSuchBucket');
    const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
    if (!may(action, key, versionId)) throw s3Error('AccessDenied');
    const object = bucket.find(key, versionId);
    if (versionId !== undefined && object && !isObject(object)) {
      throw s3Error('InvalidRequest', 'The source of a copy must not be a delete marker.');
    }
    if (!isObject(object)) throw missing(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    const conditions = Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(`${COPY_SOURCE}-if-`) ? [[name.slice(COPY_SOURCE.length + 1), value]] : [],
    );
    if (conditionalStatus(Object.fromEntries(conditions), object)) throw s3Error('PreconditionFailed');
    return { key, versionId, object };
  }

  const sourceHeader = (object: StoredObject) =>
    versionHeader(bucket, object, 'x-amz-copy-source-version-id');

  return {
    CopyObject: async (handled) => {
      const { request, response, operation } = handled;
      const conditions = conditionsOf(request.headers);
      const { key, versionId, object } = sourceOf(handled);
      const replaces = isReplaced(handled, 'metadata');
      if (key === operation.key && versionId === undefined && !replaces) {
        throw s3Error('InvalidRequest');
      }
      checkSize(object.size);
      const headers = replaces ? storedHeaders(request.headers) : object.headers;
      const tags = isReplaced(handled, 'tagging')
        ? requestTags(handled)
        : tagsOf(handled, { key, versionId, object });
      const source = bucket.read(object, 0, object.size);
      const copy = await bucket.put(operation.key, { headers, tags, source }, conditions, 'CopyObject');
      const named = { ...versionHeader(bucket, copy), ...sourceHeader(object) };
      sendXml(response, 'CopyObjectResult', copyResult(copy.etag, copy.lastModifiedMs), named);
    },
    UploadPartCopy: async (handled) => {
      const { request, response, operation } = handled;
      const { object } = sourceOf(handled);
      const range = request.headers['x-amz-copy-source-range'];
      const [, first, last] =
        /^bytes=(\d+)-(\d+)$/.exec(range?.toString() ?? `bytes=0-${object.size - 1}`) ?? [];
      const end = Number(last) + 1;
      if (!(end <= object.size && Number(first) < end)) {
        throw s3Error('InvalidArgument', 'The x-amz-copy-source-range value is none of the source');
      }
      checkSize(end - Number(first));
      const source = bucket.read(object, Number(first), end);
      const number = partNumber(operation);
      const upload = bucket.upload(uploadId(operation), operation.key);
      checkChecksum(upload, undefined);
      const { md5 } = await bucket.putPart(upload, { number, source });
      sendXml(response, 'CopyPartResult', copyResult(`"${md5}"`, Date.now()), sourceHeader(object));
    },
  };
}

/** Reads `<bucket>/<key>`, percent-encoded, perhaps with a leading slash or `?versionId=…`. */
function parseSource(raw: string): { name: string; key: string; versionId: string | undefined } {
  const [name = '', ...rest] = decodePath(raw.replace(/^\//, '')).split('/');
  const versionId = parseQuery(raw).find(([name]) => name === 'versionId')?.[1];
  if (versionId !== undefined && !isVersionId(versionId)) {
    throw s3Error('InvalidArgument');
  }
  return { name, key: rest.join('/'), versionId };
}

/** Whether the copy gets headers or tags of its own. By default it has those of the source. */
function isReplaced({ request }: S3Request, what: 'metadata' | 'tagging'): boolean {
  const directive = request.headers[`x-amz-${what}-directive`];
  if (directive === undefined || directive === 'COPY') return false;
  if (directive === 'REPLACE') return true;
  throw s3Error('InvalidArgument', `Unknown ${what} directive.`);
}

/** The tags that go along. The caller needs the rights to read and to write them. */
function tagsOf({ may, operation }: S3Request, { key, versionId, object }: Source): Tags {
  if (Object.keys(object.tags).length === 0) return {};
  const action = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  if (may(action, key, versionId) && may('s3:PutObjectTagging', operation.key)) return object.tags;
  throw s3Error('AccessDenied');
}

function checkSize(bytes: number): void {
  if (bytes <= LIMIT_BYTES) return;
  throw s3Error(
    'InvalidRequest',
    `The specified copy source is larger than the maximum allowable size for a copy source: ${LIMIT_BYTES}`,
  );
}

function copyResult(etag: string, lastModifiedMs: number): string {
  return element('LastModified', new Date(lastModifiedMs).toISOString()) + element('ETag', etag);
}
