import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseStoredName } from '../../../../core/file-name.ts';
import { type Owner, parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { DetailsRow, DetailsStore, NamedFile } from '../../../../services/auth/domain/details.ts';
import { changeDetails, createDetails, noteScanResult } from '../../../../services/auth/files/details.ts';

const [ANN, BOB] = [parseUserId('ann'), parseUserId('bob')];
const OWN = userOwner(ANN);
const [TEAM, OTHER] = [teamOwner(parseTeamId('a'.repeat(26))), teamOwner(parseTeamId('b'.repeat(26)))];
const named = (name: string, owner: Owner): NamedFile => ({ owner, name: parseStoredName(name, owner) });
const FILE = { size: 1, etag: 'e', lastModified: new Date(0) };

/** Details with rows in memory. `lost` writes meet another writer. The bucket has each file, or none. */
function start({ isThere = true, lost = 0 } = {}) {
  const rows = new Map<string, { row: DetailsRow; version: number }>();
  const keyOf = ({ owner, name }: NamedFile) => `${owner.kind} ${owner.id} ${name}`;
  const state = { lost, reads: 0 };
  const store: Pick<DetailsStore, 'read' | 'write'> = {
    async read(file) {
      state.reads++;
      return rows.get(keyOf(file)) ?? { row: { uploads: [] }, version: 0 };
    },
    async write(file, version, row) {
      if (state.lost-- > 0) return false;
      rows.set(keyOf(file), { row, version: version + 1 });
      return true;
    },
  };
  const errors: unknown[] = [];
  const never = async () => {
    throw new Error('nobody asks this');
  };
  const details = createDetails({
    detailsStore: { ...store, between: never, expire: never, delete: never, deleteSome: never },
    objects: { find: async (key) => (isThere ? { key, ...FILE } : undefined) },
    ...{ isScanned: false, keepDeletedDays: 7, onDetailsError: (error) => errors.push(error) },
    clock: { now: () => 5_000, monotonicMs: () => 0, sleep: () => new Promise(() => {}) },
  });
  return { details, store, state, errors, rowOf: (file: NamedFile) => rows.get(keyOf(file))?.row };
}

const PICTURE = { takenAt: '2026-01-02T03:04:05', width: 2 };

t.test('a copy has the details of its file, and is of its maker in another team', async (t) => {
  for (const [what, from, to, known, wanted] of [
    ['in the own folder', OWN, OWN, PICTURE, PICTURE],
    ['within a team', TEAM, TEAM, { ...PICTURE, uploadedBy: BOB }, { ...PICTURE, uploadedBy: BOB }],
    ['into another team', TEAM, OTHER, { ...PICTURE, uploadedBy: BOB }, { ...PICTURE, uploadedBy: ANN }],
    ['into a team', OWN, TEAM, PICTURE, { ...PICTURE, uploadedBy: ANN }],
    ['out of a team', TEAM, OWN, { ...PICTURE, uploadedBy: BOB }, PICTURE],
    ['into a team, of a file of which nothing is known', OWN, TEAM, undefined, { uploadedBy: ANN }],
    ['in the own folder, of such a file', OWN, OWN, undefined, undefined],
  ] as const) {
    const { details, store, errors, rowOf } = start();
    const [source, copy] = [named('a.jpg', from), named('b.jpg', to)];
    if (known) await store.write(source, 0, { uploads: [], content: { etag: 'e', ...known } });
    await details.copied({ ...source, file: FILE }, { ...copy, size: 9, etag: 'c', by: ANN });
    t.strictSame(rowOf(copy)?.content, wanted && { etag: 'c', ...wanted }, what);
    t.equal(rowOf(copy) === undefined, wanted === undefined, what);
    t.strictSame(errors, [], what);
  }
});

t.test('what a client has read counts for the content that is there', async (t) => {
  const file = named('a.jpg', OWN);
  const there = start();
  await there.details.describe(file, 'e', PICTURE);
  t.strictSame(there.rowOf(file), { uploads: [], content: { etag: 'e', ...PICTURE } });
  await t.rejects(there.details.describe(file, 'another', PICTURE), { code: 'no_such_file' });
  const { details } = start({ isThere: false });
  await t.rejects(details.describe(file, 'e', PICTURE), { code: 'no_such_file' });
});

t.test('a row is written again if somebody else was first, eight times at most', async (t) => {
  const file = named('a.jpg', OWN);
  const change = (row: DetailsRow): DetailsRow => ({ ...row, goesAtEpoch: 1 });
  const busy = start({ lost: 7 });
  await changeDetails(busy.store, file, change);
  t.strictSame([busy.state.reads, busy.rowOf(file)], [8, { uploads: [], goesAtEpoch: 1 }]);
  const full = start({ lost: 8 });
  await t.rejects(changeDetails(full.store, file, change), { code: 'store_unavailable' });
  t.equal(full.state.reads, 8);
  const same = start({ lost: 1 });
  await changeDetails(same.store, file, (row) => row);
  t.equal(same.state.lost, 1, 'what changes nothing is not written');
});

t.test('what a list can do without is reported, and fails nobody', async (t) => {
  const { details, errors } = start({ lost: 100 });
  const file = named('a.jpg', TEAM);
  await details.signing(file, { by: ANN, size: 1 });
  await details.made({ ...file, file: FILE }, { uploadedBy: ANN });
  await details.copied({ ...file, file: FILE }, { ...named('b.jpg', OTHER), size: 1, etag: 'e', by: ANN });
  t.strictSame(
    errors.map((error) => error instanceof GatewayError && error.code),
    ['store_unavailable', 'store_unavailable', 'store_unavailable'],
  );
});

t.test("the scanner's word is noted of a file in this bucket", async (t) => {
  const { store, rowOf } = start();
  const event = (bucketName: string, objectKey: string) => ({
    'detail-type': 'GuardDuty Malware Protection Object Scan Result',
    source: 'aws.guardduty',
    time: '2026-01-02T03:04:05Z',
    detail: {
      s3ObjectDetails: { bucketName, objectKey, eTag: '"e"' },
      scanResultDetails: { scanResultStatus: 'THREATS_FOUND' },
    },
  });
  await noteScanResult(store, 'files', event('files', 'users/ann/a.jpg'));
  const atMs = Date.parse('2026-01-02T03:04:05Z');
  const scanned = { etag: 'e', outcome: 'refused', atMs };
  t.strictSame(rowOf(named('a.jpg', OWN)), { uploads: [], scanned });
  await noteScanResult(store, 'files', event('another', 'users/ann/b.jpg'));
  t.equal(rowOf(named('b.jpg', OWN)), undefined);
});
