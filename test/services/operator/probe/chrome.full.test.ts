import t from 'tap';
import { chromeHindrance, clearedBy } from '../../../../services/operator/probe/chrome.ts';
import { withWorld } from '../../../../services/operator/probe/world.ts';
import { noChromium } from '../../../support/chromium.ts';
import { QUIET, startStand } from './support/stand.ts';

t.test('Chromium asks again after ?clear, and after nothing else', { skip: noChromium() }, async (t) => {
  t.equal(await chromeHindrance(), undefined);
  const stand = await startStand(t);
  await stand.withEdge({}, () =>
    withWorld(stand.operator, QUIET, async (world) => {
      t.equal(await clearedBy(world, '?clear'), 'asks again');
      t.equal(await clearedBy(world, '?other'), 'shows what it kept');
    }),
  );
});
