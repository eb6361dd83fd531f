import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { OPERATOR, SCHEDULE, ROLE as SERVICE, s3Client, startS3 } from '../local/support/local-s3.ts';
import { VERSIONED_TEMPLATE } from '../local/support/versioned-template.ts';
import { Bucket, ROLE as MOVER } from './support/world.ts';

const { store, port } = await startS3({
  template: VERSIONED_TEMPLATE,
  credentials: [OPERATOR, SERVICE, SCHEDULE, MOVER],
});
const [operator, service, schedule, mover] = [OPERATOR, SERVICE, SCHEDULE, MOVER].map((each) =>
  s3Client(port, each),
);
t.teardown(async () => {
  for (const client of [operator, service, schedule, mover]) client?.destroy();
  await store.close();
});

const Key = 'users/ann/letter.txt';
const versions: string[] = [];
for (const [key, Body] of [
  [Key, 'old'],
  [Key, 'new'],
  ['others/ann/letter.txt', 'foreign'],
] as const) {
  const { VersionId = '' } = (await operator?.send(new PutObjectCommand({ Bucket, Key: key, Body }))) ?? {};
  versions.push(VersionId);
}
const [old = '', , foreign = ''] = versions;

const to = 'teams/photos/copy.txt';
const source = (key: string, version?: string) =>
  `${Bucket}/${key}${version === undefined ? '' : `?versionId=${version}`}`;
const partOf = (CopySource: string) =>
  new UploadPartCopyCommand({ Bucket, Key: to, CopySource, UploadId: 'any', PartNumber: 1 });
const tags = { Tagging: { TagSet: [{ Key: 'GuardDutyMalwareScanStatus', Value: 'NO_THREATS_FOUND' }] } };

/** @returns `done`, or the name of S3's refusal */
async function tried(client: typeof mover, command: object): Promise<string> {
  try {
    await Reflect.apply(Object(client).send, client, [command]);
    return 'done';
  } catch (error) {
    // An answer to HEAD has no body, and so no name.
    if (error instanceof S3ServiceException) {
      return error.$metadata.httpStatusCode === 403 ? 'AccessDenied' : error.name;
    }
    throw error;
  }
}

/** What the service and the schedule may not. The mover may, below `users/` and `teams/`. */
const OF_THE_MOVER: [what: string, command: () => object][] = [
  ['read a file', () => new GetObjectCommand({ Bucket, Key })],
  ['learn what S3 stores with a file', () => new HeadObjectCommand({ Bucket, Key })],
  ['read an old version', () => new GetObjectCommand({ Bucket, Key, VersionId: old })],
  ['copy a file', () => new CopyObjectCommand({ Bucket, Key: to, CopySource: source(Key) })],
  ['copy an old version', () => new CopyObjectCommand({ Bucket, Key: to, CopySource: source(Key, old) })],
  ['list versions', () => new ListObjectVersionsCommand({ Bucket, Prefix: 'users/ann/' })],
  ['delete a version', () => new DeleteObjectCommand({ Bucket, Key, VersionId: old })],
];

t.test(
  'the mover reads, copies, and lists and deletes versions; the service and the schedule may not',
  async (t) => {
    for (const [what, command] of OF_THE_MOVER) {
      t.equal(await tried(service, command()), 'AccessDenied', `the service: ${what}`);
      t.equal(await tried(schedule, command()), 'AccessDenied', `the schedule: ${what}`);
      t.equal(await tried(mover, command()), 'done', `the mover: ${what}`);
    }
    t.equal(await tried(service, partOf(source(Key))), 'AccessDenied', 'the service: copy a part');
    t.equal(await tried(mover, partOf(source(Key))), 'NoSuchUpload', 'the mover: copy a part');
  },
);

t.test('the mover may not leave the files of users and teams, or say what a scanner found', async (t) => {
  const outside = 'others/ann/letter.txt';
  for (const [what, command] of [
    ['read', new GetObjectCommand({ Bucket, Key: outside })],
    ['read a version', new GetObjectCommand({ Bucket, Key: outside, VersionId: foreign })],
    ['copy from there', new CopyObjectCommand({ Bucket, Key: to, CopySource: source(outside) })],
    ['copy a part from there', partOf(source(outside))],
    ['copy to there', new CopyObjectCommand({ Bucket, Key: 'others/x', CopySource: source(Key) })],
    ['write', new PutObjectCommand({ Bucket, Key: 'others/x', Body: 'x' })],
    ['delete', new DeleteObjectCommand({ Bucket, Key: outside })],
    ['delete a version', new DeleteObjectCommand({ Bucket, Key: outside, VersionId: foreign })],
    ['list the versions of all', new ListObjectVersionsCommand({ Bucket })],
    ['list versions there', new ListObjectVersionsCommand({ Bucket, Prefix: 'others/' })],
    ['tag a file', new PutObjectTaggingCommand({ Bucket, Key, ...tags })],
    ['write a file with a tag', new PutObjectCommand({ Bucket, Key, Body: 'x', Tagging: 'a=b' })],
  ] as const) {
    t.equal(await tried(mover, command), 'AccessDenied', what);
  }
  const missing = new HeadObjectCommand({ Bucket, Key: 'users/ann/none.txt' });
  t.equal(await tried(mover, missing), 'NotFound', 'a file that is not there is no refusal');
  t.equal(await tried(mover, new ListObjectsV2Command({ Bucket, Prefix: 'users/ann/' })), 'done');
});
