import t from 'tap';
import { hashOf, placeOf } from '../../../../../services/web/page/files/address.ts';

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
