import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { type Owner, parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createTable } from '../../../../services/auth/adapters/dynamodb.ts';
import { createUploadStore, UPLOAD } from '../../../../services/auth/adapters/upload-store.ts';
import type { MultipartStore, UploadRecord } from '../../../../services/auth/domain/file-ports.ts';
import { createUploads } from '../../../../services/auth/files/multipart-uploads.ts';
import { startStore } from '../support/service.ts';

const { tableName } = await startStore(t);
const db = new DynamoDBClient({});
t.teardown(() => db.destroy());
const records = createUploadStore({ db, tableName });

const ALICE = parseUserId('alice');
const BOB = parseUserId('bob');
/** An id that both a user and a team may have. */
const ID = 'a'.repeat(26);
const TEAM = teamOwner(parseTeamId(ID));

/** Each call fails. */
const never = async () => {
  throw new Error('S3 was asked');
};
const NEVER_ASKED: MultipartStore = {
  create: never,
  presignPart: never,
  listParts: never,
  complete: never,
  abort: never,
};

function uploadOf(owner: Owner, userId = ALICE): UploadRecord {
  const key = `${owner.kind}s/${owner.id}/film.mp4`;
  const terms = { size: 5, type: 'video/mp4', replace: true, multipartId: 'm', expiresAtEpoch: 2_000 };
  return { owner, userId, key, ...terms };
}

t.test('an upload keeps whose folder it is for, and who began it', async (t) => {
  for (const owner of [userOwner(ALICE), TEAM]) {
    const upload = uploadOf(owner);
    await records.create(owner.id, upload);
    t.strictSame(await records.read(owner.id), upload, owner.kind);
    await records.update(owner.id, { outcome: 'completed' });
    t.strictSame(await records.read(owner.id), { ...upload, outcome: 'completed' }, owner.kind);
  }
});

t.test('an upload of an earlier deployment goes into the folder of its user', async (t) => {
  const { owner, replace, expiresAtEpoch, ...terms } = uploadOf(userOwner(ALICE));
  await createTable({ db, tableName }).put(`${UPLOAD}old`, { ...terms, replace: 1, ttl: expiresAtEpoch });
  t.strictSame(await records.read('old'), { ...terms, owner, replace, expiresAtEpoch });
});

t.test('only who began an upload goes on with it, and only in its folder', async (t) => {
  const uploads = createUploads({
    records,
    multipart: { ...NEVER_ASKED, listParts: async () => [] },
    objects: { find: async () => undefined, delete: async () => {} },
    usage: { take: async () => {} },
    details: { made: async () => {} },
    nowEpoch: () => 1_000,
  });
  const sameId = parseUserId(ID);
  await records.create('of-team', uploadOf(TEAM));
  await records.create('of-user', uploadOf(userOwner(sameId), sameId));
  t.ok(await uploads.read('of-team', { owner: TEAM, userId: ALICE }));
  t.ok(await uploads.read('of-user', { owner: userOwner(sameId), userId: sameId }));
  const another = teamOwner(parseTeamId('b'.repeat(26)));
  for (const [id, by] of [
    ['of-team', { owner: TEAM, userId: BOB }],
    ['of-team', { owner: another, userId: ALICE }],
    ['of-team', { owner: userOwner(ALICE), userId: ALICE }],
    ['of-team', { owner: userOwner(sameId), userId: ALICE }],
    ['of-user', { owner: TEAM, userId: sameId }],
    ['of-user', { owner: userOwner(BOB), userId: BOB }],
  ] as const) {
    const calls: (() => Promise<unknown>)[] = [
      () => uploads.read(id, by),
      () => uploads.presignParts(id, by, [{ number: 1, sha256: '0'.repeat(64) }]),
      () => uploads.complete(id, by),
      () => uploads.abort(id, by),
    ];
    for (const call of calls)
      await t.rejects(call(), { code: 'no_such_upload' }, `${id} ${JSON.stringify(by)}`);
  }
});
