import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { createVersionStore } from '../../../services/mover/s3-version-store.ts';
import { createRandom } from '../auth/support/model/virtual-time.ts';
import { REGION, s3Client } from '../local/support/local-s3.ts';
import { createMemoryS3 } from './support/model/memory-s3.ts';
import { Bucket, createWorld } from './support/world.ts';

const seed = Number(process.env['FC_SEED'] ?? 1);
const COMMANDS = 200;

/** The names that one store gives to versions and uploads, by the order in which it gave them. */
function createNames() {
  const given: string[] = [];
  return {
    /** A well-formed name of nothing, before the first. */
    at: (number: number) => given.at(number % Math.max(given.length, 1)) ?? '0'.repeat(32),
    shown(name: string | undefined): string {
      if (name === undefined || name === 'null') return `${name}`;
      const at = given.indexOf(name);
      return `#${at < 0 ? given.push(name) - 1 : at}`;
    },
  };
}

type Told = ReturnType<typeof createTold>;

/** What one store has told, and later commands name. */
function createTold(s3: S3Client) {
  return { s3, versions: createNames(), uploads: createNames(), parts: { last: '"none"' } };
}

t.setTimeout(120_000);

t.test('the memory answers as the local S3 does', async (t) => {
  for (const isVersioned of [true, false]) await compare(t, isVersioned);
});

async function compare(t: Test, isVersioned: boolean): Promise<void> {
  const world = await createWorld(t, { isVersioned });
  const s3 = s3Client(world.port);
  t.teardown(() => s3.destroy());
  const memory = createMemoryS3({ isVersioned, now: Date.now, pageSize: 1_000 });
  const own = Object.assign(new S3Client({ region: REGION }), {
    send: async (command: unknown) => memory.send(command),
  });
  const stores = [createTold(s3), createTold(own)];
  const random = createRandom(seed);
  const kinds = new Set<string>();
  for (let number = 0; number < COMMANDS; number++) {
    const [kind, ask] = commandOf(random);
    const answers: string[] = [];
    for (const told of stores) {
      const answered: Given = await ask(told).catch((error) => error);
      answers.push(`${kind} ${shown(answered, told)}`);
    }
    const [real = '', remembered] = answers;
    if (!t.equal(remembered, real, `${number}, FC_SEED=${seed}`)) return;
    kinds.add(/^[\w ]+ \[?\d+/.exec(real)?.[0] ?? real);
  }
  t.ok(kinds.size > 20, `${kinds.size} kinds of answers: ${[...kinds].toSorted().join(', ')}`);
}

const KEYS = ['a', 'ab', 'b'];
/** One byte each, so a part has all of it. */
const TEXTS = ['1', '2', '3'];
const ETAGS = ['c4ca4238a0b923820dcc509a6f75849b', 'c81e728d9d4c2f636f067f89cc14862c', 'x'];

/** One command of those that the mover and uploads send. Its choices are made, but for the names of versions. */
function commandOf(random: () => number): [kind: string, ask: (told: Told) => Promise<object>] {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] ?? all[0] ?? raise();
  const maybe = <T>(value: T): T | undefined => (random() < 0.3 ? value : undefined);
  const key = pick(KEYS);
  const [other, number, Body] = [pick(KEYS), Math.floor(random() * 1_000), pick(TEXTS)];
  const condition = pick([{}, {}, { IfNoneMatch: '*' }, { IfMatch: `"${pick(ETAGS)}"` }]);
  const match = pick([{}, {}, { IfMatch: `"${pick(ETAGS)}"` }]);
  const CopySourceIfMatch = maybe(`"${pick(ETAGS)}"`);
  const [isVersion, isLatestUpload] = [random() < 0.5, random() < 0.9];
  const Metadata = maybe({ 'made-from': 'x' }) ?? {};
  const kind = pick([
    ...['put', 'put', 'put', 'head', 'copy', 'copy', 'delete', 'delete many', 'list', 'versions', 'order'],
    ...['begin', 'part', 'part', 'part', 'parts', 'complete', 'complete', 'abort'],
  ]);
  const ask = ({ s3, versions, uploads, parts }: Told): Promise<object> => {
    const VersionId = isVersion ? versions.at(number) : undefined;
    const UploadId = uploads.at(isLatestUpload ? -1 : number);
    const CopySource = `${Bucket}/${other}${VersionId ? `?versionId=${VersionId}` : ''}`;
    const place = { Bucket, Key: key };
    switch (kind) {
      case 'put':
        return s3.send(new PutObjectCommand({ ...place, Body, Metadata, ...condition }));
      case 'head':
        return s3.send(new HeadObjectCommand({ ...place, VersionId }));
      case 'copy': {
        const copied = { ...place, CopySource, CopySourceIfMatch, Metadata, ...condition };
        return s3.send(
          new CopyObjectCommand({
            ...copied,
            MetadataDirective: 'REPLACE',
            TaggingDirective: 'REPLACE',
          }),
        );
      }
      case 'delete':
        return s3.send(new DeleteObjectCommand(isVersion ? { ...place, VersionId } : { ...place, ...match }));
      case 'delete many':
        return s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: key, VersionId }] } }));
      case 'list':
        return s3.send(new ListObjectsV2Command({ Bucket, Prefix: other, StartAfter: key, MaxKeys: 2 }));
      case 'versions':
        return s3.send(
          new ListObjectVersionsCommand({
            Bucket,
            Prefix: other,
            KeyMarker: key,
            VersionIdMarker: VersionId,
          }),
        );
      case 'order':
        return orderOf(s3, other);
      case 'begin':
        return s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'film', Metadata }));
      case 'part': {
        const part = { Bucket, Key: 'film', UploadId, PartNumber: 1, CopySource, CopySourceIfMatch };
        return s3.send(new UploadPartCopyCommand({ ...part, CopySourceRange: 'bytes=0-0' }));
      }
      case 'parts':
        return s3.send(new ListPartsCommand({ Bucket, Key: 'film', UploadId }));
      case 'complete': {
        const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: parts.last }] };
        return s3.send(
          new CompleteMultipartUploadCommand({ Bucket, Key: 'film', UploadId, MultipartUpload }),
        );
      }
      default:
        return s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'film', UploadId }));
    }
  };
  return [kind, ask];
}

async function orderOf(s3: S3Client, prefix: string): Promise<object> {
  const { versions } = await createVersionStore({ s3, bucketName: Bucket }).listVersions(prefix);
  return { $metadata: { httpStatusCode: 200 }, versions };
}

function raise(): never {
  throw new Error('there is one');
}

interface Listed {
  Key?: string;
  VersionId?: string;
  IsLatest?: boolean;
  Size?: number;
  ETag?: string;
  DeleteMarkerVersionId?: string;
}

interface Given extends Listed {
  $metadata?: { httpStatusCode?: number };
  UploadId?: string;
  ContentLength?: number;
  Metadata?: Record<string, string>;
  CopyObjectResult?: { ETag?: string };
  CopyPartResult?: { ETag?: string };
  DeleteMarker?: boolean;
  Contents?: Listed[];
  Versions?: Listed[];
  DeleteMarkers?: Listed[];
  /** In S3's order. */
  versions?: { versionId: string; file?: object }[];
  Deleted?: Listed[];
  Parts?: { PartNumber?: number; Size?: number }[];
  IsTruncated?: boolean;
}

/** What the code reads of an answer, in one line. */
function shown(given: Given, { versions, uploads, parts }: Told): string {
  if (given instanceof S3ServiceException) return `${given.$metadata.httpStatusCode} ${given.name}`;
  parts.last = given.CopyPartResult?.ETag ?? parts.last;
  // The hashes of parts are others in the memory.
  const etag = (text = '') => text.replace(/^"?[0-9a-f]+(?=-)/, '');
  const listed = (each: Listed) =>
    [
      each.Key,
      each.VersionId && versions.shown(each.VersionId),
      each.IsLatest,
      each.Size,
      etag(each.ETag),
    ].join('|');
  return JSON.stringify([
    given.$metadata?.httpStatusCode,
    given.VersionId && versions.shown(given.VersionId),
    given.UploadId && uploads.shown(given.UploadId),
    ...[
      given.ContentLength,
      given.Metadata,
      given.DeleteMarker,
      etag(given.CopyObjectResult?.ETag),
      given.IsTruncated ?? false,
    ],
    ...[given.Contents, given.Versions, given.DeleteMarkers].map((all = []) => all.map(listed)),
    (given.versions ?? []).map((each) => [versions.shown(each.versionId), each.file !== undefined]),
    (given.Deleted ?? []).map(({ DeleteMarkerVersionId: id, ...each }) => [
      listed(each),
      id && versions.shown(id),
    ]),
    (given.Parts ?? []).map(({ PartNumber, Size }) => [PartNumber, Size]),
  ]);
}
