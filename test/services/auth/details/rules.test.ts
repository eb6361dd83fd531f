import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import {
  detailsOf,
  NO_DETAILS,
  scanOf,
  withContent,
  withScanned,
  withUpload,
} from '../../../../services/auth/details/rules.ts';

const [ANN, BOB] = [parseUserId('ann'), parseUserId('bob')];
const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const fileOf = (etag: string, atMs: number, size = 5) => ({ etag, size, lastModified: new Date(atMs) });

t.test('if two users may have made it, nobody is named', async (t) => {
  const ann = withUpload(NO_DETAILS, { by: ANN, size: 5, nowMs: NOW });
  const both = withUpload(ann, { by: BOB, size: 5, nowMs: NOW + 1 });
  t.strictSame(detailsOf(both, fileOf('one', NOW)), {});
  t.strictSame(detailsOf(withUpload(ann, { by: BOB, size: 6, nowMs: NOW }), fileOf('one', NOW)), {
    uploadedBy: ANN,
  });
  t.strictSame(detailsOf(withUpload(ann, { size: 5, nowMs: NOW }), fileOf('one', NOW)), {}, 'or a guest');
  const later = withUpload(ann, { by: BOB, size: 5, nowMs: NOW + 2 * HOUR });
  t.strictSame(
    detailsOf(later, fileOf('one', NOW + 2 * HOUR)),
    { uploadedBy: BOB },
    'the first is forgotten',
  );
  for (const [nowMs, count] of [
    [NOW + HOUR, 2],
    [NOW + HOUR + 1, 1],
  ] as const) {
    t.equal(withUpload(ann, { by: BOB, size: 6, nowMs }).uploads.length, count, `${count}`);
  }
  const guests = withUpload(NO_DETAILS, { size: 5, nowMs: NOW });
  const described = withContent(guests, fileOf('old', NOW - 2 * HOUR), { width: 1 });
  t.equal(described.uploads.length, 1, 'what a guest sends is still to come');
  const twice = withUpload(ann, { by: ANN, size: 5, nowMs: NOW + 1_000 });
  t.equal(twice.uploads.length, 1, 'a second try is the same upload');
});

t.test('a scan is of one content, and of no later file with the same content', async (t) => {
  const file = fileOf('one', NOW);
  const said = (outcome: 'clean' | 'refused' | 'not_scanned', atMs = NOW) =>
    withScanned(NO_DETAILS, { etag: 'one', outcome, atMs });
  t.equal(scanOf(NO_DETAILS, file, NOW + 1), 'scanning');
  t.equal(scanOf(NO_DETAILS, file, NOW + HOUR), 'scanning');
  t.equal(scanOf(NO_DETAILS, file, NOW + HOUR + 1), 'not_scanned', 'nobody will say anything any more');
  t.equal(scanOf(said('clean'), file, NOW), undefined);
  t.equal(scanOf(said('refused'), file, NOW), 'refused');
  t.equal(scanOf(said('not_scanned'), file, NOW), 'not_scanned');
  t.equal(scanOf(said('clean'), fileOf('two', NOW), NOW), 'scanning');
  t.equal(scanOf(said('clean'), fileOf('one', NOW + 1_000), NOW), 'scanning');
  const late = withScanned(said('refused', NOW + 1_000), { etag: 'one', outcome: 'clean', atMs: NOW });
  t.equal(scanOf(late, file, NOW), 'refused', 'an event that comes late changes nothing');
  for (const atMs of [NOW, NOW + 1_000]) {
    const again = withScanned(said('refused'), { etag: 'one', outcome: 'clean', atMs });
    t.equal(scanOf(again, file, NOW), undefined, 'the latest event counts');
  }
});
