import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { waitUntil } from '../browser.ts';
import { openClient } from './open.ts';

const browser = await launchShell();
t.teardown(() => browser.close());

t.test('two tabs that have waited long for the lease of others get one each', async (t) => {
  const { context, open, requests } = await openClient(t, browser);
  await context.addInitScript("Object.defineProperty(navigator, 'locks', { value: undefined })");
  await context.clock.install();
  const [here, there] = [await open(), await open()];
  // As after two turns of other tabs, each with a slow app host.
  await here.evaluate("localStorage.setItem('cookie-gatewaylease', Date.now() + 35_000)");
  const renew = 'void gateway.refresh()';
  await here.evaluate(renew);
  await context.clock.runFor(200);
  await there.evaluate(renew);
  await context.clock.runFor(34_000);
  for (let ms = 0; ms < 6_000 && requests('POST /auth/refresh').length === 0; ms += 200) {
    await context.clock.runFor(200);
  }
  await waitUntil(here, "heard.filter(([event]) => event === 'session').length === 2");
  t.equal(requests('POST /auth/refresh').length, 1);
});
