import t from 'tap';
import { hashOf, placeOf } from '../../../../services/web/page/files/address.ts';
import { arrange, SORTS, type Sort, type Sortable } from '../../../../services/web/page/files/entries.ts';

const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';

t.test('a place and its address', async (t) => {
  for (const [place, hash] of [
    [{ folder: '' }, '#'],
    [{ folder: 'a/' }, '#/a/'],
    [{ folder: 'a/b c/' }, '#/a/b%20c/'],
    [{ folder: '', file: '写真.png' }, '#/%E5%86%99%E7%9C%9F.png'],
    [{ folder: 'a/', file: 'a/50%?#&.png' }, '#/a/50%25%3F%23%26.png'],
    [{ team: TEAM, folder: '' }, `#team/${TEAM}/`],
    [{ team: TEAM, folder: 'a/', file: 'a/b c.png' }, `#team/${TEAM}/a/b%20c.png`],
    [{ folder: `team/${TEAM}/` }, `#/team/${TEAM}/`],
    [{ folder: '', query: 'a?b/c' }, '#/?q=a%3Fb%2Fc'],
    [{ folder: 'a/', file: 'a/b?q=c', query: 'q' }, '#/a/b%3Fq%3Dc?q=q'],
    [{ team: TEAM, folder: 'a/', query: 'x' }, `#team/${TEAM}/a/?q=x`],
    [{ view: 'photos', team: TEAM, folder: '', file: 'a/b.png' }, `#team-photos/${TEAM}/a/b.png`],
    [{ view: 'shared', folder: '' }, '#shared/'],
    [{ view: 'photos', folder: '', file: 'a/b.png' }, '#photos/a/b.png'],
  ] as const) {
    t.equal(hashOf(place), hash, hash);
    t.strictSame(placeOf(hash), place, hash);
  }
});

t.test('what names no place is the start', async (t) => {
  for (const hash of [
    '',
    '#',
    '#/',
    '#x',
    '#/%',
    '#/%ff',
    '#//',
    `#team/${TEAM}`,
    '#team/x/a.png',
    '#photosx',
    '#sharedx/',
  ]) {
    t.match(placeOf(hash).file, undefined, hash);
    t.equal(placeOf(hash).team, undefined, hash);
  }
  t.strictSame(placeOf('#shared'), { view: 'shared', folder: '' });
  t.strictSame(placeOf('#/%zz/a.png'), { folder: '' });
  t.strictSame(placeOf(`#team/${TEAM}/%zz`), { team: TEAM, folder: '' }, 'of a team, if it names one');
});

let day = 0;
/** Each file is a day newer than the one before. */
function file(name: string, size: number): Sortable {
  const lastModified = new Date(Date.UTC(2026, 0, ++day)).toISOString();
  return { name, size, lastModified };
}

const FILES = [
  file('b.png', 10),
  file('trips/2025/x.png', 5),
  file('a10.png', 300),
  file('trips/y.png', 7),
  file('a9.png', 20),
  file('ＣＡＴ.png', 20),
  file('docs/empty/', 0),
  file('docs/z.txt', 1),
];

const labels = (folder: string, query = '', sort: Sort = 'newest') =>
  arrange(FILES, { folder, query, sort }).map((entry) =>
    entry.kind === 'folder' ? `${entry.label}/` : entry.label,
  );

t.test('folders first, then files, in each order', async (t) => {
  const expected: Record<Sort, string[]> = {
    newest: ['docs/', 'trips/', 'ＣＡＴ.png', 'a9.png', 'a10.png', 'b.png'],
    oldest: ['trips/', 'docs/', 'b.png', 'a10.png', 'a9.png', 'ＣＡＴ.png'],
    name: ['docs/', 'trips/', 'a9.png', 'a10.png', 'b.png', 'ＣＡＴ.png'],
    nameDown: ['trips/', 'docs/', 'ＣＡＴ.png', 'b.png', 'a10.png', 'a9.png'],
    largest: ['trips/', 'docs/', 'a10.png', 'a9.png', 'ＣＡＴ.png', 'b.png'],
    smallest: ['docs/', 'trips/', 'b.png', 'a9.png', 'ＣＡＴ.png', 'a10.png'],
  };
  for (const sort of SORTS) t.strictSame(labels('', '', sort), expected[sort], sort);
});

t.test('a folder shows what is in it alone, and tells how much that is', async (t) => {
  t.strictSame(labels('trips/'), ['2025/', 'y.png']);
  t.strictSame(labels('trips/2025/'), ['x.png']);
  t.strictSame(labels('docs/'), ['empty/', 'z.txt']);
  t.strictSame(labels('docs/empty/'), [], 'what marks a folder is no file');
  t.strictSame(labels('nowhere/'), []);
  const [docs, trips] = arrange(FILES, { folder: '', query: '', sort: 'name' });
  t.match(docs, { path: 'docs/', count: 1, bytes: 1 });
  t.match(trips, { path: 'trips/', count: 2, bytes: 12 });
});

t.test('a search finds in all folders below, whatever the case and width', async (t) => {
  t.strictSame(labels('', 'Y'), ['docs/empty/', 'trips/y.png'].slice(1));
  t.strictSame(labels('', 'cat'), ['ＣＡＴ.png']);
  t.strictSame(labels('trips/', '.PNG'), ['y.png', '2025/x.png']);
  t.strictSame(labels('', 'trips'), ['trips/y.png', 'trips/2025/x.png'], 'by the name of a folder, too');
  t.strictSame(labels('', '.*'), [], 'letters, no pattern');
});

t.test('a file has the date of its picture, else its own, else that of its upload', async (t) => {
  const lastModified = '2026-01-01T00:00:00Z';
  const [takenAt, changedAt] = ['2020-01-01T01:00:00+09:00', '2019-12-31T20:00:00.5Z'];
  const files = [
    { name: 'a/uploaded', size: 1, lastModified },
    { name: 'a/taken', size: 1, lastModified, takenAt, changedAt: '2025-01-01T00:00:00Z' },
    { name: 'b/changed', size: 1, lastModified, changedAt },
    { name: 'c/film', size: 1, lastModified, changedAt: '1969-01-01T00:00:00Z' },
  ];
  const sorted = (folder: string, query: string) =>
    arrange(files, { folder, query, sort: 'newest' }).map(({ label }) => label);
  t.strictSame(sorted('', 'a'), ['a/uploaded', 'b/changed', 'a/taken'], 'whatever the zone');
  t.strictSame(sorted('', ''), ['a', 'b', 'c'], 'a folder has the date of its newest file');
  t.match(arrange(files, { folder: '', query: '', sort: 'name' })[2], { date: '1969-01-01T00:00:00Z' });
});
