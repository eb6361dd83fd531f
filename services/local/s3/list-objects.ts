import { uriEncodePath } from '../store/uri.ts';
import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import { type Operation, queryValue } from './operation.ts';
import { isObject, isVersionId, NULL_ID, type Version, type Versions } from './versions.ts';
import { element } from './xml.ts';

interface Item {
  /** A key, or a common prefix. */
  name: string;
  /** Undefined for a common prefix. */
  version?: Version;
  isLatest: boolean;
}

interface Page {
  items: Item[];
  isTruncated: boolean;
}

/** The place after which a page begins. */
interface Place {
  name: string;
  /** Undefined after all versions of the key. */
  versionId?: string | undefined;
}

/**
 * ListObjects in both versions, and ListObjectVersions.
 * @returns the root element, and the XML in it
 * @throws S3Error InvalidArgument
 */
export function listObjects({ versions }: Bucket, operation: Operation): [root: string, content: string] {
  const value = (name: string) => queryValue(operation, name) ?? '';
  const [prefix, delimiter] = [value('prefix'), value('delimiter')];
  const rawMaxKeys = queryValue(operation, 'max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(rawMaxKeys)) throw new S3Error('InvalidArgument', 'max-keys must be a number');
  const maxKeys = Math.min(Number(rawMaxKeys), 1000);
  const isEncoded = value('encoding-type') === 'url';
  const shown = (text: string) => (isEncoded ? uriEncodePath(text) : text);
  const { after, places } = placesOf(operation, shown);
  const isOfVersions = operation.name === 'ListObjectVersions';
  const { items, isTruncated } = pageOf(versions, { prefix, delimiter, after, maxKeys, isOfVersions });
  const content = [
    element('Name', operation.bucket),
    element('Prefix', shown(prefix)),
    ...(delimiter === '' ? [] : [element('Delimiter', shown(delimiter))]),
    element('MaxKeys', maxKeys),
    ...(isEncoded ? [element('EncodingType', 'url')] : []),
    element('IsTruncated', isTruncated),
    ...places({ items, isTruncated }),
    ...items.map((item) => entryOf(item, shown, isOfVersions)),
  ];
  return [isOfVersions ? 'ListVersionsResult' : 'ListBucketResult', content.join('')];
}

function entryOf(
  { name, version, isLatest }: Item,
  shown: (text: string) => string,
  isOfVersions: boolean,
): string {
  if (!version) return `<CommonPrefixes>${element('Prefix', shown(name))}</CommonPrefixes>`;
  const tag = !isOfVersions ? 'Contents' : isObject(version) ? 'Version' : 'DeleteMarker';
  return `<${tag}>${[
    element('Key', shown(name)),
    ...(isOfVersions ? [element('VersionId', version.versionId), element('IsLatest', isLatest)] : []),
    element('LastModified', new Date(version.lastModifiedMs).toISOString()),
    ...(isObject(version)
      ? [element('ETag', version.etag), element('Size', version.size), element('StorageClass', 'STANDARD')]
      : []),
  ].join('')}</${tag}>`;
}

/** Where a page begins, and how its answer names its own place and the next. Each operation has other names. */
function placesOf(operation: Operation, shown: (text: string) => string) {
  const value = (name: string) => queryValue(operation, name) ?? '';
  const next = ({ items, isTruncated }: Page, name: string, of: (item: Item) => string) =>
    isTruncated ? items.slice(-1).map((item) => element(name, of(item))) : [];
  if (operation.name === 'ListObjectVersions') {
    const after = versionPlace(value('key-marker'), queryValue(operation, 'version-id-marker'));
    const places = (page: Page) => [
      element('KeyMarker', shown(after.name)),
      element('VersionIdMarker', after.versionId ?? ''),
      ...next(page, 'NextKeyMarker', ({ name }) => shown(name)),
      ...(page.items.at(-1)?.version
        ? next(page, 'NextVersionIdMarker', ({ version }) => version?.versionId ?? '')
        : []),
    ];
    return { after, places };
  }
  if (operation.name === 'ListObjects') {
    const name = value('marker');
    const places = (page: Page) => [
      element('Marker', shown(name)),
      ...next(page, 'NextMarker', (item) => shown(item.name)),
    ];
    return { after: { name }, places };
  }
  const startAfter = value('start-after');
  const token = queryValue(operation, 'continuation-token');
  const places = (page: Page) => [
    ...(startAfter === '' ? [] : [element('StartAfter', shown(startAfter))]),
    ...(token === undefined ? [] : [element('ContinuationToken', token)]),
    element('KeyCount', page.items.length),
    ...next(page, 'NextContinuationToken', ({ name }) => Buffer.from(name).toString('base64url')),
  ];
  return { after: { name: token === undefined ? startAfter : parseToken(token) }, places };
}

function versionPlace(name: string, versionId: string | undefined): Place {
  if (versionId === undefined || versionId === '') return { name };
  if (name === '') {
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
  }
  if (!isVersionId(versionId)) throw new S3Error('InvalidArgument', 'Invalid version id specified');
  return { name, versionId };
}

interface Wanted {
  prefix: string;
  delimiter: string;
  after: Place;
  maxKeys: number;
  isOfVersions: boolean;
}

/** Keys and common prefixes in one order, because both count against max-keys. */
function pageOf(versions: Versions, wanted: Wanted): Page {
  const { prefix, delimiter, after, maxKeys, isOfVersions } = wanted;
  const items: Item[] = [];
  const keys = versions.keys();
  const first = Math.max(indexFrom(keys, prefix), indexFrom(keys, after.name));
  for (const key of keys.slice(first)) {
    if (!key.startsWith(prefix)) break;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + delimiter.length);
    const all = versions.all(key);
    for (const version of isOfVersions ? all : all.slice(0, 1).filter(isObject)) {
      // A token names the last item. If that is a common prefix, all its keys are past as well.
      const isPast =
        (name === after.name || key === after.name) &&
        !(key === after.name && isOlder(version, after.versionId, all));
      if (isPast || (end >= 0 && name === items.at(-1)?.name)) continue;
      if (items.length >= maxKeys) return { items, isTruncated: maxKeys > 0 };
      items.push({ name, isLatest: version === all[0], ...(end < 0 ? { version } : {}) });
    }
  }
  return { items, isTruncated: false };
}

/** Whether a version comes after the named one. That may be gone. Then its id, which is of its time, decides. */
function isOlder(version: Version, versionId: string | undefined, all: readonly Version[]): boolean {
  if (versionId === undefined) return false;
  const index = all.findIndex((each) => each.versionId === versionId);
  if (index >= 0) return all.indexOf(version) > index;
  return version.versionId === NULL_ID || version.versionId < versionId;
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
