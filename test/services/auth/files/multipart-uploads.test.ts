import { createHash } from 'node:crypto';
import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { type Owner, parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { StoredPart, Uploader, UploadRecord } from '../../../../services/auth/domain/file-ports.ts';
import { createUploads, type Uploads } from '../../../../services/auth/files/multipart-uploads.ts';
import { BUCKET, s3Client, startS3 } from '../../local/support/local-s3.ts';
import { lostAnswersSuite } from '../support/lost-answers-suite.ts';

const { store, port } = await startS3();
t.teardown(() => store.close());
const s3 = s3Client(port);
t.teardown(() => s3.destroy());

await lostAnswersSuite(t, { s3, bucketName: BUCKET, bucketUrl: `http://localhost:${port}/${BUCKET}` });

const ANN = parseUserId('ann');
const OWN = userOwner(ANN);
const TEAM = teamOwner(parseTeamId('a'.repeat(26)));
const PART = { number: 1, size: 5, etag: 'ab' };
/** Of a file of that part. */
const ETAG = `${createHash('md5').update(PART.etag, 'hex').digest('hex')}-1`;

interface Found extends Partial<UploadRecord> {
  isGuest?: boolean;
  /** The folder from which the call comes. That of the upload if it is left out. */
  from?: Owner;
  /** The parts that S3 has. Undefined if S3 does not know the upload any more. */
  parts?: readonly StoredPart[] | undefined;
  /** What S3 says when the file is to be made. */
  result?: 'made' | 'taken' | 'overtaken';
  /** The ETag of the file that has the name. */
  present?: string;
}

/** Calls a method for an upload that is found so, and says what it asks of others, and how it ends. */
async function ask(
  call: (uploads: Uploads, by: Uploader) => Promise<unknown>,
  { isGuest = false, result = 'made', present, owner = OWN, from = owner, ...found }: Found,
) {
  const asked: unknown[] = [];
  const { key = `${owner.kind}s/${owner.id}/a`, parts, ...more } = { parts: [PART], ...found };
  const upload = { size: 5, type: 't', replace: false, multipartId: 'm', expiresAtEpoch: 2_000, ...more };
  const uploads = createUploads({
    records: {
      create: async () => {},
      read: async () => ({ owner, userId: ANN, key, ...upload }),
      update: async (_id, change) => void asked.push(change),
    },
    multipart: {
      create: async () => 'm',
      presignPart: async () => ({ url: 'u', headers: {}, expiresAt: new Date(0) }),
      async listParts() {
        asked.push('list');
        return parts && [...parts];
      },
      async complete() {
        asked.push('complete');
        return result;
      },
      abort: async () => void asked.push('abort'),
    },
    objects: {
      async find() {
        asked.push('find');
        return present === undefined ? undefined : { key, size: 5, etag: present, lastModified: new Date(0) };
      },
      delete: async (thumbnail) => void asked.push(`delete ${thumbnail.split('/').slice(2).join('/')}`),
    },
    usage: { take: async () => void asked.push('take') },
    details: { made: async ({ file }, details) => void asked.push([file, details]) },
    nowEpoch: () => 1_000,
  });
  const ended = await call(uploads, { owner: from, userId: ANN, ...(isGuest && { isGuest }) })
    .then(() => 'done')
    .catch((error: unknown) => (error instanceof GatewayError ? error.code : error));
  return { ended, asked };
}

const complete: Parameters<typeof ask>[0] = (uploads, by) => uploads.complete('i', by);
const abort: Parameters<typeof ask>[0] = (uploads, by) => uploads.abort('i', by);

t.test('of an upload that has ended, S3 is asked nothing but to drop what came late', async (t) => {
  const presign: typeof abort = (uploads, by) =>
    uploads.presignParts('i', by, [{ number: 1, sha256: '0'.repeat(64) }]);
  const read: typeof abort = (uploads, by) => uploads.read('i', by);
  for (const [outcome, completed, aborted] of [
    ['completed', 'done', 'no_such_upload'],
    ['aborted', 'no_such_upload', 'done'],
    ['taken', 'file_exists', 'done'],
  ] as const) {
    const found = { outcome, etag: ETAG };
    for (const call of [presign, read])
      t.strictSame(await ask(call, found), { ended: 'no_such_upload', asked: [] }, outcome);
    t.strictSame(await ask(complete, found), { ended: completed, asked: [] }, outcome);
    const dropped = outcome === 'completed' ? [] : ['abort'];
    t.strictSame(await ask(abort, found), { ended: aborted, asked: dropped }, outcome);
  }
});

t.test('what a completion and an abort ask of others, one after the other', async (t) => {
  const begun = ['list', 'take', { etag: ETAG }];
  const done = { etag: ETAG, outcome: 'completed' };
  const noted = [{ size: 5, etag: ETAG, lastModified: new Date(1_000_000) }, { uploadedBy: ANN }];
  const rows: [what: string, call: typeof abort, found: Found, ended: string, asked: readonly unknown[]][] = [
    ['made', complete, {}, 'done', [...begun, 'complete', done]],
    [
      ...(['made in the place of another', complete, { replace: true }, 'done'] as const),
      [...begun, 'delete .thumbnails/a', 'complete', done],
    ],
    ['made in a team', complete, { owner: TEAM }, 'done', [...begun, 'complete', noted, done]],
    [
      ...(['made by a guest', complete, { owner: TEAM, isGuest: true }, 'done'] as const),
      [...begun, 'complete', done],
    ],
    [
      ...(['taken', complete, { result: 'taken', present: 'other' }, 'file_exists'] as const),
      [...begun, 'complete', 'abort', 'find', { outcome: 'taken' }],
    ],
    [
      ...(['taken by the same content', complete, { result: 'taken', present: ETAG }, 'done'] as const),
      [...begun, 'complete', 'abort', 'find', done],
    ],
    [
      ...(['overtaken', complete, { result: 'overtaken' }, 'no_such_upload'] as const),
      [...begun, 'complete', 'abort', 'find', { outcome: 'aborted' }],
    ],
    ['gone', complete, { parts: undefined }, 'no_such_upload', ['list']],
    [
      ...(['gone, in the place of another', complete, { parts: undefined, replace: true }] as const),
      ...(['no_such_upload', ['list']] as const),
    ],
    [
      'gone, once made',
      complete,
      { parts: undefined, etag: ETAG, present: ETAG },
      'done',
      ['list', 'find', done],
    ],
    [
      ...(['gone, and replaced', complete, { parts: undefined, etag: ETAG, present: 'other' }] as const),
      ...(['no_such_upload', ['list', 'find']] as const),
    ],
    ['of another part', complete, { parts: [{ ...PART, number: 2 }] }, 'upload_incomplete', ['list']],
    [
      ...(['of a part too many', complete, { parts: [PART, { ...PART, number: 2 }] }] as const),
      ...(['upload_incomplete', ['list']] as const),
    ],
    ['of another folder', complete, { from: TEAM }, 'no_such_upload', []],
    ['of a key in another folder', complete, { key: `teams/${TEAM.id}/a` }, 'no_such_upload', []],
    [
      ...([
        'of a key in this folder alone',
        complete,
        { owner: TEAM, from: OWN, key: 'users/ann/a' },
      ] as const),
      ...(['no_such_upload', []] as const),
    ],
    ['dropped', abort, {}, 'done', ['abort', { outcome: 'aborted' }]],
    [
      ...(['made before the abort', abort, { etag: ETAG, present: ETAG }, 'no_such_upload'] as const),
      ['abort', 'find', { outcome: 'completed' }],
    ],
  ];
  for (const [what, call, found, ended, asked] of rows)
    t.strictSame(await ask(call, found), { ended, asked }, what);
});
