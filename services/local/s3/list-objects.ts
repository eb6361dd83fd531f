import { uriEncodePath } from '../store/uri.ts';
import { type Bucket, isObject, isVersionId, NULL_ID, type Version } from './bucket.ts';
import { s3Error } from './errors.ts';
import { type Operation, queryValue } from './operation.ts';
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
interface After {
  name: string;
  /** Undefined after all versions of the key. */
  versionId?: string | undefined;
}

/**
 * ListObjects in both versions, and ListObjectVersions.
 * @returns the root element, and the XML in it
 * @throws AwsError InvalidArgument
 */
export function listObjects(bucket: Bucket, operation: Operation): [root: string, content: string] {
  const value = (name: string) => queryValue(operation, name) ?? '';
  const [prefix, delimiter] = [value('prefix'), value('delimiter')];
  const rawMaxKeys = queryValue(operation, 'max-keys') ?? '1000';
  if (!/^\d{1,9}$/.test(rawMaxKeys)) throw s3Error('InvalidArgument', 'max-keys must be a number');
  const maxKeys = Math.min(Number(rawMaxKeys), 1000);
  const isEncoded = value('encoding-type') === 'url';
  const shown = (text: string) => (isEncoded ? uriEncodePath(text) : text);
  const { after, places } = placesOf(operation, shown);
  const isOfVersions = operation.name === 'ListObjectVersions';
  const { items, isTruncated } = pageOf(bucket, { prefix, delimiter, after, maxKeys, isOfVersions });
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
    const after = versionAfter(value('key-marker'), queryValue(operation, 'version-id-marker'));
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

function versionAfter(name: string, versionId: string | undefined): After {
  if (versionId === undefined || versionId === '') return { name };
  if (name === '') {
    throw s3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
  }
  if (!isVersionId(versionId)) throw s3Error('InvalidArgument');
  return { name, versionId };
}

interface Wanted {
  prefix: string;
  delimiter: string;
  after: After;
  maxKeys: number;
  isOfVersions: boolean;
}

/** Keys and common prefixes in one order, because both count against max-keys. */
function pageOf(bucket: Bucket, { prefix, delimiter, after, maxKeys, isOfVersions }: Wanted): Page {
  const items: Item[] = [];
  const afterPlace = placeOf(bucket, after);
  let lastKey: string | undefined;
  for (const version of bucket.versionsFrom(prefix, after.name)) {
    const { key, place } = version;
    if (!key.startsWith(prefix)) break;
    const isLatest = key !== lastKey;
    lastKey = key;
    if (!isOfVersions && !(isLatest && isObject(version))) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + delimiter.length);
    // A token names the last item. If that is a common prefix, all its keys are past as well.
    const isPast = key === after.name ? place >= afterPlace : name === after.name;
    if (isPast || (end >= 0 && name === items.at(-1)?.name)) continue;
    if (items.length >= maxKeys) return { items, isTruncated: maxKeys > 0 };
    items.push({ name, isLatest, ...(end < 0 ? { version } : {}) });
  }
  return { items, isTruncated: false };
}

/** The place of the named version. It may be gone: its id still tells the place. */
function placeOf(bucket: Bucket, { name, versionId }: After): number {
  if (versionId === undefined) return Number.NEGATIVE_INFINITY;
  const byId = versionId === NULL_ID ? Number.POSITIVE_INFINITY : Number.parseInt(versionId.slice(0, 16), 16);
  return bucket.find(name, versionId)?.place ?? byId;
}

function parseToken(token: string): string {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.toString('base64url') !== token) {
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return bytes.toString();
}
