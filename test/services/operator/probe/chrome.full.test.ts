import process from 'node:process';
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

t.test('without a browser the probe says so', async (t) => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  t.equal(await chromeHindrance(), 'it needs Chrome or Chromium: none starts here');
  process.env['PATH'] = path;
});
