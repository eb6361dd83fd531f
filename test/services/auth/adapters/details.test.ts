import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { parseStoredName } from '../../../../core/file-name.ts';
import { newTeamId, type Owner, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createDetailsStore } from '../../../../services/auth/adapters/details.ts';
import type { DetailsRow } from '../../../../services/auth/domain/details.ts';
import { changeDetails, createDetails } from '../../../../services/auth/files/details.ts';
import { DETAILS_TABLE_NAME, startStore } from '../support/service.ts';

await startStore(t);
const db = new DynamoDBClient({});
t.teardown(() => db.destroy());
const store = createDetailsStore({ db, tableName: DETAILS_TABLE_NAME });
const ANN = parseUserId('ann');
const OWN = userOwner(ANN);
const TEAM = teamOwner(newTeamId());
const named = (name: string, owner: Owner = OWN) => ({ owner, name: parseStoredName(name, owner) });
const row = (width: number): DetailsRow => ({ uploads: [], content: { etag: 'e', width } });

t.test('a row is read as it was written, and only a known version is replaced', async (t) => {
  const file = named('a/ü.jpg');
  t.strictSame(await store.read(file), { row: { uploads: [] }, version: 0 });
  const whole: DetailsRow = {
    content: {
      ...{ etag: 'e', takenAt: '2026-01-02T03:04:05', width: 1, height: 65_535, color: '#00ff00' },
      ...{ changedAt: '2026-01-01T00:00:00Z', uploadedBy: ANN },
    },
    former: [{ etag: 'f', width: 2, uploadedBy: ANN }],
    uploads: [
      { firstMs: 1, lastMs: 2, by: ANN, size: 0, over: 'f', overMs: 3, changedAt: '2026-01-01T00:00:00Z' },
      { firstMs: 1, lastMs: 2, size: 7 },
      { firstMs: 3, lastMs: 4 },
    ],
    scanned: { etag: 'e', outcome: 'refused', atMs: 5 },
    goesAtEpoch: 4_000_000_000,
  };
  t.ok(await store.write(file, 0, whole));
  t.strictSame(await store.read(file), { row: whole, version: 1 });
  t.notOk(await store.write(file, 0, row(1)));
  t.ok(await store.write(file, 1, row(2)));
  t.strictSame(await store.read(file), { row: row(2), version: 2 });
  t.notOk(await store.write(file, 1, row(3)), 'somebody else was first');
  await store.delete(file);
});

t.test('rows come by a range of names in the order of S3, and from one folder', async (t) => {
  const names = ['B', 'a', 'b/c', 'z', 'é', '\uffff', '\u{1f600}'];
  // DynamoDB deletes 25 at once.
  for (let count = 0; count < 30; count++) await store.write(named(`A${count}`), 0, row(count));
  for (const [width, name] of names.entries()) await store.write(named(name), 0, row(width));
  await store.write(named('b', TEAM), 0, row(9));
  const between = async (first: string, last: string) => [...(await store.between(OWN, first, last)).keys()];
  t.strictSame(await between('B', '\u{1f600}'), names);
  t.strictSame(await between('a', 'z'), ['a', 'b/c', 'z']);
  t.strictSame(await between('é', '\uffff'), ['é', '\uffff'], 'UTF-16 has another order');
  t.strictSame([...(await store.between(TEAM, 'a', 'z'))], [['b', row(9)]]);
  while (await store.deleteSome(OWN));
  t.strictSame(await between('B', '\u{1f600}'), []);
  t.equal((await store.between(TEAM, 'a', 'z')).size, 1);
});

t.test('a row goes with its file, and comes back from the trash with it', async (t) => {
  const details = (keepDeletedDays: number) =>
    createDetails({
      ...{ detailsStore: store, objects: { find: async () => undefined }, isScanned: false, keepDeletedDays },
      clock: { now: () => 1_000, monotonicMs: () => 0, sleep: () => new Promise(() => {}) },
      onDetailsError: (error) => t.fail('an error', { error }),
    });
  const file = named('trash.jpg');
  await store.write(file, 0, row(1));
  await details(7).gone([file]);
  t.equal((await store.read(file)).row.goesAtEpoch, 1 + 8 * 86_400);
  const restore = () =>
    details(7).restored({ ...file, file: { etag: 'e', size: 1, lastModified: new Date(0) } }, 'made');
  await restore();
  const { content, goesAtEpoch } = (await store.read(file)).row;
  t.strictSame([content, goesAtEpoch], [{ etag: 'made', width: 1 }, undefined], 'under its new ETag');
  await store.delete(file);
  await store.write(file, 0, row(1));
  await details(7).goneForEver(file);
  t.strictSame((await store.read(file)).row, row(1), 'an old version is gone, and the file is there');
  await details(7).gone([file]);
  await details(7).goneForEver(file);
  t.equal((await store.read(file)).version, 0);
  await store.write(file, 0, row(1));
  await details(0).gone([file]);
  t.equal((await store.read(file)).version, 0, 'without a trash it goes at once');
  await details(7).gone([file]);
  await restore();
  await details(7).goneForEver(file);
  t.equal((await store.read(file)).version, 0, 'nothing makes a row');
});

t.test('of many files that go, only those with a row cost an update', async (t) => {
  const files = Array.from({ length: 1_000 }, (_, index) => named(`many/${(index * 7) % 1_000}.jpg`));
  const known = ['many/0.jpg', 'many/500.jpg', 'many/999.jpg'];
  const gone = async (between: typeof store.between) => {
    for (const name of known) {
      await store.delete(named(name));
      await store.write(named(name), 0, row(1));
    }
    const expired: string[] = [];
    const expire: typeof store.expire = async (file, atEpoch) => {
      expired.push(file.name);
      if (known.includes(file.name)) await store.expire(file, atEpoch);
    };
    const fresh: typeof between = (owner, first, last, isFresh) => {
      t.equal(isFresh, true, 'a row that was just written counts');
      return between(owner, first, last, isFresh);
    };
    const details = createDetails({
      detailsStore: { ...store, between: fresh, expire },
      ...{ objects: { find: async () => undefined }, isScanned: false, keepDeletedDays: 7 },
      clock: { now: () => 1_000, monotonicMs: () => 0, sleep: () => new Promise(() => {}) },
      onDetailsError: () => {},
    });
    await details.gone(files);
    for (const name of known) t.equal((await store.read(named(name))).row.goesAtEpoch, 1 + 8 * 86_400, name);
    return expired;
  };
  t.strictSame((await gone(store.between)).toSorted(), known);
  t.equal(
    (await gone(async () => Promise.reject(new Error('down')))).length,
    1_000,
    'without the query, each',
  );
});

t.test('two writers of one row lose nothing', async (t) => {
  const file = named('both.jpg');
  const add = (by: (row: DetailsRow) => DetailsRow) => changeDetails(store, file, by);
  const content = (more: object) => (row: DetailsRow) => ({
    ...row,
    content: { ...row.content, etag: 'e', ...more },
  });
  await Promise.all([
    add(content({ width: 1 })),
    add(content({ height: 2 })),
    add(content({ color: '#000000' })),
  ]);
  t.strictSame((await store.read(file)).row.content, { etag: 'e', color: '#000000', width: 1, height: 2 });
});

t.test('a table that fails or hangs costs a list its details, and no more', async (t) => {
  const errors: unknown[] = [];
  const file = { key: 'users/ann/a', name: 'a', size: 1, etag: 'e', lastModified: new Date(0) };
  const list = (between: typeof store.between) => {
    const details = createDetails({
      detailsStore: { ...store, between },
      ...{ objects: { find: async () => file }, isScanned: true, keepDeletedDays: 7 },
      clock: { now: () => 0, monotonicMs: () => 0, sleep: async () => {} },
      onDetailsError: (error) => errors.push(error),
    });
    return details.ofList(OWN, [file]);
  };
  t.strictSame(await list(async () => Promise.reject(new Error('down'))), new Map());
  t.strictSame(await list(() => new Promise(() => {})), new Map());
  t.equal(errors.length, 2);
});
