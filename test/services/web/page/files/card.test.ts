import t from 'tap';
import { inNode } from '../../in-node.ts';

const { badgeOf } = await inNode('page/files/card.ts');

t.test('the badge of a file is its extension, or the first five letters of that', (t) => {
  for (const [name, badge] of [
    ['paper.pdf', 'PDF'],
    ['archive.tar.gz', 'GZ'],
    ['cloth.blender', 'BLEND'],
    ['README', '…'],
  ] as const)
    t.equal(badgeOf(name), badge, name);
  t.end();
});
