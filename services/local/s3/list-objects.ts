import { uriEncodePath } from '../store/uri.ts';
import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { type Operation, queryValue } from './operation.ts';
import { element } from './xml.ts';

interface Page {
  items: string[];
  isTruncated: boolean;
}

/**
 * ListObjects in both versions, and ListObjectVersions. The bucket keeps one version, named `null`.
 * @returns the root element, and the XML in it
 * @throws S3Error InvalidArgument
 */
export function listObjects(bucket: Bucket, operation: Operation): [root: string, content: string] {
  const value = (name: string) => queryValue(operation, name) ?? '';
  const [prefix, delimiter] = [value('prefix'), value('delimiter')];
  const rawMaxKeys = queryValue(operation, 'max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(rawMaxKeys)) throw new S3Error('InvalidArgument', 'max-keys must be a number');
  const maxKeys = Math.min(Number(rawMaxKeys), 1000);
  const isEncoded = value('encoding-type') === 'url';
  const shown = (text: string) => (isEncoded ? uriEncodePath(text) : text);
  const { after, places } = placesOf(operation, shown);
  const { items, isTruncated } = pageOf(bucket.keys(), { prefix, delimiter, after, maxKeys });
  const isOfVersions = operation.name === 'ListObjectVersions';
  const tag = isOfVersions ? 'Version' : 'Contents';
  const entries = items.map((item) => {
    const object = bucket.get(item);
    if ((delimiter !== '' && item.includes(delimiter, prefix.length)) || !object) {
      return `<CommonPrefixes>${element('Prefix', shown(item))}</CommonPrefixes>`;
    }
    return `<${tag}>${[
      element('Key', shown(item)),
      element('LastModified', new Date(object.lastModifiedMs).toISOString()),
      element('ETag', object.etag),
      element('Size', object.size),
      element('StorageClass', 'STANDARD'),
      ...(isOfVersions ? [element('VersionId', 'null'), element('IsLatest', true)] : []),
    ].join('')}</${tag}>`;
  });
  const content = [
    element('Name', operation.bucket),
    element('Prefix', shown(prefix)),
    ...(delimiter === '' ? [] : [element('Delimiter', shown(delimiter))]),
    element('MaxKeys', maxKeys),
    ...(isEncoded ? [element('EncodingType', 'url')] : []),
    element('IsTruncated', isTruncated),
    ...places({ items, isTruncated }),
    ...entries,
  ];
  return [isOfVersions ? 'ListVersionsResult' : 'ListBucketResult', content.join('')];
}

/** Where a page begins, and how its answer names its own place and the next. Each operation has other names. */
function placesOf(operation: Operation, shown: (text: string) => string) {
  const value = (name: string) => queryValue(operation, name) ?? '';
  const next = ({ items, isTruncated }: Page, name: string, of: (item: string) => string) =>
    isTruncated ? items.slice(-1).map((item) => element(name, of(item))) : [];
  if (operation.name === 'ListObjectVersions') {
    const after = value('key-marker');
    const places = (page: Page) => [
      element('KeyMarker', shown(after)),
      ...next(page, 'NextKeyMarker', shown),
      ...next(page, 'NextVersionIdMarker', () => 'null'),
    ];
    return { after, places };
  }
  if (operation.name === 'ListObjects') {
    const after = value('marker');
    return {
      after,
      places: (page: Page) => [element('Marker', shown(after)), ...next(page, 'NextMarker', shown)],
    };
  }
  const startAfter = value('start-after');
  const token = queryValue(operation, 'continuation-token');
  const places = (page: Page) => [
    ...(startAfter === '' ? [] : [element('StartAfter', shown(startAfter))]),
    ...(token === undefined ? [] : [element('ContinuationToken', token)]),
    element('KeyCount', page.items.length),
    ...next(page, 'NextContinuationToken', (item) => Buffer.from(item).toString('base64url')),
  ];
  return { after: token === undefined ? startAfter : parseToken(token), places };
}

/** Keys and common prefixes in one order, because both count against max-keys. */
function pageOf(
  keys: readonly string[],
  wanted: { prefix: string; delimiter: string; after: string; maxKeys: number },
): Page {
  const { prefix, delimiter, after, maxKeys } = wanted;
  const items: string[] = [];
  const afterBytes = Buffer.from(after);
  const first = Math.max(indexFrom(keys, prefix), indexFrom(keys, after));
  for (const key of keys.slice(first)) {
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

function parseToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.toString('base64url') !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return bytes.toString();
}
