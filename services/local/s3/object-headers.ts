import type { IncomingHttpHeaders } from 'node:http';
import { type Bucket, NULL_ID, type StoredObject, type WriteConditions } from './bucket.ts';
import { s3Error } from './errors.ts';
import { type Operation, queryValue } from './operation.ts';

const KEPT = ['cache-control', 'content-disposition', 'content-language', 'expires'];

/** The headers that are stored with the object; names in lower case. */
export function storedHeaders(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept = Object.entries(fields).filter(
    ([name, value]) => typeof value === 'string' && (KEPT.includes(name) || name.startsWith('x-amz-meta-')),
  );
  const encodings = String(fields['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return {
    'content-type': String(fields['content-type'] ?? '') || 'binary/octet-stream',
    ...(encodings.length > 0 ? { 'content-encoding': encodings.join(',') } : {}),
    ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
  };
}

/** Names the version that an operation has read or written. A bucket without versions names none. */
export function versionHeader(
  { isVersioned }: Bucket,
  { versionId }: Pick<StoredObject, 'versionId'>,
  name = 'x-amz-version-id',
): Record<string, string> {
  return isVersioned || versionId !== NULL_ID ? { [name]: versionId } : {};
}

/** The headers of an answer. A signed query overrides some of them (`response-content-type` and similar). */
export function answerHeaders(object: StoredObject, operation: Operation): Record<string, string> {
  const overrides = ['content-type', 'content-encoding', ...KEPT].flatMap((name) => {
    const value = queryValue(operation, `response-${name}`);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...object.headers,
    ...Object.fromEntries(overrides),
    etag: object.etag,
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** The status that conditional headers demand (RFC 9110, section 13.2.2); undefined to go on. */
export function conditionalStatus(headers: IncomingHttpHeaders, object: StoredObject): 304 | 412 | undefined {
  const lastModified = Math.floor(object.lastModifiedMs / 1000) * 1000;
  const lists = (header: string) =>
    header.split(',').some((tag) => ['*', object.etag].includes(tag.trim().replace(/^W\//, '')));
  const ifMatch = headers['if-match'];
  const ifUnmodifiedSince = Date.parse(headers['if-unmodified-since'] ?? '');
  if (ifMatch === undefined ? lastModified > ifUnmodifiedSince : !lists(ifMatch)) return 412;
  const ifNoneMatch = headers['if-none-match'];
  const ifModifiedSince = Date.parse(headers['if-modified-since'] ?? '');
  if (ifNoneMatch === undefined ? lastModified <= ifModifiedSince : lists(ifNoneMatch)) return 304;
  return undefined;
}

/**
 * The one byte range that a request wants, `end` exclusive. Undefined for the whole object; also for several ranges,
 * and for an `If-Range` that does not match.
 */
export function wantedRange(
  headers: IncomingHttpHeaders,
  object: StoredObject,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const ifRange = headers['if-range']?.toString();
  const validators = [object.etag, new Date(object.lastModifiedMs).toUTCString()];
  if ((first === '' && last === '') || (ifRange !== undefined && !validators.includes(ifRange)))
    return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(object.size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? object.size : Math.min(Number(last) + 1, object.size);
  return start < end ? { start, end } : 'unsatisfiable';
}

/** The conditions of a write. */
export function conditionsOf(headers: IncomingHttpHeaders): WriteConditions {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw s3Error('NotImplemented', 'If-None-Match of a write takes * only');
  }
  if (ifMatch === '*') throw s3Error('NotImplemented', 'If-Match of a write takes an ETag only');
  return { ifMatch, ifNoneMatch };
}
