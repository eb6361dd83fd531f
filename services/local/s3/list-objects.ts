import { uriEncode } from '../store/uri.ts';
import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { type Operation, queryValue } from './operation.ts';
import { element, xmlDocument } from './xml.ts';

/**
 * ListObjects in both versions, and ListObjectVersions, as XML. The bucket keeps one version, named `null`.
 * @throws S3Error InvalidArgument
 */
export function listObjects(bucket: Bucket, operation: Operation): string {
  const prefix = queryValue(operation, 'prefix') ?? '';
  const delimiter = queryValue(operation, 'delimiter') ?? '';
  const startAfter = queryValue(operation, 'start-after') ?? '';
  const token = queryValue(operation, 'continuation-token');
  const rawMaxKeys = queryValue(operation, 'max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(rawMaxKeys)) throw new S3Error('InvalidArgument', 'max-keys must be a number');
  const maxKeys = Math.min(Number(rawMaxKeys), 1000);
  const isEncoded = queryValue(operation, 'encoding-type') === 'url';
  const shown = (text: string) => (isEncoded ? uriEncode(text, '/') : text);

  const isOfVersions = operation.name === 'ListObjectVersions';
  const isFirstVersion = operation.name === 'ListObjects';
  const marker = queryValue(operation, isOfVersions ? 'key-marker' : 'marker') ?? '';
  const after =
    isFirstVersion || isOfVersions ? marker : token === undefined ? startAfter : parseToken(token);
  const { items, isTruncated } = page(bucket.keys(), prefix, delimiter, after, maxKeys);
  const next = (name: string, of: (item: string) => string) =>
    isTruncated ? items.slice(-1).map((item) => element(name, of(item))) : [];
  const entries = items.map((item) => {
    const object = bucket.get(item);
    if (isRolledUp(item, prefix, delimiter) || !object) {
      return `<CommonPrefixes>${element('Prefix', shown(item))}</CommonPrefixes>`;
    }
    const tag = isOfVersions ? 'Version' : 'Contents';
    return `<${tag}>${[
      element('Key', shown(item)),
      element('LastModified', new Date(object.lastModifiedMs).toISOString()),
      element('ETag', object.etag),
      element('Size', object.size),
      element('StorageClass', 'STANDARD'),
      ...(isOfVersions ? [element('VersionId', 'null'), element('IsLatest', true)] : []),
    ].join('')}</${tag}>`;
  });
  return xmlDocument(
    isOfVersions ? 'ListVersionsResult' : 'ListBucketResult',
    [
      element('Name', operation.bucket),
      element('Prefix', shown(prefix)),
      ...(delimiter === '' ? [] : [element('Delimiter', shown(delimiter))]),
      element('MaxKeys', maxKeys),
      ...(isEncoded ? [element('EncodingType', 'url')] : []),
      element('IsTruncated', isTruncated),
      ...(isOfVersions
        ? [
            element('KeyMarker', shown(marker)),
            ...next('NextKeyMarker', shown),
            ...next('NextVersionIdMarker', () => 'null'),
          ]
        : isFirstVersion
          ? [element('Marker', shown(marker)), ...next('NextMarker', shown)]
          : [
              ...(startAfter === '' ? [] : [element('StartAfter', shown(startAfter))]),
              ...(token === undefined ? [] : [element('ContinuationToken', token)]),
              element('KeyCount', items.length),
              ...next('NextContinuationToken', (item) => Buffer.from(item).toString('base64url')),
            ]),
      ...entries,
    ].join(''),
  );
}

/** Keys and common prefixes in one order, because both count against max-keys. */
function page(
  keys: readonly string[],
  prefix: string,
  delimiter: string,
  after: string,
  maxKeys: number,
): { items: string[]; isTruncated: boolean } {
  const items: string[] = [];
  const afterBytes = Buffer.from(after);
  const first = Math.max(indexFrom(keys, prefix), indexFrom(keys, after));
  for (let index = first; index < keys.length; index++) {
    const key = keys[index] ?? '';
    if (!key.startsWith(prefix)) break;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const item = end < 0 ? key : key.slice(0, end + delimiter.length);
    // A token names the last item. If that is a common prefix, all its keys are past as well.
    const isPast = item === after || Buffer.compare(Buffer.from(key), afterBytes) <= 0;
    if (isPast || item === items.at(-1)) continue;
    if (items.length >= maxKeys) return { items, isTruncated: maxKeys > 0 };
    items.push(item);
  }
  return { items, isTruncated: false };
}

/** The index of the first key that is not before this text, in the order of their bytes. */
function indexFrom(keys: readonly string[], text: string): number {
  const bytes = Buffer.from(text);
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(Buffer.from(keys[middle] ?? ''), bytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isRolledUp(item: string, prefix: string, delimiter: string): boolean {
  return delimiter !== '' && item.indexOf(delimiter, prefix.length) >= 0;
}

function parseToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.toString('base64url') !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return bytes.toString();
}
