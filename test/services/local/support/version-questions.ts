import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';

/** A question, and S3's answer in the words of `describe`. A version has the name of the question that made it. */
export type Question = [
  name: string,
  ask: () => Promise<object>,
  answer: string,
  /** What Ceph 18 does instead. */
  ceph?: string,
];

const NO_NAMES = 'a missing version is NoSuchKey';
const SILENT = 'no header tells of the delete marker';
const UNCONDITIONAL = 'in a bucket with versions, the condition is ignored or fails';
const INCLUSIVE = 'the page begins with the versions of the named key';
const UNNAMED = 'the answer names no version';

/** A well-formed id of no version, on both. */
const UNKNOWN = '0'.repeat(32);

/** Asks an S3 whose bucket is empty and keeps versions. */
export async function askAll(s3: S3Client, Bucket: string): Promise<[Question, given: string][]> {
  const ids = new Map<string, string>([['none', UNKNOWN]]);
  const answers: [Question, string][] = [];
  for (const question of questions(s3, Bucket, (name) => ids.get(name) ?? name)) {
    const [name, ask, answer] = question;
    const given: Given = await ask().catch((error) => error);
    const made = given.VersionId;
    if (made !== undefined && answer.split(' ').includes(name)) ids.set(name, made);
    const names = new Map([...ids].map(([name, id]) => [id, name]));
    answers.push([question, await describe(given, (id) => names.get(id) ?? (id === 'null' ? id : '?'))]);
  }
  return answers;
}

interface Listed {
  Key?: string | undefined;
  VersionId?: string | undefined;
  IsLatest?: boolean;
}

interface Given {
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
  name?: string;
  Body?: { transformToString(): Promise<string> };
  VersionId?: string;
  CopySourceVersionId?: string;
  DeleteMarker?: boolean;
  TagSet?: { Key?: string; Value?: string }[];
  Contents?: Listed[];
  Versions?: Listed[];
  DeleteMarkers?: Listed[];
  CommonPrefixes?: { Prefix?: string }[];
  IsTruncated?: boolean;
  NextKeyMarker?: string;
  NextVersionIdMarker?: string;
  Deleted?: (Listed & { DeleteMarkerVersionId?: string })[];
  Errors?: (Listed & { Code?: string })[];
}

/** Status, code, body and versions of an answer, in one line. */
async function describe(given: Given, nameOf: (id: string) => string): Promise<string> {
  const { httpStatusCode: status } = given.$metadata ?? {};
  const headers = given.$response?.headers ?? {};
  const version = given.VersionId ?? headers['x-amz-version-id'];
  const named = ({ Key, VersionId, IsLatest }: Listed) =>
    [Key, ...(VersionId === undefined ? [] : [':', nameOf(VersionId)]), ...(IsLatest ? ['*'] : [])].join('');
  return [
    status,
    ...(status !== undefined && status >= 300 && given.name !== 'Unknown' ? [given.name] : []),
    ...(given.Body ? [JSON.stringify(await given.Body.transformToString())] : []),
    ...(version === undefined ? [] : [nameOf(version)]),
    ...(given.DeleteMarker || headers['x-amz-delete-marker'] === 'true' ? ['marker'] : []),
    ...(given.CopySourceVersionId === undefined ? [] : [`from:${nameOf(given.CopySourceVersionId)}`]),
    ...(given.TagSet ?? []).map(({ Key, Value }) => `${Key}=${Value}`),
    ...[...(given.Contents ?? []), ...(given.Versions ?? [])].map(named),
    ...(given.DeleteMarkers ?? []).map((marker) => `!${named(marker)}`),
    ...(given.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix}…`),
    ...(given.Deleted ?? []).map(
      (one) => `-${named(one)}${one.DeleteMarkerVersionId ? `!${nameOf(one.DeleteMarkerVersionId)}` : ''}`,
    ),
    ...(given.Errors ?? []).map((one) => `${one.Code}:${named(one)}`),
    ...(given.IsTruncated
      ? [`next=${named({ Key: given.NextKeyMarker, VersionId: given.NextVersionIdMarker })}`]
      : []),
  ].join(' ');
}

function questions(s3: S3Client, Bucket: string, idOf: (name: string) => string): Question[] {
  const version = (name: string | undefined) => (name === undefined ? {} : { VersionId: idOf(name) });
  const put =
    (Key: string, Body: string, more: object = {}) =>
    () =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get =
    (Key: string, name?: string, more: object = {}) =>
    () =>
      s3.send(new GetObjectCommand({ Bucket, Key, ...version(name), ...more }));
  const head = (Key: string, name?: string) => () =>
    s3.send(new HeadObjectCommand({ Bucket, Key, ...version(name) }));
  const remove =
    (Key: string, name?: string, more: object = {}) =>
    () =>
      s3.send(new DeleteObjectCommand({ Bucket, Key, ...version(name), ...more }));
  const removeAll =
    (...objects: [Key: string, name?: string | undefined, more?: object][]) =>
    () => {
      const Objects = objects.map(
        ([Key, name, more]): ObjectIdentifier => ({ Key, ...version(name), ...more }),
      );
      return s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    };
  const list =
    (Prefix: string, more: object = {}) =>
    () =>
      s3.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...more }));
  const listAfter =
    (Prefix: string, KeyMarker: string, name?: string, more: object = {}) =>
    () =>
      list(Prefix, { KeyMarker, ...(name ? { VersionIdMarker: idOf(name) } : {}), ...more })();
  const source = (Key: string, name?: string) =>
    `${Bucket}/${encodeURIComponent(Key)}${name ? `?versionId=${idOf(name)}` : ''}`;
  const copy =
    (from: string, Key: string, name?: string, more: object = {}) =>
    () =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: source(from, name), ...more }));
  const tags = (Key: string, name?: string) => () =>
    s3.send(new GetObjectTaggingCommand({ Bucket, Key, ...version(name) }));
  const tag = (Key: string, TagSet: { Key: string; Value: string }[]) => () =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
  const untag = (Key: string) => () => s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
  let UploadId: string | undefined;
  const upload = (Key: string) => async () => {
    const begun = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, Tagging: 'by=parts' }));
    UploadId = begun.UploadId;
    return begun;
  };
  let ETag: string | undefined;
  const part = (Key: string, from: string, name: string | undefined, more: object) => async () => {
    const part = { Bucket, Key, UploadId, PartNumber: 1, CopySource: source(from, name), ...more };
    const copied = await s3.send(new UploadPartCopyCommand(part));
    ETag = copied.CopyPartResult?.ETag;
    return copied;
  };
  const complete = (Key: string) => () => {
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    return s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  };
  const etagOf = (Body: string) => ({ '1': '"c4ca4238a0b923820dcc509a6f75849b"' })[Body];

  return [
    ['a1', put('a', '1'), '200 a1'],
    ['a2', put('a', '22'), '200 a2'],
    ['the current version', get('a'), '200 "22" a2'],
    ['its head', head('a'), '200 a2'],
    ['the version before', get('a', 'a1'), '200 "1" a1'],
    ['its head', head('a', 'a1'), '200 a1'],
    ['a range of it', get('a', 'a1', { Range: 'bytes=0-0' }), '206 "1" a1'],
    ['a condition on it', get('a', 'a1', { IfNoneMatch: etagOf('1') }), '304 a1', UNNAMED],
    ['an unknown version', get('a', 'none'), '404 NoSuchVersion', NO_NAMES],
    ['the version null', get('a', 'null'), '404 NoSuchVersion', NO_NAMES],
    ["another key's version", get('b', 'a1'), '404 NoSuchVersion', NO_NAMES],
    ['no version id', get('a', 'bad'), '400 InvalidArgument', NO_NAMES],
    ['an empty one', get('a', ''), '400 InvalidArgument', 'it is as none'],

    ['a3', remove('a'), '204 a3 marker'],
    ['the current version is a marker', get('a'), '404 NoSuchKey a3 marker', SILENT],
    ['its head', head('a'), '404 NotFound a3 marker', SILENT],
    ['the marker by its id', get('a', 'a3'), '405 MethodNotAllowed a3 marker', SILENT],
    ['its head by its id', head('a', 'a3'), '405 a3 marker', SILENT],
    ['the version behind the marker', get('a', 'a2'), '200 "22" a2'],
    ['the list shows nothing', () => s3.send(new ListObjectsV2Command({ Bucket })), '200'],
    ['the versions', list(''), '200 a:a2 a:a1 !a:a3*'],
    ['gone', remove('gone'), '204 gone marker'],
    ['a4', put('a', '4444'), '200 a4'],
    ['a marker that is not the current version', remove('a', 'a3'), '204 a3 marker'],
    ['the same again', remove('a', 'a3'), '204 a3', UNNAMED],
    ['the current version by its id', remove('a', 'a4'), '204 a4'],
    ['the version before is current', get('a'), '200 "22" a2'],
    ['no version id', remove('a', 'bad'), '400 InvalidArgument', NO_NAMES],
    ['twice1', remove('twice'), '204 twice1 marker'],
    ['twice2', remove('twice'), '204 twice2 marker', 'a marker is not hidden by another'],

    ['w1', put('w', '1', { IfNoneMatch: '*' }), '200 w1'],
    ['not over a file', put('w', '2', { IfNoneMatch: '*' }), '412 PreconditionFailed', UNCONDITIONAL],
    ['if it is another', put('w', '2', { IfMatch: '"x"' }), '412 PreconditionFailed'],
    ['w2', put('w', '22', { IfMatch: etagOf('1') }), '200 w2', UNCONDITIONAL],
    ['if there is one', put('w', '3', { IfMatch: '*' }), '501 NotImplemented', UNCONDITIONAL],
    ['w3', remove('w'), '204 w3 marker'],
    ['if it is gone', put('w', '3', { IfMatch: etagOf('1') }), '404 NoSuchKey', UNCONDITIONAL],
    ['w4', put('w', '4', { IfNoneMatch: '*' }), '200 w4'],

    ['d1', put('d', '1'), '200 d1'],
    ['if it is another', remove('d', undefined, { IfMatch: '"x"' }), '412 PreconditionFailed', UNCONDITIONAL],
    ['a condition of a version', remove('d', 'd1', { IfMatch: '*' }), '501 NotImplemented', UNCONDITIONAL],
    ['d2', remove('d', undefined, { IfMatch: etagOf('1') }), '204 d2 marker', UNCONDITIONAL],
    ['if it is gone', remove('d', undefined, { IfMatch: '*' }), '404 NoSuchKey', UNCONDITIONAL],

    ['m1', put('m', '1'), '200 m1'],
    ['m2', put('m', '2'), '200 m2'],
    ['m3', remove('m'), '204 m3 marker'],
    ['many', removeAll(['m', 'm2'], ['m', 'm2'], ['m', 'm3']), '200 -m:m2 -m:m2 -m:m3!m3'],
    ['current again', get('m'), '200 "1" m1'],
    ['hidden again', removeAll(['m']), '200 -m!?'],
    [
      'what is refused',
      removeAll(['m', 'bad'], ['m', undefined, { ETag: '"x"' }]),
      '200 NoSuchVersion:m:? NoSuchKey:m',
      NO_NAMES,
    ],

    ['s1', put('s/写 真+1', 'old', { ContentType: 'text/x', Tagging: 'k=v&l=w%20x' }), '200 s1'],
    ['s2', put('s/写 真+1', 'newer'), '200 s2'],
    ['c1', copy('s/写 真+1', 'c'), '200 c1 from:s2', UNNAMED],
    ['the copy', async () => ({ ...(await get('c')()), VersionId: undefined }), '200 "newer"'],
    ['c2', copy('s/写 真+1', 'c', 's1'), '200 c2 from:s1', UNNAMED],
    ['the copy', async () => ({ ...(await get('c')()), VersionId: undefined }), '200 "old"'],
    ['its tags', async () => ({ ...(await tags('c')()), VersionId: undefined }), '200 k=v l=w x'],
    ['c3', copy('s/写 真+1', 'c', 's1', { TaggingDirective: 'REPLACE' }), '200 c3 from:s1', UNNAMED],
    ['tags are left behind', tags('c'), '200 c3', 'the directive is ignored'],
    [
      'not over a file',
      copy('s/写 真+1', 'c', 's1', { IfNoneMatch: '*' }),
      '412 PreconditionFailed',
      UNCONDITIONAL,
    ],
    [
      'over another file',
      copy('s/写 真+1', 'c', 's1', { IfMatch: '"x"' }),
      '412 PreconditionFailed',
      UNCONDITIONAL,
    ],
    [
      'of another file',
      copy('s/写 真+1', 'c', undefined, { CopySourceIfMatch: '"x"' }),
      '412 PreconditionFailed',
    ],
    [
      'of an older file',
      copy('s/写 真+1', 'c', undefined, { CopySourceIfUnmodifiedSince: new Date(86_400_000) }),
      '412 PreconditionFailed',
    ],
    ['onto itself', copy('s/写 真+1', 's/写 真+1'), '400 InvalidRequest'],
    ['s3', copy('s/写 真+1', 's/写 真+1', 's1'), '200 s3 from:s1', UNNAMED],
    ['s4', remove('s/写 真+1'), '204 s4 marker'],
    ['a copy of what is gone', copy('s/写 真+1', 'c'), '404 NoSuchKey'],
    ['a copy of a marker', copy('s/写 真+1', 'c', 's4'), '400 InvalidRequest', NO_NAMES],
    ['a copy of an unknown version', copy('s/写 真+1', 'c', 'none'), '404 NoSuchVersion', NO_NAMES],
    ['a copy of no version id', copy('s/写 真+1', 'c', 'bad'), '400 InvalidArgument', NO_NAMES],
    ['an unknown directive', copy('a', 'c', 'a1', { MetadataDirective: 'SOME' }), '400 InvalidArgument'],

    ['an upload', upload('film'), '200'],
    [
      'a part outside',
      part('film', 'a', 'a2', { CopySourceRange: 'bytes=1-2' }),
      '400 InvalidArgument',
      '416',
    ],
    [
      'a part of another',
      part('film', 'a', 'a2', { CopySourceIfMatch: '"x"' }),
      '412 PreconditionFailed',
      UNCONDITIONAL,
    ],
    ['a part', part('film', 's/写 真+1', 's1', { CopySourceRange: 'bytes=1-2' }), '200 from:s1', UNNAMED],
    ['film1', complete('film'), '200 film1'],
    ['the film', get('film'), '200 "ld" film1'],
    ['its tags', tags('film'), '200 film1 by=parts', UNNAMED],
    ['other tags', tag('film', [{ Key: 'x', Value: 'y' }]), '200 film1', UNNAMED],
    [
      'no tag twice',
      tag(
        'film',
        [1, 2].map(() => ({ Key: 'x', Value: 'y' })),
      ),
      '400 InvalidTag',
      'taken',
    ],
    [
      'no eleven tags',
      tag(
        'film',
        Array.from('01234567890', (Key) => ({ Key, Value: '' })),
      ),
      '400 BadRequest',
      'InvalidTag',
    ],
    ['its tags', tags('film'), '200 film1 x=y', UNNAMED],
    ['no tags', untag('film'), '204 film1', UNNAMED],
    ['its tags', tags('film'), '200 film1', UNNAMED],
    ['tags of a version', tags('s/写 真+1', 's1'), '200 s1 k=v l=w x', UNNAMED],
    ['tags of a marker', tags('s/写 真+1', 's4'), '405 MethodNotAllowed s4 marker', SILENT],

    ['l1', put('l/a', '1'), '200 l1'],
    ['l2', put('l/a', '2'), '200 l2'],
    ['l3', remove('l/a'), '204 l3 marker'],
    ['l4', put('l/b/1', '4'), '200 l4'],
    ['l5', put('l/b/1', '5'), '200 l5'],
    ['l6', put('l/b/2', '6'), '200 l6'],
    ['l7', put('l/d&<', '7'), '200 l7'],
    ['all', list('l/'), '200 l/a:l2 l/a:l1 l/b/1:l5* l/b/1:l4 l/b/2:l6* l/d&<:l7* !l/a:l3*'],
    ['the first page', list('l/', { MaxKeys: 2 }), '200 l/a:l2 !l/a:l3* next=l/a:l2'],
    ['the next', listAfter('l/', 'l/a', 'l2', { MaxKeys: 3 }), '200 l/a:l1 l/b/1:l5* l/b/1:l4 next=l/b/1:l4'],
    ['the last', listAfter('l/', 'l/b/1', 'l4', { MaxKeys: 2 }), '200 l/b/2:l6* l/d&<:l7*'],
    ['after a key', listAfter('l/', 'l/a'), '200 l/b/1:l5* l/b/1:l4 l/b/2:l6* l/d&<:l7*', INCLUSIVE],
    ['rolled up', list('l/', { Delimiter: '/' }), '200 l/a:l2 l/a:l1 l/d&<:l7* !l/a:l3* l/b/…'],
    [
      'up to a prefix',
      listAfter('l/', 'l/a', undefined, { Delimiter: '/', MaxKeys: 1 }),
      '200 l/b/… next=l/b/',
      INCLUSIVE,
    ],
    ['after a prefix', listAfter('l/', 'l/b/', undefined, { Delimiter: '/' }), '200 l/d&<:l7*'],
    ['no keys', list('l/', { MaxKeys: 0 }), '200'],
    ['a version without a key', list('l/', { VersionIdMarker: UNKNOWN }), '400 InvalidArgument', 'taken'],
    [
      'not a version',
      list('l/', { KeyMarker: 'l/a', VersionIdMarker: 'bad' }),
      '400 InvalidArgument',
      'taken',
    ],
    ['a version goes between two pages', remove('l/a', 'l2'), '204 l2'],
    [
      'the page after it',
      listAfter('l/', 'l/a', 'l2', { MaxKeys: 2 }),
      '200 l/a:l1 l/b/1:l5* next=l/b/1:l5',
      'the rest of the key is left out',
    ],
  ];
}
